import { SO_RCVLOWAT, SOL_SOCKET } from 'berkeley'
import { CHUNK, cpuNs, expect, finish, isPattern, nowNs, number, PATTERN, text, uint64 } from '../lib/program.js'
import { connectLoopback } from './common.js'

const sock = connectLoopback(number('port'))
const lowat = number('lowat')
/** @param {number} bytes */
const setLowWater = (bytes) => sock.setsockopt(SOL_SOCKET, SO_RCVLOWAT, bytes)

/** @type {Record<string, (chunks: number, check: boolean) => number>} the number of calls made */
const transfers = {
  recv(chunks, check) {
    const total = chunks * CHUNK
    let calls = 0
    sock.sendall(uint64(total))
    for (let seen = 0; seen < total; calls++) {
      const data = sock.recv(CHUNK)
      if (data.length === 0) throw new Error('the stream ended early')
      if (check) expect(isPattern(data, seen), 'other bytes came')
      seen += data.length
    }
    return calls
  },

  recvInto(chunks, check) {
    const total = chunks * CHUNK
    const buffer = Buffer.alloc(CHUNK)
    let calls = 0
    sock.sendall(uint64(total))
    if (lowat > 0) setLowWater(lowat)
    for (let seen = 0; seen < total; calls++) {
      if (total - seen < 2 * lowat) setLowWater(1)
      const n = sock.recvInto(buffer)
      if (n === 0) throw new Error('the stream ended early')
      if (check) expect(isPattern(buffer.subarray(0, n), seen), 'other bytes came')
      seen += n
    }
    return calls
  },

  sendall(chunks, check) {
    const chunk = PATTERN.subarray(0, CHUNK)
    sock.sendall(uint64(chunks * CHUNK, Number(check)))
    for (let i = 0; i < chunks; i++) sock.sendall(chunk)
    expect(sock.recv(8).readBigUInt64LE() === BigInt(chunks * CHUNK), 'the sink got other bytes')
    return chunks
  },
}

const transfer = transfers[text('mode')]
expect(transfer, `mode=${text('mode')}?`)
const count = number('count', 100)
transfer(number('checked', 10), true)
transfer(number('warmup'), false)
const cpu = cpuNs()
const start = nowNs()
const calls = transfer(count, false)
const ns = nowNs() - start
finish({ ns, cpuNs: cpuNs() - cpu, count, calls })
sock.close()
