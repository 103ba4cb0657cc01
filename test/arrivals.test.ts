/** Receives that are made for a whole batch before JavaScript is called: nobody loses bytes by them. */
import { MSG_DONTWAIT, MSG_PEEK, type Socket, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { bytesFrom, isPending, rejection, settles, turns } from './support/async.js'
import { Closing, pair, tcpPair } from './support/sockets.js'

const LARGEST = 65_536

/** A socket that waits, too: receives are made ahead only where several are ready at once. */
class Neighbour extends Closing {
  readonly #peer: Socket

  constructor() {
    super()
    const [sock, peer] = socketpair().map((end) => this.add(end)) as [Socket, Socket]
    sock.recvAsync(1).catch(() => {})
    this.#peer = peer
  }

  /** Has it be ready in the same batch as what is sent next. */
  stir(): void {
    this.#peer.send('x')
  }
}

describe('bytes that come after a receive has stopped waiting are the next one’s', () => {
  test('where a signal ended it', async () => {
    using connection = tcpPair()
    using neighbour = new Neighbour()
    const { client, server } = connection
    const controller = new AbortController()
    const call = server.recvAsync(100, { signal: controller.signal })
    expect(await isPending(call)).toBe(true)
    controller.abort()
    expect((await rejection(call)).name).toBe('AbortError')
    neighbour.stir()
    client.send('later')
    await turns()
    expect(String(server.recv(100, MSG_DONTWAIT))).toBe('later')
  })

  test('where a signal ended it while the bytes were there already', async () => {
    using ends = pair()
    using neighbour = new Neighbour()
    const [sock, peer] = ends
    const controller = new AbortController()
    const call = sock.recvAsync(100, { signal: controller.signal })
    expect(await isPending(call)).toBe(true)
    neighbour.stir()
    peer.send('there')
    controller.abort()
    expect((await rejection(call)).name).toBe('AbortError')
    await turns()
    expect(String(await settles(sock.recvAsync(100)))).toBe('there')
  })

  test('where its time was up', async () => {
    using ends = pair()
    using neighbour = new Neighbour()
    const [sock, peer] = ends
    expect(await rejection(sock.recvAsync(100, { timeout: 0.01 }))).toMatchObject({ code: 'ETIMEDOUT' })
    neighbour.stir()
    peer.send('later')
    await turns()
    const buffer = Buffer.alloc(10)
    expect(await settles(sock.recvIntoAsync(buffer))).toBe(5)
    expect(String(buffer.subarray(0, 5))).toBe('later')
  })

  test('where its socket was detached', async () => {
    using closing = new Closing()
    using neighbour = new Neighbour()
    const [sock, peer] = socketpair().map((end) => closing.add(end)) as [Socket, Socket]
    const call = sock.recvAsync(100)
    expect(await isPending(call)).toBe(true)
    const { adopt } = sock.constructor as typeof Socket
    const fd = sock.detach()
    const next = closing.add(adopt(fd))
    expect(await rejection(call)).toMatchObject({ code: 'ECANCELED' })
    neighbour.stir()
    peer.send('later')
    await turns()
    expect(String(next.recv(100, MSG_DONTWAIT))).toBe('later')
  })
})

describe('one receive is made for the first that waits', () => {
  test('of as many bytes as it wants, and the others have theirs', async () => {
    using ends = pair()
    using neighbour = new Neighbour()
    const [sock, peer] = ends
    const calls = [sock.recvAsync(2), sock.recvAsync(3), sock.recvAsync(100)]
    await turns()
    neighbour.stir()
    peer.send('abcdefgh')
    expect((await settles(Promise.all(calls))).map(String)).toEqual(['ab', 'cde', 'fgh'])
  })

  test('and not for one that only looks', async () => {
    using ends = pair()
    using neighbour = new Neighbour()
    const [sock, peer] = ends
    const calls = [sock.recvAsync(10, { flags: MSG_PEEK }), sock.recvAsync(10)]
    await turns()
    neighbour.stir()
    peer.send('seen')
    expect((await settles(Promise.all(calls))).map(String)).toEqual(['seen', 'seen'])
  })

  test('and its end comes with the last bytes', async () => {
    using connection = tcpPair()
    using neighbour = new Neighbour()
    const { client, server } = connection
    const call = server.recvAsync(100)
    expect(await isPending(call)).toBe(true)
    neighbour.stir()
    client.send('last')
    client.close()
    expect(String(await settles(call))).toBe('last')
    expect((await settles(server.recvAsync(100))).length).toBe(0)
  })
})

test('more than there is room for at once comes whole, of every length', async () => {
  using closing = new Closing()
  const lengths = [1, 63, 64, 65, 1000, 4096, 10_000, 30_000]
  const pairs = Array.from({ length: 40 }, () => socketpair().map((end) => closing.add(end)) as [Socket, Socket])
  for (let round = 0; round < 3; round++) {
    const calls = pairs.map(([sock]) => sock.recvAsync(LARGEST))
    await turns()
    const sent = pairs.map(([, peer], index) => {
      const data = bytesFrom(1000 * index + round, lengths[(index + round) % lengths.length] as number)
      expect(peer.send(data)).toBe(data.length)
      return data
    })
    const received = await settles(Promise.all(calls))
    received.forEach((data, index) => {
      expect(data.equals(sent[index] as Buffer), `connection ${index} of round ${round}`).toBe(true)
    })
  }
})
