/** The engine: batches, fairness between sockets and with the rest of the event loop, and no work without news. */
import { cpSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  AF_INET,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_DONTWAIT,
  MSG_OOB,
  MSG_ZEROCOPY,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOL_SOCKET,
  type Socket,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import * as engine from '../dist/engine.js'
import { bytesFrom, fill, fillBoth, isPending, rejection, settles, sleep, turns } from './support/async.js'
import { Closing, can, closedPort, pair, tcpPair, temporaryFolder, udp } from './support/sockets.js'
import { ended, startChild, startWrapped } from './support/worker.js'

describe('many sockets at once', () => {
  test('are told in batches, each of its own news', async () => {
    using closing = new Closing()
    const pairs = Array.from({ length: 1000 }, () => socketpair().map((sock) => closing.add(sock)) as [Socket, Socket])
    const before = engine.turn
    for (let round = 0; round < 3; round++) {
      const received = pairs.map(([sock]) => sock.recvAsync(100))
      await turns(2)
      pairs.forEach(([, peer], index) => {
        peer.send(`${round}: ${index}`)
      })
      expect((await settles(Promise.all(received))).map(String)).toEqual(pairs.map((_, index) => `${round}: ${index}`))
    }
    // One call into JavaScript for many of them.
    expect(engine.turn - before).toBeLessThan(200)
  })

  test('of which some are closed by what another’s news leads to', async () => {
    using closing = new Closing()
    const pairs = Array.from({ length: 600 }, () => socketpair().map((sock) => closing.add(sock)) as [Socket, Socket])
    const outcomes = pairs.map(async ([sock], index) => {
      const data = String(await sock.recvAsync(10))
      // Half of the others, in this batch and in those after it.
      pairs[(index * 7 + 300) % 600]?.[0].close()
      return data
    })
    const settled = Promise.allSettled(outcomes)
    await turns(2)
    for (const [, peer] of pairs) peer.send('news')
    for (const outcome of await settles(settled)) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe('news')
      else expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^(ECANCELED|EBADF)$/) })
    }
  })
})

describe('a socket that is always ready', () => {
  /** The longest that a starved loop goes on, so that a failure is told. */
  const LIMIT = 400_000

  /** Runs `step` over and over while a timer fires and a second connection has an echo. */
  async function runs(step: () => Promise<unknown>): Promise<{ timer: boolean; echo: boolean; immediate: boolean }> {
    using both = tcpPair()
    const seen = { timer: false, echo: false, immediate: false }
    setTimeout(() => {
      seen.timer = true
    }, 5)
    setImmediate(() => {
      seen.immediate = true
    })
    const echo = async (): Promise<void> => {
      const data = await both.server.recvAsync(10)
      await both.server.sendallAsync(data)
    }
    const ask = async (): Promise<void> => {
      await both.client.sendallAsync('ping')
      seen.echo = String(await both.client.recvAsync(10)) === 'ping'
    }
    const asked = Promise.all([echo(), sleep(2).then(ask)])
    for (let i = 0; i < LIMIT && !(seen.timer && seen.echo && seen.immediate); i++) await step()
    const meanwhile = { ...seen }
    await asked
    return meanwhile
  }

  const everything = { timer: true, echo: true, immediate: true }

  test('for sending leaves others their turn', async () => {
    using receiver = udp()
    using sender = udp()
    sender.connect(receiver.getsockname())
    expect(await runs(() => sender.sendAsync('x'))).toEqual(everything)
    expect(await runs(() => sender.sendallAsync('x'))).toEqual(everything)
    expect(await runs(() => receiver.sendtoAsync('x', sender.getsockname()))).toEqual(everything)
  })

  test('for receiving leaves others their turn', async () => {
    using both = pair()
    const [one, two] = both
    const feed = (): void => {
      for (let i = 0; i < 100; i++) one.send(Buffer.alloc(10))
    }
    let left = 0
    const step = async (): Promise<void> => {
      if (left === 0) {
        feed()
        left = 1000
      }
      left -= (await two.recvAsync(1)).length
    }
    expect(await runs(step)).toEqual(everything)
  })

  test('for both, one end feeding the other, leaves others their turn', async () => {
    using ends = pair()
    const step = (): Promise<unknown> => Promise.all([ends[0].sendallAsync('x'), ends[1].recvAsync(1)])
    expect(await runs(step)).toEqual(everything)
  })

  test('for calls that may not wait, with success or without, leaves others their turn', async () => {
    using receiver = udp()
    using sender = udp()
    sender.connect(receiver.getsockname())
    const flags = MSG_DONTWAIT
    using tcp = tcpPair()
    for (const step of [
      () => sender.sendAsync('x', { flags }),
      () => sender.sendallAsync('x', { flags }),
      () => receiver.sendtoAsync('x', sender.getsockname(), { flags }),
      () => sender.sendAsync('x', { timeout: 0 }),
      () => rejection(tcp.client.recvAsync(1, { flags })),
      () => rejection(tcp.client.recvAsync(1, { timeout: 0 })),
      () => rejection(tcp.client.recvAsync(1, { flags: MSG_OOB })),
    ]) {
      expect(await runs(step)).toEqual(everything)
    }
  })

  test('for many calls that wait in line leaves others their turn', async () => {
    using receiver = udp()
    let isOver = false
    let served = 0
    const timer = sleep(1).then(() => {
      isOver = true
    })
    const calls = Array.from({ length: 100 }, async () => {
      while (!isOver && served < LIMIT) {
        receiver.sendto('x', receiver.getsockname())
        await receiver.recvAsync(1)
        served++
      }
    })
    await Promise.all(calls)
    expect([isOver, served < LIMIT]).toEqual([true, true])
    await timer
  })
})

