/** Descriptors and their calls: numbers that are used again, sockets that are collected, workers that end. */
import { closeSync } from 'node:fs'
import { AF_INET, close, dup, errno, SOCK_DGRAM, Socket, socket, socketpair } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { fill, freshSeed, isPending, randomOf, rejection, settles, turn, turns } from './support/async.js'
import { Closing, pair, thrown } from './support/sockets.js'
import { runProcess } from './support/worker.js'

describe('a descriptor number that is used again', () => {
  test('never gives one socket’s data to another, in any order of close, open and news', async () => {
    const seed = freshSeed()
    const random = randomOf(seed)
    let made = 0
    const outcomes: Promise<void>[] = []
    const open = (): { ends: [Socket, Socket]; name: string } => {
      const ends = socketpair()
      const name = `socket ${made++}`
      const receive = async (): Promise<void> => {
        for (;;) {
          let data: Buffer
          try {
            data = await ends[1].recvAsync(100)
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^(ECANCELED|EBADF)$/)
            return
          }
          if (data.length === 0) return
          expect(String(data), `BERKELEY_SEED=${seed}`).toBe(name)
        }
      }
      outcomes.push(receive())
      return { ends, name }
    }
    const sockets = Array.from({ length: 20 }, open)
    const numbers = new Set<number>()
    for (let round = 0; round < 2000; round++) {
      const index = random(sockets.length)
      const { ends, name } = sockets[index] as (typeof sockets)[number]
      // News that is there when its socket goes.
      if (random(2) === 0) ends[0].send(name)
      if (random(3) === 0) await turn()
      if (random(2) === 0) {
        const [first, second] = random(2) === 0 ? [0, 1] : [1, 0]
        ends[first as 0 | 1].close()
        if (random(2) === 0) await turn()
        ends[second as 0 | 1].close()
        sockets[index] = open()
        numbers.add((sockets[index] as (typeof sockets)[number]).ends[1].fileno())
      } else {
        await turns(1)
      }
    }
    for (const { ends } of sockets) for (const end of ends) end.close()
    await settles(Promise.all(outcomes))
    expect(numbers.size).toBeLessThan(200)
  })

  test.each<[string, (sock: Socket) => Promise<unknown>]>([
    ['recvAsync', (sock) => sock.recvAsync(1)],
    ['sendallAsync', (sock) => sock.sendallAsync('x')],
  ])(
    'a %s that waits ends when the number is closed by itself, and its socket harms nobody after',
    async (_, begin) => {
      using closing = new Closing()
      const [old, peer] = socketpair()
      closing.add(peer)
      fill(old)
      const fd = old.fileno()
      const waiting = [begin(old), begin(old)]
      expect(await isPending(waiting[0] as Promise<unknown>)).toBe(true)
      close(fd)
      for (const promise of waiting) expect((await settles(rejection(promise))).code).toBe('ECANCELED')
      const [again, other] = socketpair()
      closing.add(again)
      closing.add(other)
      expect(again.fileno()).toBe(fd)
      const received = again.recvAsync(20)
      expect(await isPending(received)).toBe(true)
      expect(await settles(rejection(begin(old)))).toMatchObject({ code: 'EBADF', errno: errno.EBADF })
      expect(thrown(() => old.close()).code).toBe('EBADF')
      other.send('for the new')
      expect(String(await settles(received))).toBe('for the new')
      await settles(again.sendallAsync('x'))
    },
  )

  test('a number that somebody else closed is noticed when it comes again', async () => {
    using closing = new Closing()
    const [old, peer] = socketpair()
    closing.add(peer)
    const waiting = old.recvAsync(1)
    expect(await isPending(waiting)).toBe(true)
    const fd = old.fileno()
    closeSync(fd)
    const [again, other] = socketpair()
    closing.add(other)
    expect(again.fileno()).toBe(fd)
    const received = again.recvAsync(10)
    expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
    expect((await settles(rejection(old.recvAsync(1)))).code).toBe('EBADF')
    other.send('x')
    expect(String(await settles(received))).toBe('x')
    again.close()
    expect(thrown(() => old.close()).code).toBe('EBADF')
  })

  test('a socket whose duplicate lives on has no news after its end', async () => {
    using closing = new Closing()
    const [one, peer] = socketpair()
    closing.add(peer)
    const copy = closing.add(one.dup())
    const number = dup(one.fileno())
    const waiting = one.recvAsync(1)
    const others = copy.recvAsync(1)
    expect(await isPending(waiting)).toBe(true)
    one.close()
    expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
    const [again] = socketpair().map((sock) => closing.add(sock)) as [Socket, Socket]
    const received = again.recvAsync(1)
    peer.send('x')
    expect(String(await settles(others))).toBe('x')
    expect(await isPending(received)).toBe(true)
    close(number)
    again.close()
    expect((await settles(rejection(received))).code).toBe('ECANCELED')
  })

  test('has no news of the file that had it before and lives on in a duplicate', async () => {
    using closing = new Closing()
    const [one, peer] = socketpair()
    closing.add(peer)
    expect(await isPending(one.recvAsync(1).catch(() => {}))).toBe(true)
    const copy = dup(one.fileno())
    // Behind the package's back: the poller still knows that file by this number.
    closeSync(one.fileno())
    const again = closing.add(socket(AF_INET, SOCK_DGRAM))
    expect(again.fileno()).toBe(one.fileno())
    again.bind(['127.0.0.1', 0])
    const received = again.recvAsync(10)
    expect(await isPending(received)).toBe(true)
    // The end of the one would be the end of the other.
    peer.close()
    expect(await isPending(received)).toBe(true)
    again.sendto('news', again.getsockname())
    expect(String(await settles(received))).toBe('news')
    close(copy)
  })

  test('of two sockets on one descriptor the later one has it', async () => {
    const [one, peer] = socketpair()
    const first = one.recvAsync(1)
    expect(await isPending(first)).toBe(true)
    const two = Socket.adopt(one.fileno())
    const second = two.recvAsync(1)
    expect((await settles(rejection(first))).code).toBe('ECANCELED')
    peer.send('x')
    expect(String(await settles(second))).toBe('x')
    const third = two.recvAsync(1)
    expect((await settles(rejection(one.recvAsync(1)))).code).toBe('EBADF')
    peer.send('y')
    expect(String(await settles(third))).toBe('y')
    two.close()
    expect(thrown(() => one.close()).code).toBe('EBADF')
    peer.close()
  })

  test('a call of the earlier one ends with the later one, though that never waited', async () => {
    const [one, peer] = socketpair()
    const first = one.recvAsync(1)
    expect(await isPending(first)).toBe(true)
    Socket.adopt(one.fileno()).close()
    expect((await settles(rejection(first))).code).toBe('ECANCELED')
    peer.close()
  })

  test('detached and adopted over and over, it works each time', async () => {
    using closing = new Closing()
    const [peer] = [socketpair()]
    let current = peer[1]
    closing.add(peer[0])
    for (let i = 0; i < 100; i++) {
      const waiting = current.recvAsync(10)
      if (i % 2 === 0) await turn()
      const fd = current.detach()
      expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
      current = Socket.adopt(fd)
      const received = current.recvAsync(10)
      peer[0].send(String(i))
      expect(String(await settles(received))).toBe(String(i))
    }
    current.close()
  })
})

