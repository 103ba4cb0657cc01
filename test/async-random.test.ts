/** Thousands of interleavings over real streams: every byte comes out once, in order, to a call whose turn it was. */
import {
  AF_UNIX,
  fromfd,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  SHUT_WR,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
  Socket,
  socketpair,
} from 'berkeley'
import { select } from 'berkeley/select'
import { describe, expect, test } from 'vitest'
import { byteAt, bytesFrom, freshSeed, type Random, randomOf, settles, turn, turns } from './support/async.js'
import { listenTcp, temporaryFolder } from './support/sockets.js'

const STEPS = 60
/** Fewer where the suite is run once more, with another waker. */
const SHARE = process.env.BERKELEY_WAKER === 'thread' ? 4 : 1

/** A call on the socket under test, in the order in which calls were made. */
interface Call {
  readonly kind: string
  readonly size: number
  readonly peeks: boolean
  readonly controller: AbortController
  /** Bytes received; or how many were sent; or the code of an error, `aborted` for an abort. */
  outcome?: Buffer | number | string
  bytesSent?: number | undefined
}

const codeOf = (error: unknown): string => (error === 'aborted' ? error : String((error as { code?: string }).code))

class Schedule {
  readonly random: Random
  sock: Socket
  readonly peer: Socket
  readonly receives: Call[] = []
  readonly sends: Call[] = []
  /** What the peer has sent, and received. */
  given = 0
  readonly arrived: Buffer[] = []
  hasFinished = false
  isClosed = false

  constructor(seed: number, [sock, peer]: [Socket, Socket]) {
    this.random = randomOf(seed)
    this.sock = sock
    this.peer = peer
    peer.setblocking(false)
    sock.settimeout([null, 0, 5][this.random(3)] as number | null)
    if (this.random(2) === 0) sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
  }