describe('a socket without a reference', () => {
  test('goes on at once where it had its share, while something else keeps the process alive', async () => {
    const child = startChild(`
      const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM).unref()
      sock.bind(['127.0.0.1', 0])
      const alive = setTimeout(() => {}, 10_000)
      for (let i = 0; i < 200; i++) sock.sendto('x', sock.getsockname())
      const started = performance.now()
      for (let i = 0; i < 200; i++) await sock.recvAsync(1)
      console.log(performance.now() - started)
      sock.close()
      clearTimeout(alive)`)
    const { stdout, stderr } = await ended(child)
    expect(stderr).toBe('')
    expect(Number(stdout)).toBeLessThan(2000)
  })
})

test('where there is no descriptor for the poller, calls that would wait fail, others work, and later all do', async () => {
  const child = startWrapped(
    ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh'],
    `const [one, two] = berkeley.socketpair()
     const result = (promise) => promise.then(String, (error) => error.code)
     const more = []
     try { for (;;) more.push(berkeley.dup(0)) } catch (error) { console.log(error.code) }
     const { signal } = new AbortController()
     console.log(await result(one.recvAsync(5, { timeout: 100, signal })), await result(one.recvAsync(5)))
     two.send('hello')
     console.log(await result(one.recvAsync(5)), await result(one.sendAsync('x')), await result(one.recvAsync(5)))
     for (const fd of more) berkeley.close(fd)
     const waiting = one.recvAsync(5)
     setTimeout(() => two.send('again'), 5)
     console.log(await result(waiting))`,
  )
  const { stdout, stderr, code } = await ended(child)
  expect([stderr, code]).toEqual(['', 0])
  expect(stdout).toBe('EMFILE\nEMFILE EMFILE\nhello 1 EMFILE\nagain\n')
})

test('copies of the package over one addon, as test runners load it, have each their own news', async () => {
  using folder = temporaryFolder()
  cpSync('dist', folder.path('dist'), { recursive: true })
  cpSync('package.json', folder.path('package.json'))
  const copy = pathToFileURL(folder.path('dist/index.js')).href
  const code = `
    const copy = await import('${copy}')
    const roundTrip = async (of) => {
      const [one, two] = of.socketpair()
      const waiting = one.recvAsync(9, { timeout: 5 })
      setTimeout(() => two.send('news'), 1)
      const found = of.getaddrinfoAsync('localhost', 80)
      const news = String(await waiting)
      for (const sock of [one, two]) sock.close()
      return [news, (await found).length > 0].join()
    }
    console.log(copy.socket !== berkeley.socket, await roundTrip(berkeley), await roundTrip(copy), await roundTrip(berkeley))`
  const addon = fileURLToPath(new URL('../build/Release/berkeley.node', import.meta.url))
  const child = startWrapped(['env', `BERKELEY_ADDON=${process.env.BERKELEY_ADDON ?? addon}`], code)
  expect(await ended(child)).toEqual({
    code: 0,
    signal: null,
    stderr: '',
    stdout: 'true news,true news,true news,true\n',
  })
})

