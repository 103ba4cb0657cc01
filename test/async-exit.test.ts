/** What keeps a process alive, and what its end looks like while calls wait. */
import { describe, expect, test } from 'vitest'
import { can, FULL_BACKLOG } from './support/sockets.js'
import { runProcess, runWorker, wakers } from './support/worker.js'

/** Holds what no code uses any more, or it may be collected, and a peer that is gone ends the call. */
const hold = (names: string): string => `globalThis.held = [globalThis.held, ${names}]`
const PAIR = `const [sock, peer] = berkeley.socketpair(); ${hold('peer')}`

/** What waits where datagrams to a full queue do; elsewhere a test is skipped for it. */
const SEND_TO: [string, string][] = [
  [
    'sendtoAsync',
    `const path = '\\0' + process.pid
     const peer = berkeley.socket(berkeley.AF_UNIX, berkeley.SOCK_DGRAM)
     peer.bind(path)
     ${hold('peer')}
     const sock = berkeley.socket(berkeley.AF_UNIX, berkeley.SOCK_DGRAM)
     sock.setblocking(false)
     try { for (;;) sock.sendto('x', path) } catch {}
     const call = sock.sendtoAsync('y', path)`,
  ],
]

/** Calls that wait for ever, each as a program that leaves the socket in `sock` and the promise in `call`. */
const waits: [string, string][] = [
  ['recvAsync', `${PAIR}; const call = sock.recvAsync(1)`],
  ['recvfromIntoAsync', `${PAIR}; const call = sock.recvfromIntoAsync(Buffer.alloc(1))`],
  ['acceptAsync', "const sock = berkeley.createServer(['127.0.0.1', 0]); const call = sock.acceptAsync()"],
  ['sendallAsync', `${PAIR}; const call = sock.sendallAsync(Buffer.alloc(1 << 22))`],
  [
    'connectAsync',
    `const listener = berkeley.createServer(['127.0.0.1', 0], { backlog: ${FULL_BACKLOG} })
     const first = berkeley.socket()
     first.connect(listener.getsockname())
     ${hold('listener, first')}
     const sock = berkeley.socket()
     const call = sock.connectAsync(listener.getsockname())`,
  ],
  ...(can.datagramsWait ? SEND_TO : []),
]

/** Prints `alive` after so many milliseconds, if the worker is still there, and ends the wait. */
const after = (ms: number): string =>
  `setTimeout(() => { print('alive'); sock.close() }, ${ms}).unref(); call.catch((e) => print(e.code))`
const SOON = after(60)
/** For one that shall have ended by then. */
const LATE = after(10_000)

const STAYS = { code: 0, printed: ['alive', 'ECANCELED'] }
const ENDS = { code: 0, printed: [] }
const [, wait] = waits[0] as [string, string]

// Left out of the list above, it would go unseen: macOS answers ENOBUFS at once instead of waiting.
if (!can.datagramsWait) test.skip('a waiting sendtoAsync, like the others [needs datagrams that wait]', () => {})

