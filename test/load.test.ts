/** Which binary is loaded, and what is said where none is. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BinaryError, libcOf, loadBinary, targetsFor } from '../lib/load.js'
import { targets } from '../scripts/prebuild/targets.js'
import { can } from './support/sockets.js'

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'bk-load-')))
afterAll(() => rmSync(scratch, { recursive: true }))
let count = 0

/** A fresh folder with those files. */
function folderOf(files: Record<string, string | Buffer>): string {
  const folder = join(scratch, `folder ${++count}`)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A program for Linux, as far as it says which loader it asks for, at `place`. */
function programFor(interpreter: string | undefined, place = 900): string {
  const bytes = Buffer.alloc(place + 100)
  bytes.write('\x7fELF\x02\x01\x01', 'latin1')
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(2, 56)
  // The table of itself, then the loader's path.
  bytes.writeUInt32LE(6, 64)
  if (interpreter !== undefined) {
    bytes.writeUInt32LE(3, 120)
    bytes.writeBigUInt64LE(BigInt(place), 128)
    bytes.writeBigUInt64LE(BigInt(interpreter.length + 1), 152)
    bytes.write(interpreter, place)
  }
  return join(folderOf({ program: bytes }), 'program')
}

describe('the C library', () => {
  test.each([
    ['/lib64/ld-linux-x86-64.so.2', 'gnu'],
    ['/lib/ld-linux-aarch64.so.1', 'gnu'],
    ['/nix/store/1-glibc-2.40/lib/ld-linux-x86-64.so.2', 'gnu'],
    ['/lib/ld-musl-x86_64.so.1', 'musl'],
    ['/lib/ld-musl-aarch64.so.1', 'musl'],
  ])('of a program that asks for %s is %s', (interpreter, libc) => {
    expect(libcOf(programFor(interpreter), '/never/there')).toBe(libc)
    // As tools leave it that change the loader of a program: behind everything.
    expect(libcOf(programFor(interpreter, 1_000_000), '/never/there')).toBe(libc)
  })

  test('is seen in the memory map where the program does not tell', () => {
    const map = (path: string): string =>
      join(
        folderOf({ maps: `7f00-7f01 r-xp 0000 00:00 1  /usr/bin/node\n7f01-7f02 r-xp 0000 00:00 1  ${path}\n` }),
        'maps',
      )
    const maps = map('/lib/ld-musl-x86_64.so.1')
    // A static program (a loader, or an emulator), one that is not there, and a script.
    for (const program of [programFor(undefined), '/never/there', resolve('package.json')]) {
      expect(libcOf(program, maps)).toBe('musl')
      expect(libcOf(program, map('/usr/lib/x86_64-linux-gnu/libc.so.6'))).toBe('gnu')
      expect(libcOf(program, '/never/there')).toBeUndefined()
    }
  })

  test('is what Deno says that it was built for, as reading takes a permission there', () => {
    const none = () => libcOf('/never/there', '/never/there')
    for (const target of ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'x86_64-alpine-linux-musl']) {
      vi.stubGlobal('Deno', { build: { target } })
      expect(none()).toBe(target.split('-').at(-1))
    }
    // Somebody's own global of that name.
    vi.stubGlobal('Deno', { version: 1 })
    expect(none()).toBeUndefined()
    vi.unstubAllGlobals()
  })

  test.skipIf(!can.linux)('of this process is what the process itself reports [needs Linux]', () => {
    const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
    const expected = header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
    expect(libcOf(process.execPath, '/never/there')).toBe(expected)
    expect(libcOf('/never/there')).toBe(expected)
  })
})

describe('the targets that may fit', () => {
  const execPath = '/never/there'

  test('are named as their binaries are', () => {
    const names = targets.map(({ name }) => name)
    const musl = programFor('/lib/ld-musl-x86_64.so.1')
    const gnu = programFor('/lib/ld-linux-aarch64.so.1')
    const found = [
      ...targetsFor({ platform: 'linux', arch: 'x64', execPath: musl }),
      ...targetsFor({ platform: 'linux', arch: 'arm64', execPath: gnu }),
      ...targetsFor({ platform: 'darwin', arch: 'arm64', execPath }),
    ]
    expect(found).toEqual(['linux-x64-musl', 'linux-arm64-gnu', 'darwin-arm64'])
    expect(names).toEqual(expect.arrayContaining(found))
  })

  test('are one where the platform is another', () => {
    expect(targetsFor({ platform: 'freebsd', arch: 'x64', execPath })).toEqual(['freebsd-x64'])
    const gnu = programFor('/lib/ld-linux-armhf.so.3')
    expect(targetsFor({ platform: 'linux', arch: 'arm', execPath: gnu })).toEqual(['linux-arm-gnu'])
  })
})

