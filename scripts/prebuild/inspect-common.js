/** What the checks of all binaries share. */

/** What Node-API looks for in an addon, and all that one has to show. */
export const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

/** What is wrong with the symbols that a binary shows. @param {readonly string[]} exported */
export function exportProblems(exported) {
  const problems = EXPORTED.filter((name) => !exported.includes(name)).map((name) => `does not export ${name}`)
  const others = exported.filter((name) => !EXPORTED.includes(name))
  if (others.length > 0) problems.push(`exports ${others.slice(0, 5).join(', ')} (${others.length})`)
  return problems
}

/** Far more than any has now; what grows beyond it has got something that was not meant to be there. */
const LARGEST = 768 * 1024

const LIBUV = new Set(['uv_poll_init', 'uv_poll_start', 'uv_poll_stop', 'uv_close', 'uv_ref', 'uv_unref'])

/** Whether the runtime that loads the addon has that symbol. @param {string} name */
export const isOfRuntime = (name) => /^(napi|node_api)_\w+$/.test(name) || LIBUV.has(name)

/** Absolute paths, as compilers leave them in binaries. */
const PATHS = /(?<![\w:/.@])(?:\/[\w.@+-]+){2,}/g
/** Those that the addon opens and the system's own, which it is linked to. */
const KNOWN = /^\/(etc|proc|dev|sys|run)\/|^\/usr\/lib\/(dyld|lib(System\.B|stdc\+\+\.6)\.dylib)$/

/** Paths of the machine that built it, and the size. @param {Buffer} bytes */
export function commonProblems(bytes) {
  const problems = []
  const paths = (bytes.toString('latin1').match(/[\x20-\x7e]{6,}/g) ?? [])
    .flatMap((text) => text.match(PATHS) ?? [])
    .filter((path) => !KNOWN.test(path))
  if (paths.length > 0) problems.push(`holds paths: ${[...new Set(paths)].slice(0, 3).join(', ')} (${paths.length})`)
  if (bytes.length > LARGEST) problems.push(`has ${bytes.length} bytes, where ${LARGEST} are the most`)
  return problems
}