describe.each(wakers)('with the waker %s', (waker) => {
  test.each(waits)('a waiting %s keeps its thread alive, until it ends', async (_, begin) => {
    expect(await runWorker(waker, `${begin}; ${SOON}`)).toEqual(STAYS)
  })

  test.each(waits)('a waiting %s on a socket without a reference does not', async (_, begin) => {
    expect(await runWorker(waker, `${begin}; sock.unref(); ${LATE}`)).toEqual(ENDS)
  })

  const more =
    'for (let i = 0; i < 5; i++) sock.recvAsync(1).catch(() => {}); sock.sendallAsync(Buffer.alloc(1 << 22)).catch(() => {})'
  const before = `${PAIR}; sock.unref(); const call = sock.recvAsync(1)`
  const other = `const [one, two] = berkeley.socketpair(); ${hold('two')}; one.unref(); one.recvAsync(1).catch(() => {})`
  test.each([
    ['again and again, ref() last', `${wait}; ${more}; sock.unref(); sock.ref(); sock.ref()`, STAYS],
    ['again and again, unref() last', `${wait}; ${more}; sock.unref().unref(); sock.ref().unref()`, ENDS],
    ['unref() later', `${wait}; setTimeout(() => sock.unref(), 20)`, ENDS],
    ['ref() later', `${wait}; sock.unref(); setTimeout(() => sock.ref(), 5)`, STAYS],
    ['unref() before the first call', before, ENDS],
    ['unref() before the first call, ref() after it', `${before}; sock.ref()`, STAYS],
    ['another socket’s unref()', `${wait}; ${other}`, STAYS],
  ])('ref() and unref() count while calls wait: %s', async (_, code, expected) => {
    expect(await runWorker(waker, `${code}; ${expected === STAYS ? SOON : LATE}`)).toEqual(expected)
  })

  test('nothing is kept alive after success, time-out, abort, close, detach, an error', async () => {
    const code = `
      const [one, two] = berkeley.socketpair()
      const controller = new AbortController()
      const calls = [
        one.recvAsync(1),
        one.recvAsync(1, { timeout: 0.01 }),
        one.recvAsync(1, { signal: controller.signal, timeout: 1000 }),
      ]
      two.send('x')
      setTimeout(() => controller.abort('aborted'), 20)
      for (const one of await Promise.allSettled(calls)) print(String(one.value ?? one.reason.code ?? one.reason))
      const closed = one.recvAsync(1)
      setTimeout(() => one.close(), 1)
      print(await closed.catch((error) => error.code))
      const [three, four] = berkeley.socketpair()
      const detached = three.recvAsync(1)
      setTimeout(() => berkeley.close(three.detach()), 1)
      print(await detached.catch((error) => error.code))
      const udp = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
      udp.connect(['127.0.0.1', 1])
      const failed = udp.recvAsync(1)
      udp.send('x')
      print(await failed.catch((error) => error.code))`
    const printed = ['x', 'ETIMEDOUT', 'aborted', 'ECANCELED', 'ECANCELED', 'ECONNREFUSED']
    expect(await runWorker(waker, code)).toEqual({ printed, code: 0 })
  })

  test.each([
    ['', true],
    ['sock.unref()', false],
  ])('a call that goes on in a later turn keeps its thread alive, as every wait does: %s', async (unref, stays) => {
    const code = `
      const sock = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
      sock.bind(['127.0.0.1', 0])
      ${unref}
      for (let i = 0; i < 200; i++) sock.sendto('x', sock.getsockname())
      let count = 0
      for (let i = 0; i < 200; i++) sock.recvAsync(1).then(() => { if (++count === 200) print('all') })`
    expect(await runWorker(waker, code)).toEqual({ printed: stays ? ['all'] : [], code: 0 })
  })

  test('a promise that never settles at the top is exit code 13, as ever', async () => {
    const code = 'const [one, two] = berkeley.socketpair(); await one.unref().recvAsync(1)'
    expect((await runProcess(waker, code)).code).toBe(13)
  })

  test('an exception in what follows a call ends nothing else', async () => {
    const { code, stderr, stdout } = await runProcess(
      waker,
      `const [one, two] = berkeley.socketpair()
       const [three, four] = berkeley.socketpair()
       ${hold('one, two, three, four')}
       process.on('uncaughtException', (error) => console.log('caught', error.message))
       const other = three.recvAsync(1)
       one.recvAsync(1).then(() => queueMicrotask(() => { throw new Error('on purpose') }))
       setTimeout(() => { two.send('x'); four.send('y') }, 5)
       console.log('other', String(await other))
       two.send('z')
       console.log('then', String(await one.recvAsync(1)))`,
    )
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout.split('\n').sort()).toEqual(['', 'caught on purpose', 'other y', 'then z'])
  })

  const everything = waits.map(([, begin], index) => {
    const code = begin.replaceAll('const ', 'var ').replace('process.pid', `${index} + process.pid`)
    return `{ ${code}; call.catch(() => {}); all.push(sock, peer) }`
  })
  test.each([
    ['process.exit(5)', 5, null],
    ["process.kill(process.pid, 'SIGTERM')", null, 'SIGTERM'],
    ["throw new Error('on purpose')", 1, null],
  ])('%s in the middle of its news ends a process at once, whatever waits', async (end, code, signal) => {
    const outcome = await runProcess(
      waker,
      `var peer
       globalThis.all = []
       ${everything.join('\n')}
       const [one, two] = berkeley.socketpair()
       one.recvAsync(1).then(() => { ${end} })
       setTimeout(() => two.send('x'), 5)`,
    )
    expect([outcome.code, outcome.signal], outcome.stderr).toEqual([code, signal])
  })
})

describe('a rejected call that nobody handles', () => {
  test('is an unhandled rejection like any', async () => {
    const later = await runProcess('libuv', `${wait}; setTimeout(() => sock.close(), 5)`)
    expect(later.code).toBe(1)
    expect(later.stderr).toContain('SocketError: recv ECANCELED')
    const once = await runProcess('libuv', 'berkeley.socket().acceptAsync()')
    expect(once.code).toBe(1)
    expect(once.stderr).toContain('SocketError: accept EINVAL')
    const heard = await runProcess(
      'libuv',
      `process.on('unhandledRejection', (reason, promise) => console.log(reason.code, promise === call))
       ${wait}
       sock.close()`,
    )
    expect(heard).toMatchObject({ code: 0, stdout: 'ECANCELED true\n' })
  })
})
