/** Asks for a flood of datagrams and counts those that come, in batches: `mode` sync or async. See c/udp-flooder.c. */
import { AF_INET, MessageBatch, SOCK_DGRAM, socket } from 'berkeley'
import { cpuNs, expect, finish, nowNs, number, text } from '../lib/program.js'

const OVER = 0xffffffff
const flooder = /** @type {[string, number]} */ (['127.0.0.1', number('port')])
const sock = socket(AF_INET, SOCK_DGRAM)
sock.bind(['', 0])
const batch = new MessageBatch(64, 2048)
const isAsync = text('mode') === 'async'
let last = -1
let received = 0

/** @param {number} total */
function ask(total) {
  const request = Buffer.alloc(4)
  request.writeUInt32LE(total)
  sock.sendto(request, flooder)
}

/**
 * Whether the flood is over.
 * @param {number} count
 * @param {number} total
 */
function take(count, total) {
  for (let i = 0; i < count; i++) {
    const data = batch.data(i)
    const sequence = data.readUInt32LE(0)
    if (sequence === OVER) {
      if (data.readUInt32LE(4) === total) return true
      // The flood before this one.
      continue
    }
    expect(sequence > last && sequence < total, 'another datagram came')
    last = sequence
    received++
  }
  return false
}

/** @param {number} total */
async function flood(total) {
  last = -1
  received = 0
  ask(total)
  if (isAsync) while (!take(await sock.recvmmsgAsync(batch), total));
  else while (!take(sock.recvmmsg(batch), total));
}

await flood(number('warmup', 100))
const count = number('count', 1000)
const cpu = cpuNs()
const start = nowNs()
await flood(count)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: received, sent: count })
ask(0)
