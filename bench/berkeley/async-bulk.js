/** tcp-bulk.js with promises. */
import { CHUNK, expect, isPattern, measure, number, PATTERN, text, uint64 } from '../lib/program.js'
import { connectLoopback } from './common.js'

const sock = connectLoopback(number('port'))

/** @type {Record<string, (chunks: number, check: boolean) => Promise<number>>} the number of calls made */
const transfers = {
  async recv(chunks, check) {
    const total = chunks * CHUNK
    let calls = 0
    await sock.sendallAsync(uint64(total))
    for (let seen = 0; seen < total; calls++) {
      const data = await sock.recvAsync(CHUNK)
      if (data.length === 0) throw new Error('the stream ended early')
      if (check) expect(isPattern(data, seen), 'other bytes came')
      seen += data.length
    }
    return calls
  },

  async recvInto(chunks, check) {
    const total = chunks * CHUNK
    const buffer = Buffer.alloc(CHUNK)
    let calls = 0
    await sock.sendallAsync(uint64(total))
    for (let seen = 0; seen < total; calls++) {
      const n = await sock.recvIntoAsync(buffer)
      if (n === 0) throw new Error('the stream ended early')
      if (check) expect(isPattern(buffer.subarray(0, n), seen), 'other bytes came')
      seen += n
    }
    return calls
  },

  async sendall(chunks, check) {
    const chunk = PATTERN.subarray(0, CHUNK)
    await sock.sendallAsync(uint64(chunks * CHUNK, Number(check)))
    for (let i = 0; i < chunks; i++) await sock.sendallAsync(chunk)
    const answer = await sock.recvAsync(8)
    expect(answer.readBigUInt64LE() === BigInt(chunks * CHUNK), 'the sink got other bytes')
    return chunks
  },
}

const transfer = transfers[text('mode')]
expect(transfer, `mode=${text('mode')}?`)
await measure(transfer)
sock.close()
