/** Thousands of interleavings over a simulated edge-triggered poller: what comes in goes out, in order, to somebody. */
import { errno } from 'berkeley'
import { expect, test } from 'vitest'
import { WAITING, words } from '../dist/binding.js'
import { Operation } from '../dist/operation.js'
import { Queue, submit, submitOnce } from '../dist/queue.js'
import { freshSeed, type Random, randomOf, turn } from './support/async.js'

const AGAIN = -errno.EAGAIN
const SCHEDULES = 3000
const STEPS = 40

/** The kernel and its poller: so many units are there, and each is told of once, if it is watched for. */
class Simulation {
  seen = 0
  isReferenced = true
  share = 0
  units = 0
  taken = 0
  isWatched = false
  hasEvent = false

  hasShare(): boolean {
    return this.share-- > 0
  }
  require(): void {
    if (!this.isWatched) this.hasEvent = this.units > 0
    this.isWatched = true
  }
  release(): void {
    this.isWatched = false
    this.hasEvent = false
  }
  ask(): void {
    if (this.isWatched && this.units > 0) this.hasEvent = true
  }
  beginConnecting(): void {}
  arrive(count: number): void {
    this.units += count
    if (this.isWatched) this.hasEvent = true
  }
}

class Take extends Operation<number> {
  readonly #kernel: Simulation
  isWaitingForName: boolean
  constructor(kernel: Simulation, isWaitingForName: boolean) {
    super()
    this.#kernel = kernel
    this.isWaitingForName = isWaitingForName
  }
  override get syscall(): string {
    return 'take'
  }
  override get isHeld(): boolean {
    return this.isWaitingForName
  }
  override perform(queue: { ready: boolean }): number {
    const kernel = this.#kernel
    if (kernel.units === 0) return AGAIN
    kernel.units--
    kernel.taken++
    // Sometimes an attempt can tell that there is no more.
    if (kernel.units === 0 && kernel.taken % 3 === 0) queue.ready = false
    return kernel.taken
  }
}

interface Call {
  operation: Take
  controller: AbortController
  outcome?: number | string
}

class Schedule {
  readonly kernel = new Simulation()
  readonly queue = new Queue(this.kernel, 1)
  readonly calls: Call[] = []
  readonly random: Random

  constructor(seed: number) {
    this.random = randomOf(seed)
  }

  #add(operation: Take, begin: (signal: AbortSignal) => Promise<number>): void {
    const controller = new AbortController()
    const call: Call = { operation, controller }
    this.calls.push(call)
    begin(controller.signal).then(
      (value) => {
        call.outcome = value
      },
      (error: unknown) => {
        call.outcome = typeof error === 'string' ? error : String((error as { code?: string }).code)
      },
    )
  }

  #any(): Call | undefined {
    const open = this.calls.filter(({ outcome }) => outcome === undefined)
    return open[this.random(open.length)]
  }

  issue(): void {
    const operation = new Take(this.kernel, this.random(8) === 0)
    this.#add(operation, (signal) =>
      operation.isHeld ? operation.wait(this.queue, -1, signal) : submit<number>(operation, this.queue, -1, signal),
    )
  }

  issueOnce(): void {
    const operation = new Take(this.kernel, false)
    this.#add(operation, (signal) => submitOnce<number>(operation, this.queue, false, signal))
  }

  abort(): void {
    this.#any()?.controller.abort('aborted')
  }

  deliver(): void {
    if (!this.kernel.hasEvent) return
    this.kernel.hasEvent = false
    this.kernel.share = this.random(6)
    this.queue.wake()
  }

  /** A name's address is known, or the look-up has failed. */
  release(): void {
    const call = this.calls.find(({ operation, outcome }) => operation.isHeld && outcome === undefined)
    if (call === undefined) return
    call.operation.isWaitingForName = false
    if (this.random(3) === 0) {
      call.operation.fail('no name')
      this.queue.advance()
    } else {
      this.queue.retryNow(call.operation)
    }
  }

  async step(): Promise<void> {
    switch (this.random(10)) {
      case 0:
      case 1:
      case 2:
        return this.issue()
      case 3:
      case 4:
        return this.kernel.arrive(1 + this.random(3))
      case 5:
        return this.deliver()
      case 6:
        return this.abort()
      case 7:
        return this.random(2) === 0 ? this.issueOnce() : this.queue.serveAll()
      case 8:
        return this.release()
      default:
        this.kernel.share = this.random(6)
        return turn()
    }
  }

  /** Everything that can still happen by itself. */
  async settle(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      this.release()
      if (this.kernel.hasEvent) {
        this.kernel.hasEvent = false
        this.kernel.share = 1000
        this.queue.wake()
      }
      this.kernel.share = 1000
      await turn()
      if (
        !this.kernel.hasEvent &&
        !this.calls.some(({ operation, outcome }) => operation.isHeld && outcome === undefined)
      )
        break
    }
    await turn()
  }

  check(): void {
    const waiting = this.calls.filter(({ outcome }) => outcome === undefined)
    expect(this.queue.count(), 'those in the queue').toBe(waiting.length)
    if (waiting.length > 0) expect(this.kernel.units, 'units that nobody took though calls wait').toBe(0)
    const given = this.calls.map(({ outcome }) => outcome).filter((outcome) => typeof outcome === 'number')
    expect(given, 'each unit once, in order').toEqual(
      Array.from({ length: this.kernel.taken }, (_, index) => index + 1),
    )
  }
}

test(`${SCHEDULES} schedules lose no wake-up, no unit and no order`, { timeout: 120_000 }, async () => {
  const seed = freshSeed()
  for (let index = 0; index < SCHEDULES; index++) {
    const schedule = new Schedule(seed + index)
    try {
      for (let i = 0; i < STEPS; i++) await schedule.step()
      await schedule.settle()
      schedule.check()
      schedule.queue.cancelAll()
      await null
      await null
      expect(schedule.queue.count()).toBe(0)
      expect(words[WAITING], 'calls that keep the process alive').toBe(0)
    } catch (error) {
      throw new Error(`with BERKELEY_SEED=${seed + index}`, { cause: error })
    }
  }
})
