/** Messages and their answers over one TCP connection. */
import { Turns, until } from '../pacer.js'
import type { Exchange } from './exchange.js'
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

/** Answers come in the order of the requests: the first of these lists is the next one's. */
interface Outstanding {
  due: number[]
  sent: number[]
}

async function rated(exchange: Exchange, rate: number): Promise<void> {
  const { sock, meter, size, seconds, isOver } = exchange
  const message = Buffer.alloc(size, 'berkeley ')
  const outstanding: Outstanding = { due: [], sent: [] }
  const began = performance.now()
  const end = began + seconds * 1000
  const answers = receiveAnswers(exchange, outstanding)
  // Its failure is told by the await below; until then nobody listens.
  answers.catch(() => {})
  const most = Math.ceil(seconds * rate)
  for (let i = 0; i < most && !isOver(); i++) {
    const due = began + (i / rate) * 1000
    await until(due)
    const now = performance.now()
    if (now >= end) break
    outstanding.due.push(due)
    outstanding.sent.push(now)
    meter.sent++
    await sock.sendallAsync(message)
  }
  const patience = performance.now() + (isOver() ? 200 : 1000)
  while (meter.received < meter.sent && performance.now() < patience) await until(performance.now() + 1)
  sock.close()
  await answers
}

async function receiveAnswers({ sock, meter, size, isOver }: Exchange, outstanding: Outstanding): Promise<void> {
  const buffer = Buffer.alloc(Math.max(64 * 1024, size))
  const turns = new Turns()
  let bytes = 0
  let next = 0
  for (;;) {
    let count: number
    try {
      count = await sock.recvIntoAsync(buffer)
    } catch (error) {
      // This side has closed it, with nothing or enough to come.
      if (sock.closed) return
      throw error
    }
    if (count === 0) {
      if (isOver()) return
      throw new BenchError('lost', 'the server closed the connection')
    }
    const now = performance.now()
    for (bytes += count; bytes >= size; bytes -= size, next++) {
      meter.note(outstanding.due[next] ?? now, outstanding.sent[next] ?? now, now)
    }
    if (turns.isDue(now)) await turns.take()
  }
}
