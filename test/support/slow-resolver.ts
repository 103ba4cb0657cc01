/** Child programs whose look-ups take as long as the test wants: the resolver is made slow, not the network. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { can, temporaryFolder } from './sockets.js'
import { startWrapped } from './worker.js'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const library = folder.path('slow-resolver.so')
const source = fileURLToPath(new URL('../fixtures/slow-resolver.c', import.meta.url))

/** Whether there can be such programs. */
export const canPreload =
  can.linux && spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']).status === 0

/** A child process whose resolver is the slow one, with `berkeley`, `Worker` and `writeSync` in scope. */
export function startSlowChild(
  code: string,
  env: Readonly<Record<string, string>> = {},
  wrapper: readonly string[] = [],
): ChildProcess {
  // Behind what is preloaded already: a sanitizer has to be the first.
  const preloaded = process.env.LD_PRELOAD
  const added = { ...env, LD_PRELOAD: preloaded === undefined ? library : `${preloaded} ${library}` }
  const before = Object.keys(added).map((name) => [name, process.env[name]] as const)
  try {
    Object.assign(process.env, added)
    const imports = "import { Worker } from 'node:worker_threads'\nimport { writeSync } from 'node:fs'\n"
    return startWrapped(wrapper, imports + code)
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

/** Code that defines `start(code)`, which starts a worker that says so and then runs `code`, and `soon(ms)`. */
export const START = `
  const entry = import.meta.resolve('berkeley')
  const start = (call) => {
    const code = "import * as berkeley from '" + entry + "'\\n" +
      "import { parentPort } from 'node:worker_threads'\\nparentPort.postMessage('calling')\\n" + call
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)))
    return new Promise((resolve, reject) => worker.once('message', () => resolve(worker)).once('error', reject))
  }
  const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
`
