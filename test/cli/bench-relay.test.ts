/** `berkeley bench` over a relay that loses, repeats and swaps datagrams on purpose: what it did is what is told. */

import { connect, createServer, type Socket as NetSocket, type Server } from 'node:net'
import { AF_INET, SOCK_DGRAM, type Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import * as datagram from '../../lib/cli/bench/datagram.js'
import { measured, only, resultsIn, startBenchServer } from '../support/bench.js'
import { runCli } from '../support/cli.js'

type Inet = Socket<typeof AF_INET>
/** Gives the datagrams to pass on in place of one. */
type Change = (data: Buffer) => Buffer[]

/** The datagrams of tests as changed, by their number; those that open the way as they are. */
function inTests(change: (data: Buffer, sequence: number) => Buffer[]): Change {
  return (data) =>
    datagram.kindOf(data, 0) >= datagram.KINDS.data ? change(data, datagram.sequenceOf(data, 0)) : [data]
}

/** Between a client and a server: TCP as it is, and data over UDP, either way, as changed. */
class Relay implements AsyncDisposable {
  readonly port: number
  readonly #tcp: Server
  readonly #conns = new Set<NetSocket>()
  readonly #front: Inet
  readonly #back: Inet
  readonly #loops: Promise<void>[]

  private constructor(tcp: Server, front: Inet, target: number, change: Change) {
    this.#tcp = tcp
    this.#front = front
    this.port = front.getsockname()[1]
    this.#back = socket(AF_INET, SOCK_DGRAM)
    this.#back.connect(['127.0.0.1', target])
    tcp.on('connection', (conn) => {
      const onward = connect(target, '127.0.0.1')
      for (const [one, other] of [[conn, onward] as const, [onward, conn] as const]) {
        this.#conns.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
        one.pipe(other)
      }
    })
    this.#loops = [this.#pass(change)]
  }

  static async start(target: number, change: Change): Promise<Relay> {
    const tcp = createServer()
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const front = socket(AF_INET, SOCK_DGRAM)
    front.bind(['127.0.0.1', (tcp.address() as { port: number }).port])
    return new Relay(tcp, front, target, change)
  }

  async #pass(change: Change): Promise<void> {
    let client: readonly [string, number] | undefined
    const forward = async (): Promise<void> => {
      for (;;) {
        const [data, address] = await this.#front.recvfromAsync(65_536)
        client = address as [string, number]
        for (const each of change(data)) this.#back.send(each)
      }
    }
    const backward = async (): Promise<void> => {
      for (;;) {
        const data = await this.#back.recvAsync(65_536)
        if (client !== undefined) for (const each of change(data)) this.#front.sendto(each, client)
      }
    }
    await Promise.allSettled([forward(), backward()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close()
    this.#back.close()
    for (const conn of this.#conns) conn.destroy()
    await new Promise((resolve) => this.#tcp.close(resolve))
    await Promise.all(this.#loops)
  }
}

const ARGS = ['--test', 'udp', '-t', '0.3', '-b', '800K', '--datagram', '100']

describe('a relay', () => {
  test('that drops every tenth datagram: so many are lost, either way', async () => {
    await using server = await startBenchServer()
    await using relay = await Relay.start(
      server.port,
      inTests((data, sequence) => (sequence % 10 === 9 ? [] : [data])),
    )
    for (const found of only(await measured('127.0.0.1', relay.port, ...ARGS), 'udp')) {
      const sent = found.sent ?? 0
      expect(sent).toBeGreaterThan(20)
      expect(found.lost).toBe(Math.floor(sent / 10))
      expect(found.received).toBe(sent - Math.floor(sent / 10))
      expect(found.lostPart).toBe(Math.floor(sent / 10) / sent)
      expect([found.duplicates, found.reordered]).toEqual([0, 0])
    }
  })

  test('after the end, silence is no interval', async () => {
    await using server = await startBenchServer()
    // The last ones do not come: whoever counts waits for them.
    await using relay = await Relay.start(
      server.port,
      inTests((data, sequence) => (sequence > 10 ? [] : [data])),
    )
    for (const { intervals, lost } of only(await measured('127.0.0.1', relay.port, ...ARGS), 'udp')) {
      expect(lost).toBeGreaterThan(0)
      for (const { from } of intervals) expect(from).toBeLessThan(0.3)
    }
  })

  test('that repeats every fifth: so many are there twice, and none more is received', async () => {
    await using server = await startBenchServer()
    const twice = inTests((data, sequence) => (sequence % 5 === 0 ? [data, data] : [data]))
    await using relay = await Relay.start(server.port, twice)
    for (const { sent, received, lost, duplicates } of only(await measured('127.0.0.1', relay.port, ...ARGS), 'udp')) {
      expect([received, lost]).toEqual([sent, 0])
      expect(duplicates).toBe(Math.ceil((sent ?? 0) / 5))
    }
  })

  test('that swaps each eighth with the next: so many are out of order, and none is lost', async () => {
    await using server = await startBenchServer()
    const held = new Map<number, Buffer>()
    const swapping = inTests((data, sequence) => {
      if (sequence % 8 === 3) {
        held.set(sequence, data)
        return []
      }
      const before = held.get(sequence - 1)
      held.delete(sequence - 1)
      return before === undefined ? [data] : [data, before]
    })
    await using relay = await Relay.start(server.port, swapping)
    for (const { sent, received, lost, reordered, duplicates } of only(
      await measured('127.0.0.1', relay.port, ...ARGS),
      'udp',
    )) {
      // One that is held when the flow ends is lost indeed.
      const last = (sent ?? 0) % 8 === 4 ? 1 : 0
      expect([received, lost, duplicates]).toEqual([(sent ?? 0) - last, last, 0])
      expect(reordered).toBe(Math.floor(((sent ?? 0) + 3) / 8))
      expect(reordered).toBeGreaterThan(0)
    }
  })

  test('that drops half of the answers: latency over UDP counts them as lost', async () => {
    await using server = await startBenchServer()
    let answers = 0
    await using relay = await Relay.start(server.port, (data) =>
      datagram.kindOf(data, 0) === datagram.KINDS.reply && answers++ % 2 === 1 ? [] : [data],
    )
    const args = ['--test', 'latency', '--transport', 'udp', '-t', '0.3', '-r', '100']
    const [found] = only(await measured('127.0.0.1', relay.port, ...args), 'latency')
    expect(found?.sent).toBeGreaterThan(5)
    expect(found?.lost).toBe(Math.floor((found?.sent ?? 0) / 2))
  })

  test('of TCP only: UDP fails with a clear word, and the rest is measured', async () => {
    await using server = await startBenchServer()
    await using relay = await Relay.start(server.port, () => [])
    const args = ['--test', 'udp,connections', '--udp-direction', 'up', '-t', '0.1', '--json']
    const outcome = await runCli(['bench', 'client', '127.0.0.1', '--port', String(relay.port), ...args])
    expect(outcome).toMatchObject({ code: 1, stderr: '' })
    const [udp, connections] = resultsIn(outcome).tests
    expect(udp).toMatchObject({ status: 'failed', error: { code: 'no-udp' }, sent: null, lost: null })
    expect(udp?.error?.message).toMatch(/^no UDP replies from the server: a firewall/)
    expect(connections).toMatchObject({ test: 'connections', status: 'done' })
  })
})
