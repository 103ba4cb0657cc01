/** The asynchronous engine in the main thread and in two others at once: traffic, time-outs, cancellation, close. */
import assert from 'node:assert/strict'
import { isMainThread } from 'node:worker_threads'
import { createServer, getengine, getspin, setspin, socket, socketpair } from 'berkeley'
import { done, fails, run, sleep } from './support.js'

/** @typedef {import('./support.js').Socket} Socket */

const CONNECTIONS = 100

async function echo() {
  const server = createServer(['127.0.0.1', 0], { backlog: CONNECTIONS })
  const answer = async (/** @type {Socket} */ conn) => {
    for await (const chunk of conn) await conn.sendallAsync(chunk)
    conn.close()
  }
  const serve = async () => {
    for (let i = 0; i < CONNECTIONS; i++) {
      const [conn] = await server.acceptAsync()
      answer(conn)
    }
  }
  const ask = async (/** @type {number} */ index) => {
    const client = socket()
    await client.connectAsync(server.getsockname())
    for (let round = 0; round < 4; round++) {
      // One in ten is larger than the pool's slices and the kernel's buffers.
      const sent = Buffer.alloc(index % 10 === 0 ? 300_000 : 100, index)
      const sending = client.sendallAsync(sent)
      for (let length = 0; length < sent.length; ) {
        const part = await client.recvAsync(65_536)
        assert.ok(part.length > 0 && part[0] === index)
        length += part.length
      }
      await sending
    }
    client.close()
  }
  const served = serve()
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => ask(index)))
  await served
  server.close()
}

async function ends() {
  const pairs = Array.from({ length: 30 }, () => socketpair())
  const controller = new AbortController()
  const waits = pairs.map(([one], index) =>
    index % 3 === 0
      ? fails(one.recvAsync(10, { timeout: 0.001 * index }), 'ETIMEDOUT', 'SocketTimeoutError', 'TimeoutError')
      : index % 3 === 1
        ? fails(one.recvAsync(10, { signal: controller.signal }), 'ABORT_ERR', 'AbortError')
        : fails(one.recvAsync(10), 'ECANCELED', 'EBADF'),
  )
  const sends = pairs.map(([one]) => one.sendallAsync(Buffer.alloc(1 << 20)).catch(() => {}))
  await sleep(5)
  controller.abort()
  for (const [index, [one]] of pairs.entries()) if (index % 3 === 2) one.close()
  await Promise.all(waits)
  for (const pair of pairs) for (const end of pair) end.close()
  await Promise.all(sends)
}

/** Batches of events that are received at once, and the engine's spin. */
async function bursts() {
  const pairs = Array.from({ length: 64 }, () => socketpair())
  const spin = getspin()
  for (let round = 0; round < 10; round++) {
    setspin(round % 2 === 0 ? 0 : 100)
    const received = pairs.map(([one]) => one.recvAsync(100))
    for (const [, other] of pairs) other.send(String(round))
    for (const data of await Promise.all(received)) assert.equal(String(data), String(round))
  }
  setspin(spin)
  for (const pair of pairs) for (const end of pair) end.close()
}

if (isMainThread && process.env.BERKELEY_ENGINE !== undefined) assert.equal(getengine(), process.env.BERKELEY_ENGINE)
const others = isMainThread ? [run(import.meta.url), run(import.meta.url)] : []
for (let round = 0; round < 2; round++) await Promise.all([echo(), ends(), bursts()])
await Promise.all(others)
if (isMainThread) done()