/** How many turns the engine has while nothing happens. */
async function turnsWhileIdle(): Promise<number> {
  await turns()
  const before = engine.turn
  await sleep(50)
  return engine.turn - before
}

describe('no news, no work', () => {
  test('what nobody waits for is told no more', async () => {
    using ends = pair()
    const waiting = ends[1].recvAsync(1)
    ends[0].send('x')
    await settles(waiting)
    const before = engine.turn
    for (let i = 0; i < 50; i++) {
      ends[0].send('unwanted')
      await turns(2)
    }
    expect(engine.turn - before).toBeLessThanOrEqual(4)
    expect(await settles(ends[1].recvAsync(8))).toEqual(Buffer.from('unwanted'))
  })

  test.skipIf(!can.linux)('an error that lasts does not keep the loop busy: for a receiver [Linux]', async () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    sock.setsockopt(IPPROTO_IP, IP_RECVERR as number, 1)
    sock.connect(['127.0.0.1', closedPort(SOCK_DGRAM)])
    await sock.sendAsync('x')
    // It stands in the error queue, which nobody reads.
    expect((await settles(rejection(sock.recvAsync(10)))).code).toBe('ECONNREFUSED')
    const waiting = sock.recvAsync(10)
    expect(await turnsWhileIdle()).toBeLessThanOrEqual(2)
    sock.close()
    expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
  })

  test.skipIf(!can.linux)('an error that lasts does not keep the loop busy: for a sender [Linux]', async () => {
    using both = tcpPair()
    const { client } = both
    client.setsockopt(SOL_SOCKET, SO_ZEROCOPY as number, 1)
    // What tells that the kernel is done with it stands in the error queue.
    const data = bytesFrom(0, 50_000)
    await settles(client.sendAsync(data, { flags: MSG_ZEROCOPY as number }))
    await settles(both.server.recvAsync(65_536))
    await fillBoth(client)
    const waiting = client.sendallAsync(Buffer.alloc(1 << 20))
    expect(await isPending(waiting)).toBe(true)
    expect(await turnsWhileIdle()).toBeLessThanOrEqual(2)
    client.close()
    expect((await settles(rejection(waiting))).code).toBe('ECANCELED')
  })

  test('the end of a stream that nobody looks at does not keep the loop busy', async () => {
    using both = tcpPair()
    const waiting = both.server.recvAsync(1)
    await isPending(waiting)
    both.client.send('x')
    await settles(waiting)
    both.client.close()
    expect(await turnsWhileIdle()).toBeLessThanOrEqual(2)
    expect(await settles(both.server.recvAsync(1))).toHaveLength(0)
  })

  test('a connection whose peer waits does not keep the loop busy', async () => {
    using ends = pair()
    fill(ends[0])
    const waiting = [ends[0].sendallAsync('x'), ends[0].recvAsync(1)]
    await isPending(waiting[0] as Promise<unknown>)
    expect(await turnsWhileIdle()).toBe(0)
    ends[0].close()
    await Promise.allSettled(waiting)
  })
})

test('reads and writes of a socket know nothing of each other', async () => {
  using ends = pair()
  fill(ends[0])
  const sent = ends[0].sendallAsync(Buffer.alloc(1 << 20))
  for (let i = 0; i < 100; i++) {
    const received = ends[0].recvAsync(10)
    ends[1].send(`message ${i % 10}`)
    expect(String(await settles(received))).toBe(`message ${i % 10}`)
  }
  expect(await isPending(sent)).toBe(true)
  const unread = ends[0].recvAsync(1)
  const reader = (async () => {
    for (;;) await ends[1].recvAsync(65_536)
  })().catch(() => {})
  await settles(sent)
  expect(await isPending(unread)).toBe(true)
  ends[1].send('x')
  expect(String(await settles(unread))).toBe('x')
  ends[1].close()
  await reader
})
