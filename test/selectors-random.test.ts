/** Selectors under random changes while they wait: what is answered is registered, ready and complete. */
import type { Socket } from 'berkeley'
import { EVENT_READ, EVENT_WRITE, type Ready, type SelectorKey } from 'berkeley/selectors'
import { describe, expect, test } from 'vitest'
import { turns } from './support/promises.js'
import { type AnySelector, selectors } from './support/selectors.js'
import { Closing, pair } from './support/sockets.js'

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Line {
  readonly near: Socket
  readonly far: Socket
  /** Bytes that were sent and not received. */
  bytes: number
}

class Run {
  readonly #selector: AnySelector
  readonly #random: () => number
  readonly #lines: Line[] = []
  readonly #keys = new Map<Socket, SelectorKey>()
  readonly #numbers = new Map<SelectorKey, number>()
  readonly #waiting = new Set<Promise<void>>()
  readonly #closing = new Closing()
  answers = 0

  constructor(selector: AnySelector, seed: number) {
    this.#selector = selector
    this.#random = randomOf(seed)
    for (let i = 0; i < 12; i++) {
      const ends = this.#closing.add(pair())
      this.#lines.push({ near: ends[0], far: ends[1], bytes: 0 })
    }
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }

  /** What is ready of what is registered now, in the form in which it is compared. */
  #expected(): Set<string> {
    const ready = new Set<string>()
    for (const { near, bytes } of this.#lines) {
      const key = this.#keys.get(near)
      const events = (key?.events ?? 0) & ((bytes > 0 ? EVENT_READ : 0) | EVENT_WRITE)
      if (key !== undefined && events !== 0) ready.add(this.#form(key, events))
    }
    return ready
  }

  #form(key: SelectorKey, events: number): string {
    return `key ${this.#numbers.get(key)} for ${key.fd}: ${events}`
  }

  /** That an answer is what is ready now. */
  #check(answer: Ready[]): void {
    const found = new Set(answer.map(([key, events]) => this.#form(key, events)))
    expect(found).toEqual(this.#expected())
    expect(found.size).toBe(answer.length)
    this.answers++
  }

  #keep(key: SelectorKey): void {
    this.#numbers.set(key, this.#numbers.size)
    this.#keys.set(key.fileobj as Socket, key)
  }

  #wait(): void {
    const controller = new AbortController()
    const timeout = this.#one([0, 0.001, 0.003, null])
    const wait = this.#selector.selectAsync({ timeout, signal: controller.signal }).then(
      (found) => this.#check(found),
      (error) => expect(error).toBe('aborted'),
    )
    const end = this.#random() < 0.3 ? 1 + Math.floor(this.#random() * 4) : 40
    const ended = turns(end).then(() => controller.abort('aborted'))
    const both = Promise.all([wait, ended]).then(() => void this.#waiting.delete(both))
    this.#waiting.add(both)
  }

  #change(): void {
    const line = this.#one(this.#lines)
    const { near, far } = line
    const events = this.#one([EVENT_READ, EVENT_READ, EVENT_READ, EVENT_READ | EVENT_WRITE])
    const isKnown = this.#keys.has(near)
    const choice = this.#random()
    if (choice < 0.35) {
      far.send('x')
      line.bytes++
    } else if (choice < 0.6 && line.bytes > 0) {
      line.bytes -= near.recv(1000).length
    } else if (!isKnown) {
      this.#keep(this.#selector.register(near, events, line))
    } else if (choice < 0.8) {
      this.#keep(this.#selector.modify(near, events, line))
    } else {
      this.#selector.unregister(near)
      this.#keys.delete(near)
    }
  }

  async perform(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const waits = this.#random() < 0.3 && this.#waiting.size < 5
      if (waits) this.#wait()
      else this.#change()
      // A wait that is answered at once has its answer before anything changes again.
      if (waits || this.#random() < 0.3) await turns(1)
    }
    await Promise.all(this.#waiting)
    this.#check(this.#selector.select(0))
    this.#check(await this.#selector.selectAsync({ timeout: 0 }))
    this.#selector.close()
    this.#closing[Symbol.dispose]()
  }
}

describe.each(selectors.slice(1))('a %s', (_, make) => {
  const first = Math.floor(Math.random() * 2 ** 31)
  test.each(Array.from({ length: 10 }, (_, i) => first + i))(
    'answers rightly whatever happens (seed %d)',
    async (seed) => {
      const run = new Run(make(), seed)
      await run.perform(1000)
      expect(run.answers).toBeGreaterThan(20)
    },
  )
})