describe('the binary', () => {
  const built = 'build/Release/berkeley.node'
  const prebuilt = (target: string): string => `prebuilds/${target}/berkeley.node`
  const macos = { platform: 'darwin', arch: 'arm64', execPath: '/never/there' }

  /** What is loaded: the content of a file, unless that is `broken`. */
  const load = (path: string): unknown => {
    const content = readFileSync(path, 'utf8')
    if (content === 'broken') throw new Error(`${path}: invalid header`)
    return content
  }

  const errorOf = (root: string, platform = macos, named?: string): BinaryError => {
    try {
      loadBinary(root, load, platform, named)
    } catch (error) {
      if (error instanceof BinaryError) return error
    }
    throw new Error('no BinaryError')
  }

  test('that was built from source comes first, then the platform’s', () => {
    const files = { [prebuilt('darwin-arm64')]: 'prebuilt', [prebuilt('darwin-x64')]: 'other' }
    expect(loadBinary(folderOf({ ...files, [built]: 'built' }), load, macos)).toBe('built')
    expect(loadBinary(folderOf(files), load, macos)).toBe('prebuilt')
    expect(loadBinary(folderOf({ ...files, [built]: 'broken' }), load, macos)).toBe('prebuilt')
  })

  test('for musl is tried first where nothing tells the C library, as glibc refuses it', () => {
    const root = folderOf({ [prebuilt('linux-x64-musl')]: 'musl', [prebuilt('linux-x64-gnu')]: 'gnu' })
    const there = { platform: 'linux', arch: 'x64', execPath: programFor('/lib64/ld-linux-x86-64.so.2') }
    expect(loadBinary(root, load, there)).toBe('gnu')
    expect(loadBinary(root, load, { ...there, execPath: programFor('/lib/ld-musl-x86_64.so.1') })).toBe('musl')
    expect(loadBinary(folderOf({ [prebuilt('linux-x64-gnu')]: 'gnu' }), load, there)).toBe('gnu')
  })

  test('that is named is the only one that is tried, and the error says by whom', () => {
    const root = folderOf({ [built]: 'built', 'named.node': 'named', 'broken.node': 'broken', 'other.so': 'other' })
    const path = (name: string): string => join(root, name)
    expect(loadBinary(root, load, macos, path('named.node'))).toBe('named')
    // As a shell's user means it: from the current folder.
    expect(loadBinary(root, load, macos, relative('.', path('named.node')))).toBe('named')
    expect(loadBinary(root, load, macos, '')).toBe('built')
    for (const [name, what] of [
      ['broken.node', ': invalid header'],
      ['missing.node', "ENOENT: no such file or directory, open '"],
      ['other.so', ': the name of an addon ends in .node'],
    ] as const) {
      const error = errorOf(root, macos, path(name))
      expect(error).toMatchObject({ code: 'ERR_BERKELEY_LOAD_FAILED', cause: expect.any(Error) })
      const [, , variable, told] = error.message.split('\n')
      expect(variable).toBe('BERKELEY_ADDON names the file to load, and no other was tried.')
      expect(told).toContain(what)
      // Once, whether the loader has it in what it says or not.
      expect(told?.split(path(name))).toHaveLength(2)
    }
    expect(errorOf(folderOf({ [built]: 'broken' })).message).not.toContain('BERKELEY_ADDON')
  })

  test('that is not there for this platform: the error names it, those that are, and the command', () => {
    const root = folderOf({
      [prebuilt('linux-x64-gnu')]: '',
      [prebuilt('linux-x64-musl')]: '',
      'prebuilds/empty/x': '',
      'scripts/build-from-source.js': '',
    })
    const error = errorOf(root)
    const command = `node "${join(root, 'scripts/build-from-source.js')}"`
    expect(error).toMatchObject({
      name: 'BinaryError',
      code: 'ERR_BERKELEY_NO_BINARY',
      target: 'darwin-arm64',
      available: ['linux-x64-gnu', 'linux-x64-musl'],
      buildCommand: command,
    })
    expect(error.message.split('\n')).toEqual([
      `berkeley: the native addon could not be loaded for darwin-arm64, Node.js ${process.versions.node}.`,
      'Prebuilt here: linux-x64-gnu, linux-x64-musl.',
      `To build it from source, with a C++17 compiler: ${command}`,
    ])
    expect(error).not.toHaveProperty('cause')
    expect(errorOf(folderOf({})).message).toContain('There are no prebuilt binaries here.')
  })

  test('is built by a command that a shell takes as it stands, wherever the package is', () => {
    for (const name of ['spaces and ünïcode', 'a "quote"', "$HOME's `id` \\", 'wow!']) {
      const root = join(folderOf({}), name)
      mkdirSync(join(root, 'scripts'), { recursive: true })
      writeFileSync(join(root, 'scripts/build-from-source.js'), 'console.log(process.argv[1])')
      const { buildCommand } = errorOf(root)
      const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
      const { stdout } = spawnSync('sh', ['-c', buildCommand], { encoding: 'utf8', env })
      expect(stdout).toBe(`${join(root, 'scripts/build-from-source.js')}\n`)
    }
  })

  test.each([
    ['bun', 'bun "'],
    ['deno', 'deno run -A "'],
  ])('is built by the runtime that asks for it, as there may be no other: %s', (name, start) => {
    vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, [name]: '1.2.3' })
    const { buildCommand } = errorOf(folderOf({ 'scripts/build-from-source.js': '' }))
    vi.restoreAllMocks()
    expect(buildCommand.slice(0, start.length)).toBe(start)
  })

  test('that is not there because the package is in a bundle: the error says so', () => {
    const root = folderOf({})
    const { message, buildCommand } = errorOf(root)
    expect(message).toContain(`\n${root} is not the folder of the package: a bundler has to leave it outside`)
    expect(buildCommand).toBe('npx berkeley build')
    expect(errorOf(folderOf({ 'scripts/build-from-source.js': '' })).message).not.toContain('bundle')
  })

  test('that does not load: the error says what the loader said to each', () => {
    const root = folderOf({ [built]: 'broken', [prebuilt('darwin-arm64')]: 'broken' })
    const error = errorOf(root)
    expect(error.code).toBe('ERR_BERKELEY_LOAD_FAILED')
    expect(error.message.split('\n')).toContain(`${join(root, built)}: invalid header`)
    expect(error.message).toContain(join(root, prebuilt('darwin-arm64')))
    expect(error.cause).toHaveProperty('message', `${join(root, built)}: invalid header`)
  })
})

