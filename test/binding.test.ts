import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { native } from '../lib/binding.js'
import { ended, startChild } from './support/worker.js'

describe('the addon', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bk-build-'))
    for (const name of ['package.json', 'binding.gyp', 'native', 'scripts', 'dist']) {
      cpSync(name, join(folder, name), { recursive: true })
    }
    symlinkSync(realpathSync('node_modules'), join(folder, 'node_modules'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('where it was not built, the error says so and how to build it', () => {
    const { stderr, status } = spawnSync(process.execPath, [join(folder, 'dist/index.js')], {
      encoding: 'utf8',
      env: { ...process.env, BERKELEY_ADDON: '' },
    })
    expect(status).toBe(1)
    expect(stderr).toContain(`could not be loaded for ${process.platform}-${process.arch}`)
    expect(stderr).toContain(`node "${join(realpathSync(folder), 'scripts/build-from-source.js')}"`)
  })

  test('where the tools are missing, the build names them and the command that installs them', () => {
    // A machine that has Node and a shell, and nothing else.
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const folders = (process.env.PATH ?? '').split(delimiter)
    const npm = realpathSync(folders.map((path) => join(path, 'npm')).find(existsSync) ?? 'npm')
    symlinkSync(process.execPath, join(bin, 'node'))
    symlinkSync(npm, join(bin, 'npm'))
    symlinkSync('/bin/sh', join(bin, 'sh'))
    const { stderr, status } = spawnSync('node', ['scripts/build.js'], {
      cwd: folder,
      encoding: 'utf8',
      env: { HOME: folder, PATH: bin },
    })
    expect(status).toBe(1)
    expect(stderr).toContain('Missing on this machine: Python 3, make, a C++17 compiler (g++ or clang++).')
    expect(stderr).toMatch(/Install with: .*(apt-get install python3 make g\+\+|xcode-select --install)/)
  })
})

describe('a native call with wrong arguments', () => {
  test('is refused, whatever they are: TypeScript is not trusted', () => {
    const wild = native as unknown as Record<string, (...given: unknown[]) => unknown>
    const values = [undefined, null, 'x', {}, Number.NaN, 2 ** 40, -1, new Float64Array(2), () => {}]
    const calls = [
      'socket',
      'socketpair',
      'adopt',
      'dup',
      'detach',
      'closeOwned',
      'setNonblocking',
      'listen',
      'shutdown',
    ]
    const polls = ['poll', 'select', 'watchEntries', 'drainWatched', 'epollControl', 'epollWait', 'kqueueControl']
    for (const name of [
      ...calls,
      ...polls,
      'recv',
      'send',
      'sendall',
      'setsockoptBytes',
      'getsockoptBytes',
      'getInheritable',
    ]) {
      for (const value of values) {
        const result = (wild[name] as (...given: unknown[]) => unknown)(value, value, value, value)
        expect(result, `${name}(${String(value)})`).toBeTypeOf('number')
        expect(result as number, `${name}(${String(value)})`).toBeLessThan(0)
      }
    }
  })

  test('is refused where the arrays do not hold what is asked for', () => {
    const { poll, select, watchEntries, epollWait, kqueueControl } = native
    const entries = Int32Array.of(0, 1, 0, 1, 1, 0)
    const detached = new Int32Array(6)
    structuredClone(detached, { transfer: [detached.buffer] })
    for (const [array, count] of [
      [entries, 3],
      [entries, -1],
      [entries, 0x7fffffff],
      [entries.subarray(1), 2],
      [detached, 1],
      [new Float64Array(6) as never, 1],
    ] as [Int32Array, number][]) {
      expect(poll(array, count, 0)).toBeLessThan(-100_000)
      expect(select(array, count, 0)).toBeLessThan(-100_000)
      expect(watchEntries(array, count, 0)).toBeLessThan(-100_000)
      // Two words an event, where the others have three an entry.
      expect(epollWait(0, array, count * 2, 0)).toBeLessThan(-100_000)
    }
    expect(epollWait(0, entries, 0, 0)).toBeLessThan(-100_000)
    expect(poll(entries, 0, 0)).toBe(0)
    const event = Float64Array.of(1, 0, 0, 0, 0, 0)
    expect(kqueueControl(0, Float64Array.of(-1, 0, 0, 0, 0, 0), event, 1, 0)).toBeLessThan(-100_000)
    expect(kqueueControl(0, Float64Array.of(Number.NaN, 0, 0, 0, 0, 0), event, 1, 0)).toBeLessThan(-100_000)
    expect(kqueueControl(0, event, event, 2, 0)).toBeLessThan(-100_000)
    expect(kqueueControl(0, event, event, -1, 0)).toBeLessThan(-100_000)
  })
})

test('a worker that is ended while it loads the addon takes nobody with it', async () => {
  const addon = process.env.BERKELEY_ADDON || resolve('build/Release/berkeley.node')
  const child = startChild(
    `
    import { Worker } from 'node:worker_threads'
    const code = "import { parentPort, workerData } from 'node:worker_threads';" +
      "for (;;) { process.dlopen({ exports: {} }, workerData); parentPort.postMessage('loading') }"
    for (let i = 0; i < 12; i++) {
      const worker = new Worker(code, { eval: true, workerData: process.argv[1] })
      await new Promise((resolve) => worker.once('message', resolve))
      await worker.terminate()
    }
    console.log('alive')`,
    addon,
  )
  expect(await ended(child)).toEqual({ code: 0, signal: null, stdout: 'alive\n', stderr: '' })
})
