/** Where the headers are that the addon includes and that are not its own: Node-API's, libuv's and node-addon-api's. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A published package carries them here. */
export const packedHeaders = fileURLToPath(new URL('../include/', import.meta.url))

/** The folder of node_api.h and uv.h: `npm_config_nodedir`'s, or the one beside the Node that runs. */
export function nodeHeaders() {
  const candidates = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))]
  const found = candidates
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'include/node'))
    .find((folder) => ['node_api.h', 'uv.h'].every((name) => existsSync(join(folder, name))))
  if (found === undefined) {
    throw new Error(`node_api.h and uv.h were not found: neither beside ${process.execPath} nor in npm_config_nodedir`)
  }
  return found
}

/** The folder of napi.h, from the packages of a checkout. */
export function addonApiHeaders() {
  return dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'))
}
