/** c/zero-copy.c with promises: sendZeroCopyAsync and sendAsync by turns, what each costs the sender. */
import { spawnSync } from 'node:child_process'
import { AF_INET, SOCK_DGRAM, socket } from 'berkeley'
import { CHUNK, cpuNs, expect, finish, nowNs, number, PATTERN, text } from '../lib/program.js'

const TURNS = 10
const WINDOW = 16
const PREPARE =
  'ip link set lo up && ip link add away mtu 65535 type bridge && ip addr add 192.0.2.1/24 dev away && ' +
  'ip link set away up && ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev away && exec "$@" inside=1'

/** So much data by turns that no cache has it: what is sent is seldom what was just sent. */
const SPAN = 64 << 20
const size = number('size', 4096)
const data = Buffer.alloc(SPAN, PATTERN.subarray(0, CHUNK))
let at = 0
let sock = socket(AF_INET, SOCK_DGRAM)

/** What nobody receives over loopback is told of: that is not this send's. @param {unknown} error */
function ignoreRefusal(error) {
  if (/** @type {{ code?: string }} */ (error).code !== 'ECONNREFUSED') throw error
}

/** @param {boolean} isPlain */
function sendOne(isPlain) {
  const next = data.subarray(at, at + size)
  at = at + 2 * size > SPAN ? 0 : at + size
  return (isPlain ? sock.sendAsync(next) : sock.sendZeroCopyAsync(next)).then(() => {}, ignoreRefusal)
}

/**
 * @param {number} count
 * @param {boolean} isPlain
 */
async function run(count, isPlain) {
  /** @type {Promise<void>[]} */
  const sending = Array(WINDOW)
  for (let done = 0; done < count; done += WINDOW) {
    for (let i = 0; i < WINDOW; i++) sending[i] = sendOne(isPlain)
    await Promise.all(sending)
  }
}

/** Both ways over loopback to a receiver that compares. @param {number} count */
async function check(count) {
  const receiver = socket(AF_INET, SOCK_DGRAM)
  receiver.bind(['127.0.0.1', 0])
  sock.connect(receiver.getsockname())
  for (let i = 0; i < 2 * count; i++) {
    const from = at
    await sendOne(i % 2 === 0)
    expect(receiver.recv(CHUNK).equals(data.subarray(from, from + size)), 'other bytes came')
  }
  receiver.close()
  sock.close()
  sock = socket(AF_INET, SOCK_DGRAM)
}

async function main() {
  const count = number('count', 100)
  await check(number('checked', 1))
  sock.connect([text('device') === 'lo' ? '127.0.0.1' : '192.0.2.2', 9])
  await run(number('warmup', WINDOW), true)
  await run(number('warmup', WINDOW), false)
  const ns = [0, 0]
  const cpu = [0, 0]
  for (let turn = 0; turn < 2 * TURNS; turn++) {
    const plain = (turn & 1) ^ ((turn >> 1) & 1)
    const cpuBefore = cpuNs()
    const start = nowNs()
    await run(count, plain === 1)
    ns[plain] = /** @type {number} */ (ns[plain]) + Number(nowNs() - start)
    cpu[plain] = /** @type {number} */ (cpu[plain]) + Number(cpuNs() - cpuBefore)
  }
  finish({ ns: ns[0], cpuNs: cpu[0], count: count * TURNS, plainNs: ns[1], plainCpuNs: cpu[1] })
}

if (text('inside') === '1') {
  await main()
} else {
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', ['-n', 'sh', '-c', PREPARE, 'sh', ...self], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
sock.close()
