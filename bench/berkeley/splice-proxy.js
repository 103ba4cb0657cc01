/** A proxy from one connection to the next that is accepted: the first pair by spliceAsync, the second with a buffer. */
import { CHUNK } from '../lib/program.js'
import { listenLoopback } from './common.js'

/** @typedef {import('berkeley').Socket} Socket */

/** @param {Socket} from @param {Socket} to */
async function copy(from, to) {
  const buffer = Buffer.alloc(CHUNK)
  for (;;) {
    const n = await from.recvIntoAsync(buffer)
    if (n === 0) return
    await to.sendallAsync(n === CHUNK ? buffer : buffer.subarray(0, n))
  }
}

const listener = listenLoopback(4)
const ends = []
for (let i = 0; i < 4; i++) ends.push((await listener.acceptAsync())[0])
const [in1, out1, in2, out2] = /** @type {[Socket, Socket, Socket, Socket]} */ (ends)
// The load leaves with a reset.
await Promise.allSettled([in1.spliceAsync(out1), copy(in2, out2)])
process.exit(0)
