/** What the site shows, in the order of its sidebar. A test demands every guide of docs/ here. */

/** The guides by section: the names of files in docs/. @type {readonly (readonly [section: string, guides: readonly string[]])[]} */
export const guides = [
  ['Start', ['getting-started', 'blocking', 'async', 'addresses', 'errors']],
  ['Calls', ['options', 'messages', 'ancillary', 'udp-at-speed', 'zero-copy', 'raw']],
  ['Many at once', ['select', 'servers', 'workers', 'handover']],
  ['Files and streams', ['files', 'streams']],
  ['Coming from', ['porting-from-python', 'names', 'porting-from-node']],
  ['In production', ['security', 'platforms', 'runtimes']],
  ['Tools', ['cli', 'measuring']],
  ['Background', ['inside', 'profiles', 'benchmarks']],
]

/** Pages that are no guides, and where they are in the site. */
export const others = [
  { path: 'bench/RESULTS.md', url: 'guides/results', section: 'Background', title: 'Results of the benchmarks' },
  { path: 'CHANGELOG.md', url: 'project/changelog', section: 'Project', title: 'Changes' },
  { path: 'CONTRIBUTING.md', url: 'project/contributing', section: 'Project', title: 'Contributing' },
  { path: 'SECURITY.md', url: 'project/security', section: 'Project', title: 'Reporting a vulnerability' },
  { path: 'LICENSE', url: 'project/license', section: 'Project', title: 'License' },
]

/** Pages that are written elsewhere and only copied, and how the sidebar calls them. */
export const copied = [
  { path: 'bench/results.html', url: 'charts.html', section: 'Background', title: 'Charts of the benchmarks' },
]

/** The entry points: what the site calls them, and the module that says what there is. */
export const entryPoints = /** @type {const} */ ({
  berkeley: 'lib/index.ts',
  'berkeley/select': 'lib/select.ts',
  'berkeley/selectors': 'lib/selectors.ts',
  'berkeley/socketserver': 'lib/socketserver.ts',
})

/**
 * How the functions, classes and types of an entry point are grouped: by the module or the folder of lib/ that they come
 * from. The build fails where a module is in no group.
 * @type {readonly (readonly [category: string, places: readonly string[]])[]}
 */
export const categories = [
  ['Sockets', ['socket', 'create', 'create-async', 'connection-plan', 'fds', 'endpoint', 'defaults']],
  ['Calls', ['async-options', 'bytes', 'operations/', 'batch', 'control', 'ancdata']],
  ['Addresses', ['address/', 'address', 'inet', 'interfaces']],
  ['Lookups', ['resolve', 'resolve-async', 'questions', 'netdb']],
  ['Errors', ['errors', 'generated/errno']],
  ['Options', ['options', 'options/']],
  ['Ancillary data', ['ancillary/']],
  ['Files and streams', ['file', 'file/', 'duplex', 'web-streams']],
  ['Engine', ['engine', 'engine-choice']],
  ['Types of constants', ['constant', 'generated/kinds']],
  ['Waiting', ['select/', 'selectors/']],
  ['Servers', ['socketserver/tcp', 'socketserver/udp', 'socketserver/base', 'socketserver/shutdown']],
  ['Servers in threads', ['socketserver/threading']],
  ['Asynchronous servers', ['socketserver/async', 'socketserver/event-loop']],
  ['Handlers of requests', ['socketserver/']],
]