test('closed twice, and in what follows its own news', async () => {
  using ends = pair()
  const order: string[] = []
  const first = ends[1].recvAsync(1).then(() => {
    ends[1].close()
    ends[1].close()
    order.push('closed')
  })
  const second = rejection(ends[1].recvAsync(1)).then((error) => order.push(String(error.code)))
  ends[0].send('x')
  await settles(Promise.all([first, second]))
  expect(order).toEqual(['closed', 'ECANCELED'])
})

describe('a socket that nobody holds', () => {
  const gc = `
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const warnings = []
    process.removeAllListeners('warning')
    process.on('warning', (warning) => warnings.push(warning.code))
    async function collect() { for (let i = 0; i < 10; i++) { gc(); await turn() } }`

  test.each([
    ['receive', 'mine.recvAsync(5).then((data) => { answer = String(data) })', "peer.send('hello')", 'hello'],
    [
      'receive, bounded',
      'mine.recvAsync(5, { timeout: 100, signal }).then((data) => { answer = String(data) })',
      "peer.send('hello')",
      'hello',
    ],
    ['send', 'fill(mine); mine.sendallAsync("x").then(() => { answer = "sent" })', 'drain(peer)', 'sent'],
  ])('but has a waiting call (%s) is not collected, and works', async (_, begin, news, expected) => {
    const { stdout, stderr, code } = await runProcess(
      'libuv',
      `${gc}
       let answer
       const { signal } = new AbortController()
       const fill = (sock) => { try { for (;;) sock.send(Buffer.alloc(65536), berkeley.MSG_DONTWAIT) } catch {} }
       const drain = (sock) => { try { while (sock.recv(65536, berkeley.MSG_DONTWAIT).length > 0) {} } catch {} }
       const peer = (() => { const [mine, peer] = berkeley.socketpair(); ${begin}; return peer })()
       await collect()
       ${news}
       while (answer === undefined) await turn()
       console.log(answer, warnings.length)
       await collect()
       drain(peer)
       console.log(warnings.join(), peer.recv(1).length)`,
    )
    expect([stderr, code]).toEqual(['', 0])
    // Then it waits for nothing any more: it is collected, warned about and closed.
    expect(stdout).toBe(`${expected} 0\nBERKELEY_UNCLOSED_SOCKET 0\n`)
  })

  test('and that the poller knows is collected, and its number is free for others', async () => {
    const { stdout, stderr, code } = await runProcess(
      'libuv',
      `${gc}
       const peers = []
       async function use() {
         const [mine, peer] = berkeley.socketpair()
         peers.push(peer)
         const waiting = mine.recvAsync(1)
         peer.send('x')
         await waiting
         const ended = mine.recvAsync(1, { timeout: 1e-6 }).catch(() => {})
         await ended
       }
       for (let i = 0; i < 50; i++) await use()
       await collect()
       const [one, two] = berkeley.socketpair()
       const waiting = one.recvAsync(5)
       await collect()
       two.send('after')
       console.log(warnings.length >= 49, one.fileno() < 110, String(await waiting))`,
    )
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toBe('true true after\n')
  })
})
