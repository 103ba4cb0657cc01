/** Asks for a flood of datagrams and counts those that come. See c/udp-flooder.c. */
import { createSocket } from 'node:dgram'
import { setTimeout } from 'node:timers/promises'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

const OVER = 0xffffffff
const port = number('port')
const sock = createSocket('udp4')
let last = -1
let received = 0
let total = 0
let over = () => {}

sock.on('message', (data) => {
  const sequence = data.readUInt32LE(0)
  if (sequence === OVER) {
    // Or else the flood before this one.
    if (data.readUInt32LE(4) === total) over()
    return
  }
  expect(sequence > last && sequence < total, 'another datagram came')
  last = sequence
  received++
})

/** @param {number} count */
function ask(count) {
  const request = Buffer.alloc(4)
  request.writeUInt32LE(count)
  sock.send(request, port, '127.0.0.1')
}

/** @param {number} count */
async function flood(count) {
  last = -1
  received = 0
  total = count
  await new Promise((/** @type {(value: void) => void} */ resolve) => {
    over = resolve
    ask(count)
  })
}

await flood(number('warmup', 100))
const count = number('count', 1000)
const cpu = cpuNs()
const start = nowNs()
await flood(count)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: received, sent: count })
ask(0)
await setTimeout(5)
sock.close()
