/**
 * Runs tests in a virtual machine with Debian's kernel, which has the protocols that many kernels lack: AF_ALG, AF_CAN,
 * AF_TIPC, AF_RDS, AF_QIPCRTR, SCTP, vsock over loopback. Arguments go to vitest. The machine sees this one's files
 * through a layer of its own, writes nothing, and has no network but loopback. It is emulated, and so some ten times
 * slower. Needs a Debian for x64 and its package qemu-system-x86; others are only fetched, into node_modules/.cache.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { initramfs } from './vm/initramfs.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const cache = join(root, 'node_modules/.cache/vm')
const QEMU = 'qemu-system-x86_64'
/** Seconds until the machine is turned off, `VM_TIMEOUT` where it is set. */
const limitSeconds = Number(process.env.VM_TIMEOUT ?? 540)

/** Those for the files come first; some name by their own name what they need by another one. */
const MODULES = [
  ...['virtio_pci', '9pnet_virtio', '9p', 'overlay'],
  ...['af_alg', 'algif_hash', 'algif_skcipher', 'algif_aead', 'algif_rng', 'ctr', 'gcm', 'ccm', 'ghash-generic'],
  ...['can', 'can-raw', 'can-bcm', 'can-isotp', 'can-j1939', 'vcan'],
  ...['tipc', 'rds', 'rds_tcp', 'qrtr', 'crc32c_generic', 'sctp', 'vsock', 'vsock_loopback', 'bluetooth', 'rfcomm'],
]

/** @param {string} message @returns {never} */
function stop(message) {
  console.error(`test:vm: ${message}`)
  process.exit(1)
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: cache, encoding: 'utf8' })
  if (status !== 0) stop(`${[command, ...args].join(' ')} failed\n${stderr ?? ''}`)
  return stdout
}

/** The files of a Debian package, fetched once, not installed. @param {string} name */
function unpacked(name) {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', name])
  const file = readdirSync(cache).find((entry) => entry.startsWith(`${name}_`)) ?? stop(`${name} did not come`)
  run('dpkg', ['-x', file, `${folder}.part`])
  run('mv', [`${folder}.part`, folder])
  rmSync(join(cache, file))
  return folder
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

function findKernel() {
  const depends = run('apt-cache', ['depends', '--important', 'linux-image-amd64'])
  const name = /linux-image-\d\S*/.exec(depends)?.[0] ?? stop('linux-image-amd64 is unknown here; apt-get update?')
  const folder = unpacked(name)
  const modules = ['lib/modules', 'usr/lib/modules'].map((path) => join(folder, path)).find((path) => existsSync(path))
  if (modules === undefined) stop(`${name} has no modules`)
  const [version = ''] = readdirSync(modules)
  return { image: join(folder, `boot/vmlinuz-${version}`), modules: join(modules, version) }
}

/** What is run in the machine. */
function commandText() {
  const { PATH = '', HOME = '/root' } = process.env
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=100000', ...process.argv.slice(2)]
  return [
    `export PATH=${quoted(PATH)} HOME=${quoted(HOME)} CI=1 BERKELEY_TEST_PATIENCE=6 ${process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR'}=1`,
    `cd ${quoted(root)}`,
    `exec ${[process.execPath, ...vitest].map(quoted).join(' ')}`,
  ].join('\n')
}

if (process.platform !== 'linux' || process.arch !== 'x64') stop('runs on Linux for x64')
if (spawnSync(QEMU, ['--version']).status !== 0) {
  stop(`${QEMU} is missing: apt-get install --no-install-recommends qemu-system-x86`)
}
mkdirSync(cache, { recursive: true })
const kernel = findKernel()
const [image, statusFile] = [join(cache, `initramfs-${process.pid}`), join(cache, `status-${process.pid}`)]
writeFileSync(
  image,
  initramfs({
    busybox: join(unpacked('busybox-static'), 'bin/busybox'),
    init: fileURLToPath(new URL('vm/init.sh', import.meta.url)),
    command: commandText(),
    modules: kernel.modules,
    names: MODULES,
  }),
)

const machine = spawn(
  QEMU,
  [
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2G', '-no-reboot'],
    ...['-nodefaults', '-display', 'none', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', image, '-append', 'console=ttyS0 quiet loglevel=3 panic=-1'],
    ...['-serial', 'stdio', '-serial', `file:${statusFile}`],
    ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
)
let late = false
const timer = setTimeout(() => {
  late = true
  machine.kill('SIGKILL')
}, limitSeconds * 1000)
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => machine.kill('SIGKILL'))

machine.on('close', () => {
  clearTimeout(timer)
  const status = existsSync(statusFile) ? readFileSync(statusFile, 'utf8').trim() : ''
  for (const file of [image, statusFile]) rmSync(file, { force: true })
  if (late) stop(`not done in ${limitSeconds} seconds; VM_TIMEOUT sets another limit`)
  if (status === '') stop('the machine ended without a status')
  process.exit(Number(status))
})