  #call(list: Call[], kind: string, size: number, peeks = false): Call {
    const call: Call = { kind, size, peeks, controller: new AbortController() }
    list.push(call)
    return call
  }

  #options(call: Call): { timeout?: number; signal?: AbortSignal } {
    return {
      ...(this.random(6) === 0 ? { timeout: this.random(4) / 1000 } : {}),
      ...(this.random(2) === 0 ? { signal: call.controller.signal } : {}),
    }
  }

  receive(): void {
    const size = 1 + this.random(this.random(4) === 0 ? 5000 : 60)
    const flags = [0, 0, 0, MSG_WAITALL, MSG_PEEK, MSG_DONTWAIT][this.random(6)] as number
    const kind = ['recv', 'recvfrom', 'recvInto', 'recvfromInto'][this.random(4)] as string
    // A receive with an address never fills.
    const used = flags === MSG_WAITALL && kind.includes('from') ? 0 : flags
    const call = this.#call(this.receives, `${kind} ${used}`, size, used === MSG_PEEK)
    const options = { ...this.#options(call), flags: used }
    const memory = Buffer.alloc(size)
    const promises: Record<string, () => Promise<Buffer>> = {
      recv: () => this.sock.recvAsync(size, options),
      recvfrom: async () => (await this.sock.recvfromAsync(size, options))[0],
      recvInto: async () => memory.subarray(0, await this.sock.recvIntoAsync(memory, options)),
      recvfromInto: async () => memory.subarray(0, (await this.sock.recvfromIntoAsync(memory, options))[0]),
    }
    ;(promises[kind] as () => Promise<Buffer>)().then(
      (data) => {
        call.outcome = data
      },
      (error: unknown) => {
        call.outcome = codeOf(error)
      },
    )
  }

  /** Every byte of what a call sends tells which call it was. */
  #mark(): number {
    return 1 + (this.sends.length % 250)
  }

  send(): void {
    const size = 1 + this.random(this.random(3) === 0 ? 60_000 : 100)
    const data = Buffer.alloc(size, this.#mark())
    const all = this.random(2) === 0
    const flags = this.random(8) === 0 ? MSG_DONTWAIT : 0
    const call = this.#call(this.sends, `${all ? 'sendall' : 'send'} ${flags}`, size)
    const options = { ...this.#options(call), flags }
    const promise = all ? this.sock.sendallAsync(data, options).then(() => size) : this.sock.sendAsync(data, options)
    promise.then(
      (count) => {
        call.outcome = count
      },
      (error: unknown) => {
        call.outcome = codeOf(error)
        call.bytesSent = (error as { bytesSent?: number }).bytesSent ?? (all ? undefined : 0)
      },
    )
  }

  /** A synchronous call that does not wait, behind the others. */
  synchronous(): void {
    const timeout = this.sock.gettimeout()
    this.sock.setblocking(false)
    const receives = this.random(2) === 0
    const size = 1 + this.random(100)
    const data = Buffer.alloc(size, this.#mark())
    const call = this.#call(receives ? this.receives : this.sends, 'sync', size)
    try {
      call.outcome = receives ? this.sock.recv(size) : this.sock.send(data)
    } catch (error) {
      call.outcome = codeOf(error)
      call.bytesSent = 0
    }
    this.sock.settimeout(timeout)
  }

  abort(): void {
    const open = [...this.receives, ...this.sends].filter(({ outcome }) => outcome === undefined)
    open[this.random(open.length)]?.controller.abort('aborted')
  }

  give(): void {
    if (this.hasFinished) return
    try {
      this.given += this.peer.send(bytesFrom(this.given, 1 + this.random(300)))
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
    }
  }

  take(): void {
    try {
      this.arrived.push(this.peer.recv(1 + this.random(100_000)))
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error
    }
  }

  /** Gives the descriptor to another socket: what waits ends, and no byte is lost. */
  move(): void {
    const timeout = this.sock.gettimeout()
    this.sock = Socket.adopt(this.sock.detach())
    this.sock.settimeout(timeout)
  }

  /** That nobody waits for what is there. What has only just come is told soon; a lost wake-up never is. */
  async checkIdle(): Promise<void> {
    const limit = performance.now() + 5000
    do {
      await turns(3)
      const [reads, writes] = [this.receives, this.sends].map((calls) =>
        calls.some(({ outcome }) => outcome === undefined),
      )
      using copy = fromfd(this.sock.fileno())
      const ready = select(reads ? [copy] : [], writes ? [copy] : [], [], 0)
      if (ready.flat().length === 0) return
    } while (performance.now() < limit)
    throw new Error('calls wait for what is there')
  }

  async step(): Promise<void> {
    const choice = this.random(20)
    if (choice < 4) this.receive()
    else if (choice < 7) this.send()
    else if (choice < 10) this.give()
    else if (choice < 12) this.take()
    else if (choice < 13) this.abort()
    else if (choice < 15) this.synchronous()
    else if (choice < 18) await turn()
    else if (this.random(6) === 0) this.move()
    else if (this.random(8) === 0) {
      this.hasFinished = true
      this.peer.shutdown(SHUT_WR)
    } else if (this.random(3) === 0) await this.checkIdle()
  }

  /** Ends all calls: what is missing comes, or the socket is closed. */
  async end(): Promise<void> {
    const isOpen = (): boolean => [...this.receives, ...this.sends].some(({ outcome }) => outcome === undefined)
    await this.checkIdle()
    if (this.random(2) === 0) {
      // TCP holds parts of a stream back for some milliseconds.
      const limit = performance.now() + 10_000
      for (let i = 0; isOpen() && performance.now() < limit; i++) {
        this.take()
        if (i < 1000) this.give()
        if (i < 100) await turn()
        else await new Promise((resolve) => setTimeout(resolve, 1))
      }
    } else {
      // What a call has in part by then it keeps; the rest is for another socket on the same descriptor.
      this.move()
      await turn()
    }
    expect(isOpen(), 'calls that never ended').toBe(false)
    this.peer.shutdown(SHUT_WR)
    this.sock.settimeout(10)
    const parts: Buffer[] = []
    do parts.push(this.sock.recv(1 << 16))
    while (parts.at(-1)?.length !== 0)
    this.#call(this.receives, 'rest', 0).outcome = Buffer.concat(parts)
    this.sock.close()
    for (;;) {
      try {
        const data = this.peer.recv(1 << 20)
        if (data.length === 0) break
        this.arrived.push(data)
      } catch (error) {
        if (codeOf(error) === 'ECONNRESET') break
        if (codeOf(error) !== 'EAGAIN') throw error
        await turn()
      }
    }
    this.peer.close()
  }

  check(): void {
    this.#checkReceived()
    this.#checkSent()
  }

  #checkReceived(): void {
    let place = 0
    for (const { kind, outcome, peeks } of this.receives) {
      if (!Buffer.isBuffer(outcome)) continue
      outcome.forEach((byte, index) => {
        if (byte !== byteAt(place + index)) throw new Error(`${kind} got a wrong byte at ${place + index}`)
      })
      if (outcome.length === 0 && kind !== 'rest') {
        expect([this.hasFinished, place], 'an end of the stream before its end').toEqual([true, this.given])
      }
      if (!peeks) place += outcome.length
    }
    expect(place, 'bytes received').toBe(this.given)
  }

  #checkSent(): void {
    const stream = Buffer.concat(this.arrived)
    let place = 0
    for (const [index, { kind, size, outcome, bytesSent }] of this.sends.entries()) {
      let count = 0
      while (stream[place + count] === 1 + (index % 250) && count < size) count++
      const expected = typeof outcome === 'number' ? outcome : bytesSent
      if (expected !== undefined) expect(count, `${kind} of ${size}, call ${index}, ${outcome}`).toBe(expected)
      place += count
    }
    expect(place, 'bytes that nobody sent').toBe(stream.length)
  }
}

