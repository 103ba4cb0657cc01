/** A file to tcp-sink by sendfile(2), again and again. */
import { cpuNs, expect, finish, nowNs, number, uint64 } from '../lib/program.js'
import { newFile } from '../lib/temporary.js'
import { connectLoopback } from './common.js'

const { fd, size, chunks } = newFile()
const sock = connectLoopback(number('port'))

/**
 * @param {number} count
 * @param {boolean} check
 */
function sendFiles(count, check) {
  sock.sendall(uint64(count * size, Number(check)))
  for (let i = 0; i < count; i++) expect(sock.sendfile(fd) === size, 'sendfile')
  expect(sock.recv(8).readBigUInt64LE() === BigInt(count * size), 'the sink got other bytes')
}

const count = number('count', 1)
sendFiles(number('checked', 1), true)
sendFiles(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
sendFiles(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count: count * chunks })
sock.close()
