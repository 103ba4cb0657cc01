/** What the poller tells the engine, of which direction. On Linux kqueue-on-linux.test.ts runs this over kqueue too. */
import { AF_UNIX, SHUT_WR, SOCK_DGRAM, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { freshToken, HUNG_UP, READABLE, type Source, WRITABLE, watch } from '../dist/engine.js'
import { fill, isPending, settles, turns } from './support/async.js'
import { has } from './support/selectors.js'
import { Closing, pair, tcpPair, udp } from './support/sockets.js'

/** A source that notes what it is told. */
function listenTo(fd: number): Source & { readonly told: number[]; all(): number } {
  const told: number[] = []
  return {
    fd,
    token: freshToken(),
    told,
    all: () => told.reduce((one, other) => one | other, 0),
    deliver(readiness) {
      told.push(readiness)
    },
    cancel() {},
  }
}

describe('a hang-up', () => {
  test('of writing is none of reading', async () => {
    using one = udp()
    using other = udp()
    one.connect(other.getsockname())
    other.connect(one.getsockname())
    const source = listenTo(one.fileno())
    expect(watch(source, 0, READABLE | WRITABLE)).toBe(0)
    await turns()
    one.shutdown(SHUT_WR)
    await turns()
    expect(source.all()).toBe(WRITABLE)
    other.send('x')
    await turns()
    expect(source.all()).toBe(WRITABLE | READABLE)
    watch(source, READABLE | WRITABLE, 0)
  })

  test('of writing does not end who waits for datagrams', async () => {
    using closing = new Closing()
    const [one, other] = socketpair(AF_UNIX, SOCK_DGRAM)
    closing.add(one)
    closing.add(other)
    // One has had to wait for room, so that the poller knows of its writing.
    other.setblocking(false)
    fill(one)
    const sent = one.sendAsync('last')
    expect(await isPending(sent)).toBe(true)
    while (String(other.recv(65_536)) !== 'last') await turns(1)
    await settles(sent)
    const received = one.recvAsync(10)
    expect(await isPending(received)).toBe(true)
    one.shutdown(SHUT_WR)
    expect(await isPending(received)).toBe(true)
    other.send('x')
    expect(String(await settles(received))).toBe('x')
  })

  test('of the peer is one of reading', async () => {
    using both = tcpPair()
    const source = listenTo(both.server.fileno())
    expect(watch(source, 0, READABLE | WRITABLE)).toBe(0)
    await turns()
    expect(source.all()).toBe(WRITABLE)
    both.client.shutdown(SHUT_WR)
    await turns()
    expect(source.all()).toBe(WRITABLE | READABLE | HUNG_UP)
    watch(source, READABLE | WRITABLE, 0)
  })
})

test.skipIf(!has.kqueue)('what cannot be unwatched keeps nothing else from being watched [needs kqueue]', async () => {
  using ends = pair()
  const source = listenTo(ends[0].fileno())
  // Nothing was watched of it, as after its number was closed and given to another.
  expect(watch(source, READABLE, WRITABLE)).toBe(0)
  await turns()
  expect(source.all()).toBe(WRITABLE)
  expect(watch(source, WRITABLE, 0)).toBe(0)
})