function tcpEnds(): [Socket, Socket] {
  using listener = listenTcp()
  const client = new Socket()
  client.connect(listener.getsockname())
  return [client, listener.accept()[0]]
}

describe.each<[string, number, () => [Socket, Socket]]>([
  ['unix', 2000 / SHARE, () => socketpair() as [Socket, Socket]],
  ['tcp', 500 / SHARE, tcpEnds],
])('over %s', (_, count, open) => {
  test(`${count} schedules lose and double no byte, and end every call`, { timeout: 120_000 }, async () => {
    const seed = freshSeed()
    // Some at a time, so that their news come in the same batches.
    for (let first = 0; first < count; first += 4) {
      await Promise.all(
        [0, 1, 2, 3].map(async (offset) => {
          try {
            const schedule = new Schedule(seed + first + offset, open())
            for (let i = 0; i < STEPS; i++) await schedule.step()
            await settles(schedule.end())
            schedule.check()
          } catch (error) {
            throw new Error(`with BERKELEY_SEED=${seed + first + offset} (as the first of four)`, { cause: error })
          }
        }),
      )
    }
  })
})

test('messages of many senders come whole, once, and in the order of each', { timeout: 120_000 }, async () => {
  const seed = freshSeed()
  const random = randomOf(seed)
  for (let round = 0; round < 40 / SHARE; round++) {
    using folder = temporaryFolder()
    const path = folder.path('in')
    using receiver = new Socket(AF_UNIX, SOCK_DGRAM)
    receiver.bind(path)
    const senders = Array.from({ length: 5 }, () => new Socket(AF_UNIX, SOCK_DGRAM))
    const sent = new Set<string>()
    const perhaps = new Set<string>()
    const calls = senders.flatMap((sender, from) => {
      if (from % 2 === 1) sender.connect(path)
      return Array.from({ length: 30 }, (_, index) => {
        const text = `${from} ${index}`
        const options = random(4) === 0 ? { timeout: random(5) / 1000 } : {}
        const promise = from % 2 === 1 ? sender.sendAsync(text, options) : sender.sendtoAsync(text, path, options)
        return promise.then(
          () => sent.add(text),
          () => perhaps.add(text),
        )
      })
    })
    const ended = Promise.all(calls)
    const got: string[] = []
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    while (!isOver || got.length < sent.size) {
      if (random(3) === 0) await turn()
      const data = await receiver.recvAsync(100, { timeout: random(3) / 1000 }).catch(() => undefined)
      if (data !== undefined) got.push(String(data))
    }
    for (const sender of senders) sender.close()
    expect(new Set(got), `BERKELEY_SEED=${seed}`).toEqual(sent)
    expect(got.length + perhaps.size, `BERKELEY_SEED=${seed}`).toBe(150)
    for (const from of senders.keys()) {
      const order = got.filter((text) => text.startsWith(`${from} `)).map((text) => Number(text.split(' ')[1]))
      expect(order, `BERKELEY_SEED=${seed}`).toEqual(order.toSorted((one, other) => one - other))
    }
  }
})
