/** Many chunks of 64 KiB in one direction. There is one way to receive: each read gets a buffer. */
import { CHUNK, expect, isPattern, measure, PATTERN, text, uint64 } from '../lib/program.js'
import { connectLoopback } from './common.js'

let receive = (/** @type {Buffer} */ _data) => {}
let drain = () => {}
const sock = await connectLoopback(
  (data) => receive(data),
  () => drain(),
)

/**
 * @param {number} chunks
 * @param {boolean} check
 * @returns {Promise<number>} the number of reads
 */
function receiveChunks(chunks, check) {
  const total = chunks * CHUNK
  let seen = 0
  let calls = 0
  if (total === 0) return Promise.resolve(calls)
  return new Promise((resolve) => {
    receive = (data) => {
      // A read may be longer than a chunk.
      for (let at = 0; check && at < data.length; at += CHUNK) {
        expect(isPattern(data.subarray(at, at + CHUNK), seen + at), 'other bytes came')
      }
      seen += data.length
      calls++
      if (seen >= total) resolve(calls)
    }
    expect(sock.write(uint64(total)) === 8, 'a part was sent')
  })
}

/**
 * Writes until the kernel takes no more, then waits for room.
 * @param {number} chunks
 * @param {boolean} check
 */
async function sendChunks(chunks, check) {
  /** @type {Promise<Buffer>} */
  const answer = new Promise((resolve) => {
    receive = resolve
  })
  const chunk = PATTERN.subarray(0, CHUNK)
  let left = chunks * CHUNK
  expect(sock.write(uint64(left, Number(check))) === 16, 'a part was sent')
  await new Promise((resolve) => {
    drain = () => {
      while (left > 0) {
        const rest = chunk.subarray((chunks * CHUNK - left) % CHUNK)
        const n = sock.write(rest)
        left -= n
        if (n < rest.length) return
      }
      drain = () => {}
      resolve(undefined)
    }
    drain()
  })
  expect((await answer).readBigUInt64LE() === BigInt(chunks * CHUNK), 'the sink got other bytes')
  return chunks
}

await measure(text('mode') === 'sendall' ? sendChunks : receiveChunks)
sock.end()
