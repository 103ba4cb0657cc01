/** The look-ups as promises: what they answer is what the synchronous ones do. */
import { getEventListeners } from 'node:events'
import {
  AF_INET,
  AF_INET6,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_PASSIVE,
  GaiError,
  getaddrinfo,
  getaddrinfoAsync,
  getfqdn,
  getfqdnAsync,
  gethostbyaddr,
  gethostbyaddrAsync,
  gethostbyname,
  gethostbynameAsync,
  gethostbynameEx,
  gethostbynameExAsync,
  getnameinfo,
  getnameinfoAsync,
  HostError,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_STREAM,
  SocketTimeoutError,
} from 'berkeley'
import { describe, expect, test } from 'vitest'

/** What a call gives or throws, in a form that can be compared. */
const outcomeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    return { value: await call() }
  } catch (error) {
    const { name, message, code, errno, syscall, address } = error as Error & Record<string, unknown>
    return { name, message, code, errno, syscall, address }
  }
}

/** Both forms, each time with the same arguments. */
type Pair = readonly [sync: (...args: never[]) => unknown, async: (...args: never[]) => Promise<unknown>]

async function expectSame([call, callAsync]: Pair, args: readonly unknown[]): Promise<void> {
  const expected = await outcomeOf(() => call(...(args as never[])))
  // Not thrown, whatever it is.
  const promise = callAsync(...(args as never[]))
  expect(promise).toBeInstanceOf(Promise)
  expect(await outcomeOf(() => promise)).toEqual(expected)
}

const addresses: Pair = [getaddrinfo, getaddrinfoAsync]
const names: Pair = [getnameinfo, getnameinfoAsync]
const hosts: readonly Pair[] = [
  [gethostbyname, gethostbynameAsync],
  [gethostbynameEx, gethostbynameExAsync],
  [gethostbyaddr, gethostbyaddrAsync],
  [getfqdn, getfqdnAsync],
]

// None of these asks a name server: its answers may differ from one time to the next.
const LOCAL = ['localhost', 'LOCALHOST', 'ä/b', '１２７.0.0.1', '127.0.0.1', '127.1', Buffer.from('localhost')]
const WRONG_HOSTS = [1, undefined, ['localhost'], {}, 'local\0host', Buffer.from('local\0host')]
const NUMERIC = ['0x7f000001', '::1', 'fe80::1%7', '::ffff:1.2.3.4', '192.0.2.1', '::', '', null]

describe('the promise has what the synchronous call has:', () => {
  test.each([...LOCAL, ...NUMERIC, ...WRONG_HOSTS])('getaddrinfo of %j', async (host) => {
    for (const port of [80, 0, 'http', '80', null, -1, 65536, 2n ** 64n, 'nonexistent', '']) {
      await expectSame(addresses, [host, port])
    }
    for (const family of [AF_INET, AF_INET6, 9999]) await expectSame(addresses, [host, 80, { family }])
    for (const flags of [AI_CANONNAME, AI_PASSIVE, AI_NUMERICHOST, 1 << 29]) {
      await expectSame(addresses, [host, 80, { type: SOCK_STREAM, flags }])
    }
  })

  test.each([undefined, true, {}, '80\0', 80.5, Number.NaN])('getaddrinfo of the wrong port %j', (port) =>
    expectSame(addresses, ['localhost', port]),
  )

  test.each([null, 2, { family: undefined }, { type: '1' }, { proto: 2 ** 31 }, { flags: 0.5 }])(
    'getaddrinfo with the wrong options %j',
    (options) => expectSame(addresses, ['localhost', 80, options]),
  )

  test.each([
    [['127.0.0.1', 80]],
    [['127.0.0.1', 2 ** 31]],
    [['127.0.0.1', 80, 0, 0]],
    [['::1', 80, 0x100000]],
    [['localhost', 80]],
    [['<broadcast>', 80]],
    [['127.0.0.1']],
    [[null, 80]],
    [['127.0.0.1', '80']],
    ['127.0.0.1'],
  ])('getnameinfo of %j', async (sockaddr) => {
    const numeric = (NI_NUMERICHOST ?? 0) | (NI_NUMERICSERV ?? 0)
    for (const flags of [0, numeric, NI_NAMEREQD, -1, undefined]) await expectSame(names, [sockaddr, flags])
  })

  test.each([...LOCAL, ...WRONG_HOSTS, null])('gethostbyname and its kin of %j', async (host) => {
    for (const pair of hosts) await expectSame(pair, [host])
  })

  test.each(['192.0.2.1', '<broadcast>', ''])('gethostbyname of %j', async (host) => {
    for (const pair of hosts.slice(0, 2)) await expectSame(pair, [host])
  })

  test('getnameinfo of numbers', async () => {
    for (const sockaddr of [
      ['192.0.2.1', 80],
      ['fe80::1', 80, 0, 1],
      ['::1', 65536],
    ]) {
      await expectSame(names, [sockaddr, (NI_NUMERICHOST ?? 0) | (NI_NUMERICSERV ?? 0)])
    }
  })

  test('getfqdn of nothing', () => expectSame([getfqdn, getfqdnAsync], []))
})

