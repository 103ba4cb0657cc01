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
import { Turns } from '../pacer.js'
import { dueAt, type Exchange, exchangeRated, hearUntilClosed, mostRequests } from './exchange.js'

/** What is not answered within is lost, seconds. */
const ANSWER_SECONDS = 1
/** With a rate an answer that comes later than others are sent still counts; not one that comes later than this. */
const FORGOTTEN_SECONDS = 5
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

/** When requests were sent, of as many of the latest as there is room for. */
class SentTimes {
  readonly #times: Float64Array
  /** Whose time it is; -1: it has been taken, or there was none. */
  readonly #numbers: Float64Array

  constructor(room: number) {
    this.#times = new Float64Array(room)
    this.#numbers = new Float64Array(room).fill(-1)
  }

  note(sequence: number, ms: number): void {
    const place = sequence % this.#times.length
    this.#times[place] = ms
    this.#numbers[place] = sequence
  }

  /** Only once, since an answer may come twice. */
  take(sequence: number): number | undefined {
    const place = sequence % this.#times.length
    if (this.#numbers[place] !== sequence) return undefined
    this.#numbers[place] = -1
    return this.#times[place]
  }
}

async function rated(exchange: Exchange, rate: number, keys: Keys): Promise<void> {
  const { sock, meter, size } = exchange
  const request = requestOf(exchange, keys)
  const timing = { beganMs: performance.now(), rate }
  const sent = new SentTimes(Math.min(mostRequests(exchange, rate), Math.ceil(rate * FORGOTTEN_SECONDS)))
  const buffer = Buffer.alloc(LONGEST)
  const take = (count: number, now: number): void => {
    // The kernel may have joined answers, all of one size.
    for (let at = 0; at < count; at += size) {
      const sequence = answerIn(buffer, at, Math.min(count, at + size), keys)
      const sentMs = sequence === undefined ? undefined : sent.take(sequence)
      if (sequence !== undefined && sentMs !== undefined) meter.note(dueAt(timing, sequence), sentMs, now)
    }
  }
  await exchangeRated(exchange, {
    ...timing,
    patienceMs: ANSWER_SECONDS * 1000,
    async send(sequence, now) {
      sent.note(sequence, now)
      stamp(request, 0, sequence, now)
      await sock.sendAsync(request)
    },
    hear: () => hearUntilClosed(sock, buffer, take),
  })
}
