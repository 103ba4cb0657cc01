/**
 * A flood of datagrams from another thread, received in batches: how many came, how many the kernel dropped, and that
 * the numbers in them say the same. Arguments: datagrams, bytes of the receive buffer.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import {
  AF_INET,
  CMSG_SPACE,
  decodeAncillary,
  MessageBatch,
  SO_RCVBUF,
  SO_RXQ_OVFL,
  SOCK_DGRAM,
  SOL_SOCKET,
  socket,
} from 'berkeley'

const SIZE = 64
const BATCH = 64

/** Sends so many datagrams, numbered from 0 on, and then some that say that it is over. */
function send({ address, count }) {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.connect(address)
  const batch = new MessageBatch(BATCH, SIZE)
  const data = Buffer.alloc(SIZE)
  for (let next = 0; next < count; ) {
    for (let i = 0; i < BATCH && next < count; i++, next++) {
      data.writeUInt32LE(next)
      batch.set(i, data)
    }
    sock.sendmmsg(batch)
  }
  // One of them may be dropped like any other.
  data.writeUInt32LE(0xffffffff)
  const timer = setInterval(() => sock.send(data), 2)
  parentPort.once('message', () => {
    clearInterval(timer)
    sock.close()
  })
}

async function receive(count, bufferSize) {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.bind(['127.0.0.1', 0])
  if (bufferSize > 0) sock.setsockopt(SOL_SOCKET, SO_RCVBUF, bufferSize)
  console.log(`receive buffer: ${sock.getsockopt(SOL_SOCKET, SO_RCVBUF)} bytes`)
  // Linux tells with each message how many were dropped before it.
  if (SO_RXQ_OVFL !== undefined) sock.setsockopt(SOL_SOCKET, SO_RXQ_OVFL, 1)

  const sender = new Worker(new URL(import.meta.url), { workerData: { address: sock.getsockname(), count } })
  const batch = new MessageBatch(BATCH, 2048, { ancbufsize: CMSG_SPACE(4) })
  let [received, expected, missing, dropped, calls] = [0, 0, 0, 0, 0]
  let started = 0
  for (let over = false; !over; ) {
    const came = await sock.recvmmsgAsync(batch, { timeout: 10 })
    if (calls++ === 0) started = performance.now()
    for (let i = 0; i < came && !over; i++) {
      const number = batch.data(i).readUInt32LE()
      over = number === 0xffffffff
      if (over) break
      // Over loopback they come in order: a gap is a loss.
      missing += number - expected
      expected = number + 1
      received++
    }
    if (came > 0) dropped = decodeAncillary(batch.ancdata(came - 1)).drops ?? dropped
  }
  missing += count - expected
  const seconds = (performance.now() - started) / 1000
  console.log(`received ${received} of ${count} in ${calls} calls, ${Math.round(received / seconds)} a second`)
  console.log(`missing by their numbers: ${missing}`)
  if (SO_RXQ_OVFL !== undefined) console.log(`dropped, says the kernel: ${dropped}`)
  sock.close()
  sender.postMessage('done')
}

if (isMainThread) await receive(Number(process.argv[2] ?? 200_000), Number(process.argv[3] ?? 0))
else send(workerData)
