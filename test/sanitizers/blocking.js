/** Threads that block in the kernel: talking to each other, and ended while nothing comes; the watcher and its signals. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import * as berkeley from 'berkeley'
import { begin, begun, done } from './support.js'

/** @typedef {import('./support.js').Socket} Socket */

const nap = (/** @type {number} */ ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** The calls that a thread can be ended in; `one` is an end of a pair on which nothing arrives. @type {Record<string, (one: Socket) => unknown>} */
const CALLS = {
  recv: (one) => one.recv(1),
  recvInto: (one) => one.recvInto(new Uint8Array(100_000)),
  recvmsg: (one) => one.recvmsg(1, 100),
  recvmmsg: (one) => one.recvmmsg(new berkeley.MessageBatch(4, 100)),
  recvFds: (one) => berkeley.recvFds(one, 1, 4),
  sendall: (one) => one.sendall(Buffer.alloc(1 << 22)),
  accept: () => berkeley.createServer(['127.0.0.1', 0]).accept(),
  withTimeout: (one) => {
    one.settimeout(100)
    one.recv(1)
  },
}

/** Sends and receives by turns, with pauses on both sides of the watcher's slices. @param {number} fd @param {boolean} isFirst */
function talk(fd, isFirst) {
  const sock = berkeley.Socket.adopt(fd)
  if (isFirst) sock.send('0')
  for (;;) {
    const turn = Number(sock.recv(20))
    if (turn % 100 === 0) nap([10, 26, 51, 60, 110][(turn / 100) % 5] ?? 0)
    if (turn >= 1501) break
    sock.send(String(turn + 1))
    if (turn === 1500) break
  }
  sock.close()
}

/** @param {string} call */
function hang(call) {
  const [one, other] = berkeley.socketpair()
  for (let i = 0; i < 100; i++) {
    other.send('x')
    one.recv(1)
  }
  begun()
  CALLS[call]?.(one)
  throw new Error(`${call} returned`)
}

async function talks() {
  const ends = []
  for (let i = 0; i < 3; i++) {
    for (const [index, end] of berkeley.socketpair().entries()) {
      ends.push(new Worker(new URL(import.meta.url), { workerData: { fd: end.detach(), isFirst: index === 0 } }))
    }
  }
  const codes = await Promise.all(ends.map((worker) => once(worker, 'exit')))
  assert.deepEqual(codes.flat(), Array(6).fill(0))
}

async function hangs() {
  for (const pause of [0, 40, 120]) {
    const workers = await Promise.all(
      Object.keys(CALLS).map((call) => begin(import.meta.url, { workerData: { call } })),
    )
    await new Promise((resolve) => setTimeout(resolve, pause))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

if (isMainThread) {
  await Promise.all([talks(), hangs()])
  done()
} else if (workerData.call !== undefined) {
  hang(workerData.call)
} else {
  talk(workerData.fd, workerData.isFirst)
}
