/** Datagrams out of one socket and into another in one thread; only one side of it is measured. See c/udp-batch.c. */
import { AF_INET, IPPROTO_UDP, MessageBatch, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET, socket, UDP_GRO } from 'berkeley'
import { cpuNs, expect, finish, nowNs, number, text } from '../lib/program.js'

const [ROUND, BATCH, SEGMENT, SEGMENTS, MESSAGES] = [256, 64, 1200, 50, 3]
const mode = text('mode')
const isBig = mode === 'gso' || mode === 'gro'
const near = socket(AF_INET, SOCK_DGRAM)
const far = socket(AF_INET, SOCK_DGRAM)
far.setsockopt(SOL_SOCKET, SO_RCVBUF, 212_992)
far.bind(['127.0.0.1', 0])
const there = far.getsockname()

const out = new MessageBatch(BATCH, 65_536)
const into = new MessageBatch(BATCH, 65_536)
/** Several datagrams in one message. */
const whole = new MessageBatch(1, 65_536)
const data = Buffer.alloc(isBig ? SEGMENT : number('size', 64))
const buffer = Buffer.alloc(65_536)
let sent = 0
let received = 0
let seen = 0
let check = false

/**
 * @param {Buffer} view
 * @param {number} at
 */
function put(view, at) {
  view.writeUInt32LE(sent, at)
  sent = (sent + 1) >>> 0
}

/**
 * What a program does with a datagram at least: look at it and at who sent it.
 * @param {Buffer} view
 * @param {number} at
 * @param {number} port
 */
function look(view, at, port) {
  const sequence = view.readUInt32LE(at)
  seen += sequence + port
  if (check) expect(sequence === received, 'another datagram came')
  received = (received + 1) >>> 0
}

/** @type {Record<string, (total: number) => void>} */
const transfers = {
  sendBatches(total) {
    for (let done = 0; done < total; ) {
      const count = Math.min(total - done, BATCH)
      for (let i = 0; i < count; i++) {
        put(data, 0)
        out.set(i, data, there)
      }
      expect(near.sendmmsg(out) === count, 'sendmmsg')
      done += count
    }
  },
  receiveBatches(total) {
    for (let done = 0; done < total; ) {
      const count = far.recvmmsg(into)
      lookAtAll(count)
      done += count
    }
  },
  sendSingly(total) {
    for (let done = 0; done < total; done++) {
      put(data, 0)
      near.sendto(data, there)
    }
  },
  receiveSingly(total) {
    for (let done = 0; done < total; done++) {
      const [, address] = far.recvfromInto(buffer)
      look(buffer, 0, address?.[1] ?? 0)
    }
  },
  sendSegmented(total) {
    if (whole.nbytes(0) === 0) whole.set(0, Buffer.alloc(SEGMENT * SEGMENTS))
    // Written in its place, as in C.
    const big = whole.data(0)
    for (let done = 0; done < total; done += SEGMENTS) {
      for (let i = 0; i < SEGMENTS; i++) put(big, i * SEGMENT)
      whole.set(0, big, there, { segmentSize: SEGMENT })
      expect(near.sendmmsg(whole) === 1, 'sendmmsg')
    }
  },
  receiveJoined(total) {
    for (let done = 0; done < total; ) {
      const count = far.recvmmsg(into)
      for (let i = 0; i < count; i++) {
        const view = into.data(i)
        const [, port] = /** @type {[string, number]} */ (into.address(i))
        const size = into.segmentSize(i) || view.length
        for (let at = 0; at < view.length; at += size, done++) look(view, at, port)
      }
    }
  },
}

/** @param {number} count */
function lookAtAll(count) {
  for (let i = 0; i < count; i++) {
    const address = /** @type {[string, number]} */ (into.address(i))
    look(into.data(i), 0, address[1])
  }
}

/** @param {number} total */
async function receiveAsync(total) {
  for (let done = 0; done < total; ) {
    const count = await far.recvmmsgAsync(into)
    lookAtAll(count)
    done += count
  }
}

/** How long each round took: the median is told, which other work on the machine changes little. @type {number[]} */
const times = []
/** The same datagrams without segments. @type {number[]} */
const plainTimes = []

/**
 * @param {number[]} list
 * @param {(total: number) => void | Promise<void>} transfer
 * @param {number} total
 */
async function timed(list, transfer, total) {
  const before = nowNs()
  const result = transfer(total)
  if (result !== undefined) await result
  list.push(Number(nowNs() - before))
}

/** @param {number[]} list */
const medianOf = (list) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0

/** @type {Record<string, (typeof transfers)[string]>} */
const { sendBatches, receiveBatches, sendSingly, receiveSingly, sendSegmented, receiveJoined } = transfers
const round = isBig ? SEGMENTS * MESSAGES : ROUND
const [count, checked, warmup] = [number('count', 100), number('checked', 1), number('warmup')]
let cpu = cpuNs()

/** The same datagrams without it, to compare with; then with it. */
async function both() {
  if (mode === 'gro') {
    far.setsockopt(IPPROTO_UDP, /** @type {number} */ (UDP_GRO), 0)
    sendSegmented?.(round)
    await timed(plainTimes, /** @type {never} */ (receiveBatches), round)
    far.setsockopt(IPPROTO_UDP, /** @type {number} */ (UDP_GRO), 1)
    sendSegmented?.(round)
    await timed(times, /** @type {never} */ (receiveJoined), round)
    return
  }
  await timed(plainTimes, /** @type {never} */ (sendBatches), round)
  receiveBatches?.(round)
  await timed(times, /** @type {never} */ (sendSegmented), round)
  receiveBatches?.(round)
}

for (let i = -checked - warmup; i < count; i++) {
  if (i === 0) {
    times.length = plainTimes.length = 0
    cpu = cpuNs()
  }
  check = i < -warmup
  if (isBig) await both()
  else if (mode.startsWith('rec')) {
    sendBatches?.(round)
    const transfer = mode === 'recvfrom' ? receiveSingly : mode === 'receive-async' ? receiveAsync : receiveBatches
    await timed(times, /** @type {never} */ (transfer), round)
  } else {
    await timed(times, /** @type {never} */ (mode === 'sendto' ? sendSingly : sendBatches), round)
    receiveBatches?.(round)
  }
}
expect(seen > 0, 'nothing came')
const ns = medianOf(times)
finish({ ns, cpuNs: cpuNs() - cpu, count: round, plainNs: medianOf(plainTimes) })
