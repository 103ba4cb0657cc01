/** Requests and their answers as datagrams. */
import { SocketError } from '../../../index.js'
import {
  fillHeader,
  hasToken,
  KINDS,
  kindOf,
  sequenceOf,
  sessionOf,
  stamp,
  type TokenWords,
  tokenWords,
} from '../datagram.js'
import type { ReplyOf } from '../messages.js'
import { Turns, until } from '../pacer.js'
import type { Exchange } from './exchange.js'

/** What is not answered within is lost, seconds. */
const ANSWER_SECONDS = 1
const LONGEST = 65_536

/** What is known of the session, to tell its answers from anything else. */
interface Keys {
  session: number
  token: string
  words: TokenWords
}

/** To the end of the test. */
export async function exchangeDatagrams(exchange: Exchange, welcome: ReplyOf<'welcome'>): Promise<void> {
  const keys = { session: welcome.session, token: welcome.token, words: tokenWords(welcome.token) }
  await (exchange.rate === null ? oneByOne(exchange, keys) : rated(exchange, exchange.rate, keys))
}

function requestOf({ size }: Exchange, { session, token }: Keys): Buffer {
  const request = Buffer.alloc(size)
  fillHeader(request, 0, KINDS.request, session, token)
  return request
}

/** The number of an answer, one of several in a buffer; `undefined`: it is none. */
function answerIn(bytes: Buffer, at: number, end: number, { session, words }: Keys): number | undefined {
  if (sessionOf(bytes, at, end) !== session || !hasToken(bytes, at, words)) return undefined
  return kindOf(bytes, at) === KINDS.reply ? sequenceOf(bytes, at) : undefined
}

async function oneByOne(exchange: Exchange, keys: Keys): Promise<void> {
  const { sock, meter, seconds, isOver } = exchange
  const request = requestOf(exchange, keys)
  const buffer = Buffer.alloc(LONGEST)
  const turns = new Turns()
  const limit = { timeout: ANSWER_SECONDS }
  const end = performance.now() + seconds * 1000
  for (let sequence = 0; performance.now() < end && !isOver(); sequence++) {
    const sent = performance.now()
    stamp(request, 0, sequence, sent)
    meter.sent++
    try {
      await sock.sendAsync(request, limit)
      for (;;) {
        const count = await sock.recvIntoAsync(buffer, limit)
        const now = performance.now()
        // An answer that comes too late stays lost.
        if (answerIn(buffer, 0, count, keys) === sequence) {
          meter.note(sent, sent, now)
          break
        }
        if (now - sent > ANSWER_SECONDS * 1000) break
      }
    } catch (error) {
      if (!isMissing(error, isOver())) throw error
    }
    if (turns.isDue(performance.now())) await turns.take()
  }
}

/** Whether an error only means that there is no answer. */
function isMissing(error: unknown, over: boolean): boolean {
  return error instanceof SocketError && (error.code === 'ETIMEDOUT' || (over && error.code !== 'ECONNREFUSED'))
}

async function rated(exchange: Exchange, rate: number, keys: Keys): Promise<void> {
  const { sock, meter, seconds, isOver } = exchange
  const request = requestOf(exchange, keys)
  const began = performance.now()
  const most = Math.ceil(seconds * rate)
  /** When each was sent; 0: it is answered, or not yet sent. */
  const sentAt = new Float64Array(most)
  const dueAt = (sequence: number): number => began + (sequence / rate) * 1000
  const answers = receiveAnswers(exchange, keys, sentAt, dueAt)
  answers.catch(() => {})
  for (let sequence = 0; sequence < most && !isOver(); sequence++) {
    await until(dueAt(sequence))
    const now = performance.now()
    if (now >= began + seconds * 1000) break
    sentAt[sequence] = now
    stamp(request, 0, sequence, now)
    meter.sent++
    await sock.sendAsync(request)
  }
  const patience = performance.now() + (isOver() ? 200 : ANSWER_SECONDS * 1000)
  while (meter.received < meter.sent && performance.now() < patience) await until(performance.now() + 1)
  sock.close()
  await answers
}

async function receiveAnswers(
  { sock, meter, size }: Exchange,
  keys: Keys,
  sentAt: Float64Array,
  dueAt: (sequence: number) => number,
): Promise<void> {
  const buffer = Buffer.alloc(LONGEST)
  const turns = new Turns()
  while (!sock.closed) {
    let count: number
    try {
      count = await sock.recvIntoAsync(buffer)
    } catch (error) {
      if (sock.closed) return
      throw error
    }
    const now = performance.now()
    // The kernel may have joined answers, all of one size.
    for (let at = 0; at < count; at += size) {
      const sequence = answerIn(buffer, at, Math.min(count, at + size), keys)
      if (sequence === undefined) continue
      const sent = sentAt[sequence] ?? 0
      if (sent === 0) continue
      sentAt[sequence] = 0
      meter.note(dueAt(sequence), sent, now)
    }
    if (turns.isDue(now)) await turns.take()
  }
}
