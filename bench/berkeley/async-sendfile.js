/** sendfile.js with promises. */
import { cpuNs, expect, finish, nowNs, number, uint64 } from '../lib/program.js'
import { newFile } from '../lib/temporary.js'
import { connectLoopback } from './common.js'

const { fd, size, chunks } = newFile()
const sock = connectLoopback(number('port'))

/**
 * @param {number} count
 * @param {boolean} check
 */
async function sendFiles(count, check) {
  await sock.sendallAsync(uint64(count * size, Number(check)))
  for (let i = 0; i < count; i++) expect((await sock.sendfileAsync(fd)) === size, 'sendfileAsync')
  const answer = await sock.recvAsync(8)
  expect(answer.readBigUInt64LE() === BigInt(count * size), 'the sink got other bytes')
}

const count = number('count', 1)
await sendFiles(number('checked', 1), true)
await sendFiles(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
await sendFiles(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: count * chunks })
sock.close()
