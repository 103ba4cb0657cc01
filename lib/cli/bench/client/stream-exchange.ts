/** Messages and their answers over one TCP connection. */
import { Turns } from '../pacer.js'
import { dueAt, type Exchange, exchangeRated, hearUntilClosed } from './exchange.js'
import { BenchError } from './link.js'

/** An answer that takes longer ends the test. */
const ANSWER_MS = 5000

/** To the end of the test, or of the connection. @throws {BenchError} `timeout` where answers stay away */
export async function exchangeStream(exchange: Exchange): Promise<void> {
  const { sock, meter } = exchange
  let stalled = false
  let before = -1
  const watch = setInterval(() => {
    // Looked at from outside: a time-out of each call would cost time within what is measured.
    if (meter.received === before && meter.sent > meter.received) {
      stalled = true
      sock.close()
    }
    before = meter.received
  }, ANSWER_MS)
  try {
    await (exchange.rate === null ? oneByOne(exchange) : rated(exchange, exchange.rate))
  } catch (error) {
    if (stalled) throw new BenchError('timeout', `no answer for ${ANSWER_MS / 1000} seconds`)
    throw error
  } finally {
    clearInterval(watch)
  }
}

async function oneByOne({ sock, meter, size, seconds, isOver }: Exchange): Promise<void> {
  const message = Buffer.alloc(size, 'berkeley ')
  const answer = Buffer.alloc(size)
  const turns = new Turns()
  const end = performance.now() + seconds * 1000
  for (let now = performance.now(); now < end && !isOver(); ) {
    const sent = now
    meter.sent++
    await sock.sendallAsync(message)
    for (let got = 0; got < size; ) {
      const count = await sock.recvIntoAsync(answer)
      if (count === 0) throw new BenchError('lost', 'the server closed the connection')
      got += count
    }
    now = performance.now()
    meter.note(sent, sent, now)
    if (turns.isDue(now)) {
      await turns.take()
      now = performance.now()
    }
  }
}

/** For the answers to the last requests, milliseconds. */
const PATIENCE_MS = 1000
const MOST_KEPT = 65_536

async function rated(exchange: Exchange, rate: number): Promise<void> {
  const { sock, meter, size, isOver } = exchange
  const message = Buffer.alloc(size, 'berkeley ')
  // Answers come in the order of the requests. Those that have theirs are dropped, many at once.
  const sentAt: number[] = []
  let dropped = 0
  let bytes = 0
  let next = 0
  const beganMs = performance.now()
  const timing = { beganMs, rate }
  const take = (count: number, now: number): void => {
    if (count === 0) {
      if (!isOver()) throw new BenchError('lost', 'the server closed the connection')
      sock.close()
    }
    for (bytes += count; bytes >= size; bytes -= size, next++) {
      meter.note(dueAt(timing, next), sentAt[next - dropped] ?? now, now)
    }
    if (next - dropped < MOST_KEPT) return
    sentAt.splice(0, next - dropped)
    dropped = next
  }
  await exchangeRated(exchange, {
    ...timing,
    patienceMs: PATIENCE_MS,
    async send(index, now) {
      sentAt[index - dropped] = now
      await sock.sendallAsync(message)
    },
    hear: () => hearUntilClosed(sock, Buffer.alloc(Math.max(64 * 1024, size)), take),
  })
}
