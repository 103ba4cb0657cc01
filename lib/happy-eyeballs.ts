/**
 * Happy Eyeballs (RFC 8305): connecting to the first address that answers, of several families, without trying each in
 * vain for long. It knows neither sockets nor the clock: it is given how to look up, to connect and to wait.
 */
import { type Abortable, listenFor, stopListening } from './abort.js'

/** What a race is about. */
export interface Track<Address, Connection> {
  /** The families, the preferred one first. */
  readonly families: readonly number[]
  /** How long the preferred family's addresses are waited for when another's are there. Nanoseconds. */
  readonly resolutionDelayNs: number
  /** How long after one attempt the next one begins, while none has failed. Nanoseconds. */
  readonly attemptDelayNs: number
  /** Nanoseconds in all; below 0 = for ever. */
  readonly timeoutNs: number
  /** Ends the race, which rejects with its reason. Not aborted yet. */
  readonly signal: AbortSignal | undefined
  /** The addresses of a family, the best first. `signal` says that nobody wants them any more. */
  lookUp(family: number, signal: AbortSignal): Promise<readonly Address[]>
  /** Tries one. Once `signal` is aborted nothing of the attempt may be left. */
  connect(address: Address, signal: AbortSignal): Promise<Connection>
  /** Closes a connection that came too late. */
  discard(connection: Connection): void
  /** Calls `expire` after so many nanoseconds, unless what it answers is called before. */
  startTimer(ns: number, expire: () => void): () => void
  /** What the race rejects with where nobody has won. */
  failure(losses: Losses): unknown
}

/** Why nobody has won. */
export interface Losses {
  /** Of attempts, in the order in which they ended. */
  readonly attempts: readonly unknown[]
  /** Of lookups, by family; `undefined` where one found something, or has not ended. */
  readonly lookUps: readonly unknown[]
  /** Whether the time ran out. */
  readonly timedOut: boolean
  /** Whether there was an address to try. */
  readonly hasBegun: boolean
}

interface Lane<Address> {
  readonly family: number
  /** Still to be tried; `null` before they are known. */
  addresses: Address[] | null
  error: unknown
}

class Race<Address, Connection> implements Abortable {
  readonly #track: Track<Address, Connection>
  readonly #lanes: Lane<Address>[]
  readonly #controller = new AbortController()
  readonly #resolve: (connection: Connection) => void
  readonly #reject: (reason: unknown) => void
  readonly #errors: unknown[] = []
  /** Timers that run, by what they are for. */
  readonly #timers = new Map<'timeout' | 'resolution' | 'attempt', () => void>()
  /** The lane of the next attempt, unless it is empty: they take turns. */
  #turn = 0
  #running = 0
  /** Whether attempts may be made: the addresses that are waited for are there, or the delay is over. */
  #hasBegun = false
  #isOver = false

  constructor(
    track: Track<Address, Connection>,
    resolve: (connection: Connection) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#track = track
    this.#resolve = resolve
    this.#reject = reject
    this.#lanes = track.families.map((family) => ({ family, addresses: null, error: undefined }))
    if (track.signal !== undefined) listenFor(track.signal, this)
    if (track.timeoutNs >= 0) this.#time('timeout', track.timeoutNs, () => this.#fail(true))
    for (const lane of this.#lanes) this.#lookUp(lane)
  }

  /** The signal was aborted. */
  abort(reason: unknown): void {
    this.#end()
    this.#reject(reason)
  }

  #lookUp(lane: Lane<Address>): void {
    this.#track.lookUp(lane.family, this.#controller.signal).then(
      (found) => {
        lane.addresses = [...found]
        this.#advance()
      },
      (error: unknown) => {
        lane.addresses = []
        lane.error = error
        this.#advance()
      },
    )
  }

  /** Something has come or ended: begins what can be begun. */
  #advance(): void {
    if (this.#isOver) return
    if (!this.#hasBegun) this.#begin()
    if (this.#hasBegun && !this.#timers.has('attempt')) this.#attempt()
    const isAtEnd = this.#running === 0 && this.#lanes.every(({ addresses }) => addresses?.length === 0)
    if (isAtEnd) this.#fail(false)
  }

  #begin(): void {
    const first = this.#lanes.findIndex(({ addresses }) => addresses !== null && addresses.length > 0)
    if (first < 0) return
    // Of the families before it nothing is to be expected.
    if (this.#lanes.slice(0, first).every(({ addresses }) => addresses !== null)) {
      this.#stop('resolution')
      this.#hasBegun = true
    } else if (!this.#timers.has('resolution')) {
      this.#time('resolution', this.#track.resolutionDelayNs, () => {
        this.#hasBegun = true
        this.#advance()
      })
    }
  }

  #attempt(): void {
    const address = this.#next()
    if (address === undefined) return
    this.#running++
    this.#time('attempt', this.#track.attemptDelayNs, () => this.#advance())
    this.#track.connect(address, this.#controller.signal).then(
      (connection) => {
        if (this.#isOver) {
          this.#track.discard(connection)
          return
        }
        this.#end()
        this.#resolve(connection)
      },
      (error: unknown) => {
        if (this.#isOver) return
        this.#running--
        this.#errors.push(error)
        this.#stop('attempt')
        this.#advance()
      },
    )
  }

  #next(): Address | undefined {
    const lanes = this.#lanes
    for (let i = 0; i < lanes.length; i++) {
      const index = (this.#turn + i) % lanes.length
      const { addresses } = lanes[index] as Lane<Address>
      if (addresses === null || addresses.length === 0) continue
      this.#turn = index + 1
      return addresses.shift()
    }
    return undefined
  }

  #fail(timedOut: boolean): void {
    this.#end()
    const lookUps = this.#lanes.map(({ error }) => error)
    this.#reject(this.#track.failure({ attempts: this.#errors, lookUps, timedOut, hasBegun: this.#hasBegun }))
  }

  /** Ends whatever goes on: lookups, attempts, timers. */
  #end(): void {
    this.#isOver = true
    for (const name of [...this.#timers.keys()]) this.#stop(name)
    if (this.#track.signal !== undefined) stopListening(this.#track.signal, this)
    this.#controller.abort()
  }

  #time(name: 'timeout' | 'resolution' | 'attempt', ns: number, expire: () => void): void {
    const cancel = this.#track.startTimer(ns, () => {
      this.#timers.delete(name)
      expire()
    })
    this.#timers.set(name, cancel)
  }

  #stop(name: 'timeout' | 'resolution' | 'attempt'): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }
}

/** Connects to the first address that answers. */
export function race<Address, Connection>(track: Track<Address, Connection>): Promise<Connection> {
  return new Promise((resolve, reject) => {
    new Race(track, resolve, reject)
  })
}
