/**
 * The headers that building from source takes and that the package's users need not have: Node-API's and libuv's, which
 * no runtime but Node brings along, and node-addon-api's. They lie in the package's include/.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonApiHeaders, nodeHeaders } from '../native-headers.js'

/** Those of systems that are not served. */
const OTHER_SYSTEMS = /^(aix|bsd|os390|posix|sunos|tree|win)\.h$/

/**
 * The headers by their paths in the package.
 * @returns {Map<string, string>} from where each is copied
 */
export function headersOfPackage() {
  const node = nodeHeaders()
  const addonApi = addonApiHeaders()
  const uv = readdirSync(join(node, 'uv')).filter((name) => !OTHER_SYSTEMS.test(name))
  const ofNode = ['node_api.h', 'node_api_types.h', 'js_native_api.h', 'js_native_api_types.h', 'uv.h']
  const files = [
    ...[...ofNode, ...uv.map((name) => `uv/${name}`)].map((name) => [name, join(node, name)]),
    ...['napi.h', 'napi-inl.h'].map((name) => [name, join(addonApi, name)]),
    ['LICENSES.md', fileURLToPath(new URL('header-licenses.md', import.meta.url))],
  ]
  return new Map(files.map(([name, from]) => [`include/${name}`, /** @type {string} */ (from)]))
}