describe('an installed package', () => {
  const isBundled = readFileSync('dist/index.js', 'utf8').includes('from "./core.js"')
  const [target = ''] = targetsFor(process)
  const addon = resolve(process.env.BERKELEY_ADDON || 'build/Release/berkeley.node')

  const IMPORT = `import('./dist/index.js').then(
    ({ socketpair }) => console.log(socketpair().map((sock) => sock.close()).length), console.log)`

  const root = folderOf({ 'package.json': '{ "type": "module" }', 'scripts/build-from-source.js': '' })
  beforeAll(() => {
    const filter = (path: string): boolean => !/\.(map|d\.ts)$/.test(path)
    cpSync('dist', join(root, 'dist'), { recursive: true, filter })
  })

  /** Imports a copy of the package that has that for a binary: what is printed, and how the process ended otherwise. */
  const importWith = (
    binary: Buffer | undefined,
    env: NodeJS.ProcessEnv = {},
    code = IMPORT,
    nodeArgs: readonly string[] = [],
  ) => {
    const folder = join(root, 'prebuilds', target)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    if (binary !== undefined) writeFileSync(join(folder, 'berkeley.node'), binary)
    const program = join(root, 'program.js')
    writeFileSync(program, code)
    const { stdout, stderr, signal } = spawnSync(process.execPath, [...nodeArgs, program], {
      encoding: 'utf8',
      env: { ...process.env, BERKELEY_ADDON: '', ...env },
    })
    return stdout + stderr + (signal ?? '')
  }

  test.skipIf(!isBundled)('loads the binary of its platform, or the one it is told to [needs npm run build:ts]', () => {
    expect(importWith(readFileSync(addon))).toBe('2\n')
    expect(importWith(undefined, { BERKELEY_ADDON: addon })).toBe('2\n')
  })

  /** The addon with a change. */
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = readFileSync(addon)
    change(bytes)
    return bytes
  }

  /** Another version of glibc's than there will ever be, in place of the one that the binary asks for most. */
  const newer = (bytes: Buffer): void => {
    const at = bytes.indexOf('GLIBC_2.')
    expect(at).toBeGreaterThan(0)
    bytes.write('GLIBC_9.', at)
  }

  test.skipIf(!can.linux).each<[what: string, binary: () => Buffer, told: RegExp]>([
    ['no binary at all', () => Buffer.from('not a binary at all'), /file too short|invalid ELF header/],
    ['empty', () => Buffer.alloc(0), /file too short/],
    ['of another processor', () => changed((bytes) => bytes.writeUInt16LE(0xf3, 18)), /ELF|cannot open shared object/],
    ['of 32 bits', () => changed((bytes) => bytes.writeUInt8(1, 4)), /wrong ELF class/],
    ['cut in its first page', () => readFileSync(addon).subarray(0, 3000), /too short|ELF|truncated/],
    ['cut in the middle', () => readFileSync(addon).subarray(0, 150_000), /truncated/],
    ['for a glibc that is newer', () => changed(newer), /version `GLIBC_9\.\d+' not found/],
  ])('says so where that is %s [needs Linux]', (_, binary, said) => {
    const printed = importWith(binary())
    expect(printed).toContain("code: 'ERR_BERKELEY_LOAD_FAILED'")
    expect(printed).toContain(`could not be loaded for ${target}`)
    expect(printed).toMatch(said)
    expect(printed).toMatch(/To build it from source, with a C\+\+17 compiler: node ".*build-from-source\.js"/)
  })

  test('says so where there is none, in a worker and to require(), too', () => {
    expect(importWith(undefined)).toContain("code: 'ERR_BERKELEY_NO_BINARY'")
    const inWorker = `import { Worker } from 'node:worker_threads'
new Worker(new URL('./dist/index.js', import.meta.url)).on('error', ({ name, code, target, message }) =>
  console.log(name, code, target, message.split('\\n').length))`
    expect(importWith(undefined, {}, inWorker)).toBe(`BinaryError ERR_BERKELEY_NO_BINARY ${target} 3\n`)
    const required = `import { createRequire } from 'node:module'
try { createRequire(import.meta.url)('./dist/index.js') } catch ({ code }) { console.log(code) }`
    expect(importWith(undefined, {}, required)).toMatch(/^ERR_BERKELEY_NO_BINARY\n/)
  })

  test('says so where BERKELEY_ADDON names what is not there, or another addon', () => {
    const missing = importWith(undefined, { BERKELEY_ADDON: 'nowhere/berkeley.node' })
    expect(missing).toContain(resolve('nowhere/berkeley.node'))
    expect(missing).toContain('BERKELEY_ADDON names the file to load')
    expect(missing).not.toContain('program.js')
    const other = readdirSync('node_modules/@rolldown', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.node'))
      .map((name) => resolve('node_modules/@rolldown', name))
      .find((path) =>
        importWith(undefined, { BERKELEY_ADDON: path }).includes(`${path}: another addon than this package`),
      )
    expect(other).toBeDefined()
  })

  test('needs of Node’s permissions that for addons and to read its own files; without, the error says so', () => {
    const binary = readFileSync(addon)
    const isStable = process.allowedNodeEnvironmentFlags.has('--permission')
    const restricted = [isStable ? '--permission' : '--experimental-permission', `--allow-fs-read=${root}`]
    for (const nodeArgs of [['--no-addons'], restricted]) {
      const refused = importWith(binary, {}, IMPORT, nodeArgs)
      expect(refused).toContain("code: 'ERR_BERKELEY_LOAD_FAILED'")
      expect(refused).toContain('--permission takes --allow-addons beside it, --no-addons has to go')
      expect(refused).not.toContain('To build it')
    }
    // Node warns of the permission.
    if (isBundled) expect(importWith(binary, {}, IMPORT, [...restricted, '--allow-addons'])).toMatch(/^2\n/)
  })
})
