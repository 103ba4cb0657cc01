/** What importing the package costs, counted: files, modules of Node, threads, descriptors, what keeps a process alive. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { can } from './support/sockets.js'
import { entryOf } from './support/worker.js'

const ENTRIES = ['index', 'select', 'selectors', 'socketserver']
// tsc alone leaves a module of dist/ for each of lib/, which works as well.
const isBundled = readFileSync('dist/index.js', 'utf8').includes('from "./core.js"')

/** What a module prints as JSON, which `print` gives it. It must print nothing else, not even a warning. */
function run(code: string): unknown {
  const source = `import 'node:fs/promises'
const print = (value) => console.log(JSON.stringify(value))
${code}`
  const { FORCE_COLOR, NODE_OPTIONS, ...env } = process.env
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

/** In a child: the files of dist/ that V8 gets to see from now on. */
const WATCH_FILES = `
import { Session } from 'node:inspector'
const files = []
const session = new Session()
session.connect()
session.on('Debugger.scriptParsed', ({ params: { url } }) => {
  if (url.includes('/dist/')) files.push(url.replace(/.*\\/dist\\//, ''))
})
session.post('Debugger.enable')
`

describe.skipIf(!isBundled)('the bundle [needs npm run build:ts]', () => {
  test.each([
    ['index', ['core.js', 'index.js']],
    ['select', ['core.js', 'select.js', 'waiting.js']],
    ['selectors', ['core.js', 'selectors.js', 'waiting.js']],
    ['socketserver', ['core.js', 'lazy/files.cjs', 'socketserver.js', 'waiting.js']],
  ])('%s is %j', (entry, expected) => {
    expect(run(`${WATCH_FILES}await import('${entryOf(entry)}'); print(files.sort())`)).toEqual(expected)
  })

  test.each(ENTRIES)('%s tells a version of Node that is too old so', (entry) => {
    // What such a version lacks.
    const code = `process.getBuiltinModule = undefined
print(await import('${entryOf(entry)}').then(() => 'imported', ({ message }) => message))`
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
    expect(run(code)).toBe(`berkeley needs Node.js ${engines.node}; this is ${process.version}`)
  })

  test('loads the rest when it is first called, each file once and without a warning', () => {
    const code = `${WATCH_FILES}
const { socketpair, socket, ...it } = await import('${entryOf('index')}')
files.length = 0
const [near, far] = socketpair()
// One that others need comes before them.
const uses = {
  names: () => it.gethostname(),
  addresses: () => socket(it.AF_NETLINK, it.SOCK_RAW).bind([0, 0]),
  ancillary: () => it.decodeAncillary([]),
  batches: () => near.recvmmsg(null),
  connect: () => it.createConnectionAsync(['127.0.0.1', -1]).catch(() => {}),
  copying: () => near.sendfile(-1, 0, 1),
  files: () => near.makefile('rb'),
  messages: () => it.CMSG_LEN(4),
  options: () => near.getOption('reuseAddress'),
  streams: () => near.toDuplex(),
}
const loaded = {}
for (const [name, use] of Object.entries(uses)) {
  for (const times of ['once', 'twice']) {
    try {
      await use()
    } catch {}
  }
  loaded[name] = files.splice(0)
}
print(loaded)
process.exit()`
    const loaded = run(code) as Record<string, string[]>
    const all = readdirSync('dist/lazy').filter((name) => name.endsWith('.cjs'))
    expect(
      Object.keys(loaded)
        .map((name) => `${name}.cjs`)
        .sort(),
    ).toEqual(all)
    for (const [name, files] of Object.entries(loaded)) expect.soft(files, name).toEqual([`lazy/${name}.cjs`])
  })

  test('loads no module of Node that a program without sockets has not', () => {
    const code = `
// Which is there already, if not under its public name.
await import('node:module')
const before = new Set(process.moduleLoadList)
await import('${entryOf('index')}')
print(process.moduleLoadList.filter((name) => !before.has(name) && /^NativeModule [^i]/.test(name)))`
    expect(run(code)).toEqual([])
  })

  test('has one state behind all entry points', () => {
    const code = `
const { SocketError, socketpair } = await import('${entryOf('index')}')
const { select } = await import('${entryOf('select')}')
const { EVENT_WRITE, SelectSelector } = await import('${entryOf('selectors')}')
const { TCPServer } = await import('${entryOf('socketserver')}')
const [near, far] = socketpair()
const selector = new SelectSelector()
selector.register(near, EVENT_WRITE)
far.close()
near.close()
const errors = []
for (const call of [() => select([1000], [], [], 0), () => near.recv(1), () => new TCPServer(['192.0.2.1', 1], Object)]) {
  try {
    call()
  } catch (error) {
    errors.push(error instanceof SocketError || error.constructor.name)
  }
}
print(errors)`
    expect(run(code)).toEqual([true, true, true])
  })
})

test.each(ENTRIES)('%s starts no thread, opens nothing and keeps nothing alive [Linux: as /proc tells]', (entry) => {
  const code = `
import { readdirSync } from 'node:fs'
const count = (what) => (${can.linux} ? readdirSync('/proc/self/' + what).length : 0)
const look = () => ({
  threads: count('task'),
  descriptors: count('fd'),
  resources: process.getActiveResourcesInfo(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
})
// What Node itself starts to load a module it has by then.
await import('${new URL('fixtures/empty.mjs', import.meta.url).href}')
const before = look()
await import('${entryOf(entry)}')
print([before, look()])`
  const [before, after] = run(code) as [unknown, unknown]
  expect(after).toEqual(before)
})
