/** A file to tcp-sink as a stream into a stream: node:net has no sendfile(2). */

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { connect } from 'node:net'
import { cpuNs, expect, finish, nowNs, number, uint64 } from '../lib/program.js'
import { newFile } from '../lib/temporary.js'

const { fd, size, chunks } = newFile()
const sock = connect({ host: '127.0.0.1', port: number('port'), noDelay: true })
await once(sock, 'connect')

/**
 * @param {number} count
 * @param {boolean} check
 */
async function sendFiles(count, check) {
  if (count === 0) return
  const answer = once(sock, 'data')
  sock.write(uint64(count * size, Number(check)))
  for (let i = 0; i < count; i++) {
    const stream = createReadStream('', { fd, start: 0, autoClose: false })
    stream.pipe(sock, { end: false })
    await once(stream, 'end')
  }
  const [data] = await answer
  expect(data.readBigUInt64LE() === BigInt(count * size), 'the sink got other bytes')
}

const count = number('count', 1)
await sendFiles(number('checked', 1), true)
await sendFiles(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
await sendFiles(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: count * chunks })
sock.destroy()
