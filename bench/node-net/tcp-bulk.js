import { once } from 'node:events'
import { connect } from 'node:net'
import { CHUNK, expect, isPattern, measure, number, PATTERN, text, uint64 } from '../lib/program.js'

const mode = text('mode')
let receive = (/** @type {Buffer} */ _data) => {}

// recvInto's counterpart is the option `onread`: every read goes into one buffer. Without it each gets a new one.
const buffer = Buffer.alloc(CHUNK)
const onread = {
  buffer,
  callback(/** @type {number} */ n) {
    receive(buffer.subarray(0, n))
    return true
  },
}
const sock = connect({
  host: '127.0.0.1',
  port: number('port'),
  noDelay: true,
  ...(mode === 'recvInto' ? { onread } : {}),
})
if (mode !== 'recvInto') sock.on('data', (data) => receive(data))

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
      if (check) expect(isPattern(data, seen), 'other bytes came')
      seen += data.length
      calls++
      if (seen >= total) resolve(calls)
    }
    sock.write(uint64(total))
  })
}

/**
 * Writes until the stream has enough, then waits for 'drain'.
 * @param {number} chunks
 * @param {boolean} check
 */
async function sendChunks(chunks, check) {
  const chunk = PATTERN.subarray(0, CHUNK)
  /** @type {Promise<Buffer>} */
  const answer = new Promise((resolve) => {
    receive = resolve
  })
  let left = chunks
  sock.write(uint64(chunks * CHUNK, Number(check)))
  await new Promise((resolve) => {
    const fill = () => {
      while (left-- > 0) if (!sock.write(chunk)) return
      sock.off('drain', fill)
      resolve(undefined)
    }
    sock.on('drain', fill)
    fill()
  })
  expect((await answer).readBigUInt64LE() === BigInt(chunks * CHUNK), 'the sink got other bytes')
  return chunks
}

await once(sock, 'connect')
await measure(mode === 'sendall' ? sendChunks : receiveChunks)
sock.destroy()
