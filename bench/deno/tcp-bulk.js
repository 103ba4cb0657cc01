/** Many chunks of 64 KiB in one direction. There is one way to receive: into a buffer that is there already. */
import { CHUNK, expect, isPattern, measure, number, PATTERN, text, uint64 } from '../lib/program.js'

const conn = await Deno.connect({ hostname: '127.0.0.1', port: number('port') })
conn.setNoDelay(true)

/** @param {Uint8Array} data */
async function writeAll(data) {
  for (let at = 0; at < data.length; ) at += await conn.write(data.subarray(at))
}

/**
 * @param {number} chunks
 * @param {boolean} check
 */
async function receiveChunks(chunks, check) {
  const total = chunks * CHUNK
  const buffer = Buffer.alloc(CHUNK)
  let calls = 0
  await writeAll(uint64(total))
  for (let seen = 0; seen < total; calls++) {
    const n = await conn.read(buffer)
    if (n === null) throw new Error('the stream ended early')
    if (check) expect(isPattern(buffer.subarray(0, n), seen), 'other bytes came')
    seen += n
  }
  return calls
}

/**
 * @param {number} chunks
 * @param {boolean} check
 */
async function sendChunks(chunks, check) {
  const chunk = PATTERN.subarray(0, CHUNK)
  const answer = Buffer.alloc(8)
  await writeAll(uint64(chunks * CHUNK, Number(check)))
  for (let i = 0; i < chunks; i++) await writeAll(chunk)
  expect((await conn.read(answer)) === 8, 'no answer of the sink')
  expect(answer.readBigUInt64LE() === BigInt(chunks * CHUNK), 'the sink got other bytes')
  return chunks
}

await measure(text('mode') === 'sendall' ? sendChunks : receiveChunks)
conn.close()
