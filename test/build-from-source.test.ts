/** What building from source says where it cannot; `npm run test:package` has it build. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const scratch = mkdtempSync(join(tmpdir(), 'bk-source-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const output = join(scratch, 'out/berkeley.node')

/** Where builds have their temporary folders. */
const temporary = join(scratch, 'temporary')
mkdirSync(temporary)

/** A compiler that is there, and does that with everything. */
function compilerThat(script: string, folder = scratch): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `compiler-${readdirSync(scratch).length}`)
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *--version) exit 0;; esac\n${script}\n`, { mode: 0o755 })
  return path
}

const command = (file: string): string[] => ['scripts/build-from-source.js', '--output', file]
const environment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  TMPDIR: temporary,
  ...env,
})

function build(env: NodeJS.ProcessEnv, file = output) {
  const { stdout, stderr, status } = spawnSync(process.execPath, command(file), {
    encoding: 'utf8',
    env: environment(env),
  })
  expect(readdirSync(temporary)).toEqual([])
  return { stdout, stderr, status }
}

/** Compiles nothing, and tells what it is told where it links. */
const tellingLinker =
  'for file; do :; done; case " $* " in *" -c "*) : > "$file";; *) echo "linked by: $*" >&2; exit 1;; esac'

/** The processes that have written their numbers into a folder. */
const processesIn = (folder: string): number[] => readdirSync(folder).map(Number)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // Over, but for a parent to ask how it ended.
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('without a compiler it says what to install', () => {
  const { stderr, status } = build({ PATH: scratch })
  expect(status).toBe(1)
  expect(stderr).toContain(
    'the native addon was not built.\nMissing on this machine: a C++17 compiler (g++ or clang++).',
  )
  expect(stderr).toMatch(/Install with: .*(apt-get install g\+\+ .*apk add g\+\+ linux-headers|xcode-select --install)/)
  expect(stderr).not.toMatch(/python|make/)
})

test('CXX names the compiler, and no other is taken where that is not there', () => {
  for (const CXX of ['/never/there/c++', 'never-there -pipe']) {
    const { stderr, status } = build({ CXX })
    expect(status).toBe(1)
    expect(stderr).toContain(`CXX is "${CXX}", which cannot be run.`)
  }
  // Not set, as far as shells are concerned.
  expect(build({ PATH: scratch, CXX: '' }).stderr).toContain('Missing on this machine: a C++17 compiler')
  // A file, or a command with arguments.
  const path = compilerThat('echo "told: $*" >&2; exit 1', join(scratch, 'of spaces ünd more'))
  expect(build({ CXX: path }).stderr).toContain('told: -std=c++17')
  const plain = compilerThat('echo "told: $*" >&2; exit 1')
  expect(build({ CXX: ` ${plain}  -pipe ` }).stderr).toContain('told: -pipe -std=c++17')
})

test('CPPFLAGS, CXXFLAGS and LDFLAGS add to what it is told, and come last', () => {
  const flags = { CPPFLAGS: '-DONE', CXXFLAGS: ' -O1  -g', LDFLAGS: '-Wl,-O1 ' }
  const { stderr } = build({ CXX: compilerThat('echo "told: $*" >&2; exit 1'), ...flags })
  expect(stderr).toMatch(/told: .* -O2 .* -DONE -O1 -g -c native\/\S+\.cc -o \S+\.o\n/)
  const { stderr: linked } = build({ CXX: compilerThat(tellingLinker), ...flags })
  expect(linked).toMatch(/linked by: -O1 -g .*\.o -shared .*-Wl,-O1 -o \S+berkeley\.node\.\d+-[0-9a-f]{8}\n/)
})

test('where one source fails, no compiler is left running', async () => {
  const folder = join(scratch, 'failing')
  mkdirSync(folder)
  // One takes its time, the others fail once that one has begun.
  const CXX = compilerThat(`mkdir ${folder}/slow 2>/dev/null && { : > ${folder}/slow/$$; exec sleep 8; }
    while [ -z "$(ls ${folder}/slow)" ]; do :; done
    echo "bad source" >&2; exit 1`)
  expect(build({ CXX }).stderr).toContain('bad source')
  for (const pid of processesIn(join(folder, 'slow'))) await expect.poll(() => isAlive(pid)).toBe(false)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it, and nothing is left', async (signal) => {
  const folder = join(scratch, signal)
  mkdirSync(folder)
  const CXX = compilerThat(`: > ${folder}/$$; exec sleep 60`)
  const file = join(folder, '..', `${signal}.out`, 'berkeley.node')
  const child = spawn(process.execPath, command(file), { env: environment({ CXX }), stdio: 'ignore' })
  const exit = once(child, 'exit')
  await expect.poll(() => processesIn(folder).length, { timeout: 10_000 }).toBeGreaterThan(0)
  child.kill(signal)
  expect(await exit).toEqual([null, signal])
  for (const pid of processesIn(folder)) await expect.poll(() => isAlive(pid)).toBe(false)
  expect(readdirSync(join(file, '..'))).toEqual([])
  expect(readdirSync(temporary)).toEqual([])
})

test('what the compiler complains of is told, and nothing is left', () => {
  const { stderr, status } = build({ CXX: compilerThat('echo "some.cc:1: unknown type" >&2; exit 1') })
  expect(status).toBe(1)
  expect(stderr).toMatch(/compiler-\d+ -std=c\+\+17 .*\nsome\.cc:1: unknown type/)
  expect(readdirSync(join(scratch, 'out'))).toEqual([])
})

test('what does not load takes no other binary’s place', () => {
  writeFileSync(output, 'the old one')
  // Writes a text where the compiler is to write its result: the last argument, unless it is only asked for its version.
  const compiler = compilerThat('for file; do :; done; test "$file" = --version || echo no binary > "$file"')
  const { stderr, status } = build({ CXX: `${compiler} -pipe` })
  expect(status).toBe(1)
  expect(stderr).toMatch(/berkeley\.node\.\d+/)
  expect(readFileSync(output, 'utf8')).toBe('the old one')
  expect(readdirSync(join(scratch, 'out'))).toEqual(['berkeley.node'])
})

test('a folder that cannot be written is named, with what can be done', () => {
  // A file where a folder should be: root may write everywhere else.
  const file = join(scratch, 'file')
  writeFileSync(file, '')
  const { stderr, status } = build({ CXX: compilerThat('exit 1') }, join(file, 'berkeley.node'))
  expect(status).toBe(1)
  expect(stderr).toContain(`${file} cannot be written`)
  expect(stderr).toContain('BERKELEY_ADDON')
})