/** Every function of these, of a host that has to be looked up, and of one that is numeric. */
const CALLS: Readonly<Record<string, (host: string, options: never) => Promise<unknown>>> = {
  getaddrinfoAsync: (host, options: object) => getaddrinfoAsync(host, 80, options),
  getnameinfoAsync: (host, options) =>
    getnameinfoAsync(['127.0.0.1', 80], host === 'localhost' ? 0 : (NI_NUMERICHOST ?? 0), options),
  gethostbynameAsync,
  gethostbynameExAsync,
  gethostbyaddrAsync,
  getfqdnAsync,
}

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  const reason = new Error('enough')

  test.each([
    [{ timeout: -1 }, 'options.timeout', 'ERR_OUT_OF_RANGE'],
    [{ timeout: Number.NaN }, 'options.timeout', 'ERR_OUT_OF_RANGE'],
    [{ timeout: '1' }, 'options.timeout', 'ERR_INVALID_ARG_TYPE'],
    [{ signal: {} }, 'options.signal', 'ERR_INVALID_ARG_TYPE'],
    [{ signal: null }, 'options.signal', 'ERR_INVALID_ARG_TYPE'],
    [null, 'options', 'ERR_INVALID_ARG_TYPE'],
    [5, 'options', 'ERR_INVALID_ARG_TYPE'],
  ])('refuses the options %j', async (options, name, code) => {
    const error = await call('localhost', options as never).catch((error: unknown) => error)
    expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) as string })
  })

  test.each(['localhost', '127.0.0.1'])('of %s rejects with the reason of a signal that is aborted', async (host) => {
    const signal = AbortSignal.abort(reason)
    await expect(call(host, { signal } as never)).rejects.toBe(reason)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('takes no time-out and no signal, said in every way', async () => {
    for (const options of [undefined, {}, { timeout: null }, { timeout: undefined, signal: undefined }]) {
      await call('localhost', options as never)
    }
  })

  test('with a time-out of 0 has timed out where somebody would have to be asked, and before anybody could be', async () => {
    let outcome: unknown = 'pending'
    const note = (result: unknown): void => {
      outcome = result
    }
    call('localhost', { timeout: 0 } as never).then(note, note)
    // No turn of the event loop, in which an answer could come.
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(outcome).toBeInstanceOf(SocketTimeoutError)
    expect(outcome).toMatchObject({ code: 'ETIMEDOUT', syscall: expect.stringMatching(/^get/) as string })
  })

  test('listens to a signal as long as it waits', async () => {
    const { signal } = new AbortController()
    const promise = call('localhost', { signal } as never)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await promise
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('ends with the reason of a signal that is aborted meanwhile', async () => {
    const controller = new AbortController()
    const promise = call('localhost', { signal: controller.signal } as never)
    controller.abort(reason)
    await expect(promise).rejects.toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})

test('what needs nobody to be asked has no listener and no time-out', async () => {
  const { signal } = new AbortController()
  const calls = [
    getaddrinfoAsync('127.0.0.1', 80, { signal, timeout: 0, type: SOCK_STREAM }),
    getnameinfoAsync(['127.0.0.1', 80], NI_NUMERICHOST ?? 0, { signal, timeout: 0 }),
    gethostbynameAsync('', { signal, timeout: 0 }),
    gethostbynameExAsync('127.0.0.1', { signal, timeout: 0 }),
  ]
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(await Promise.all(calls)).toEqual([
    [[AF_INET, SOCK_STREAM, 6, '', ['127.0.0.1', 80]]],
    ['127.0.0.1', 'http'],
    '0.0.0.0',
    ['127.0.0.1', [], ['127.0.0.1']],
  ])
})

test('a name that nobody knows is a GaiError, or nothing better than itself', async () => {
  const host = 'nonexistent.invalid'
  for (const call of [
    () => getaddrinfoAsync(host, 80),
    () => gethostbynameAsync(host),
    () => gethostbyaddrAsync(host),
  ]) {
    const error = await call().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(GaiError)
    expect(error).toMatchObject({ address: host })
    // Without a name server that answers, it is not known that nobody does.
    const code =
      error instanceof HostError
        ? /^(HOST_NOT_FOUND|TRY_AGAIN|NO_DATA|NO_RECOVERY)$/
        : /^EAI_(NONAME|AGAIN|NODATA|FAIL)$/
    expect(error).toMatchObject({ code: expect.stringMatching(code) as string })
  }
  expect(await getfqdnAsync(` ${host} `)).toBe(host)
})

test('two hundred at once have each its own answer', async () => {
  const calls = Array.from({ length: 200 }, async (_, index) => {
    const [answer] = await getaddrinfoAsync('localhost', index, { family: AF_INET, type: SOCK_STREAM })
    return answer?.[4]
  })
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, index) => ['127.0.0.1', index]))
})
