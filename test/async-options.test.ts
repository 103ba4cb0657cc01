/** What asynchronous calls refuse: by a promise, with the words of the synchronous forms. */
import { getEventListeners } from 'node:events'
import { AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, type Socket, socket, socketpair } from 'berkeley'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPending, rejection, settles } from './support/async.js'
import { Closing, thrown } from './support/sockets.js'
import { kinds, unknownHere } from './support/waiting.js'

/** A method with any arguments. */
type Loose = (...given: unknown[]) => unknown
const loose = (sock: Socket, name: string): Loose => {
  const method = (sock as unknown as Record<string, Loose>)[name] as Loose
  return (...given) => method.call(sock, ...given)
}

/** A call with a wrong argument, in both forms; what the options are called in the asynchronous one. */
type Row = [name: string, given: unknown[], asyncGiven: unknown[], option?: string]

const buffer = Buffer.alloc(4)
const wrongFlags: unknown[] = [undefined, null, '0', 1.5, 2 ** 31, Number.NaN, 1n]
const wrongSizes: unknown[] = [undefined, null, '10', 10n, 1.5, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, {}]
const wrongData: unknown[] = [undefined, null, 5, {}, [1, 2], new Date(0), true]
const wrongPaths: unknown[] = [undefined, null, 5, ['127.0.0.1', 80], {}, 'a\0b', 'x'.repeat(200), 'x'.repeat(2000)]

const rows: Row[] = [
  ...wrongFlags.flatMap<Row>((flags) => [
    ['recv', [1, flags], [1, { flags }], 'flags'],
    ['recvfrom', [1, flags], [1, { flags }], 'flags'],
    ['recvInto', [buffer, 0, flags], [buffer, { flags }], 'flags'],
    ['recvfromInto', [buffer, 0, flags], [buffer, { flags }], 'flags'],
    ['send', ['x', flags], ['x', { flags }], 'flags'],
    ['sendall', ['x', flags], ['x', { flags }], 'flags'],
    ['sendto', ['x', '/nowhere', flags], ['x', '/nowhere', { flags }], 'flags'],
    ['recvmsg', [1, 0, flags], [1, { flags }], 'flags'],
    ['recvmsgInto', [[buffer], 0, flags], [[buffer], { flags }], 'flags'],
    ['sendmsg', [['x'], [], flags], [['x'], { flags }], 'flags'],
  ]),
  ...wrongSizes.flatMap<Row>((size) => [
    ['recv', [size], [size]],
    ['recvfrom', [size], [size]],
    ['recvmsg', [size], [size]],
  ]),
  ...wrongSizes.slice(1).flatMap<Row>((ancbufsize) => [
    ['recvmsg', [1, ancbufsize], [1, { ancbufsize }], 'ancbufsize'],
    ['recvmsgInto', [[buffer], ancbufsize], [[buffer], { ancbufsize }], 'ancbufsize'],
  ]),
  ...[null, '4', 4n, 1.5, -1, 5, 2 ** 31, Number.NaN].flatMap<Row>((nbytes) => [
    ['recvInto', [buffer, nbytes], [buffer, { nbytes }], 'nbytes'],
    ['recvfromInto', [buffer, nbytes], [buffer, { nbytes }], 'nbytes'],
  ]),
  ...wrongData.flatMap<Row>((data) => [
    ['recvInto', [data], [data]],
    ['recvfromInto', [data], [data]],
    ['send', [data], [data]],
    ['sendall', [data], [data]],
    ['sendto', [data, '/nowhere'], [data, '/nowhere']],
    ['recvmsgInto', [[buffer, data]], [[buffer, data]]],
    ['sendmsg', [['x', data]], [['x', data]]],
    ['sendmsg', [['x'], [[1, 1, data]]], [['x'], { ancdata: [[1, 1, data]] }], 'ancdata'],
  ]),
  ...[undefined, null, 5, {}, 'text', Buffer.from('x'), new ArrayBuffer(1)].flatMap<Row>((list) => [
    ['recvmsgInto', [list], [list]],
    ['sendmsg', [list], [list]],
  ]),
  ...[null, 5, {}, 'text', Buffer.from('x'), [5], [[]], [[1, 1]], [[1, 1, 'x']], [[1, 1, buffer, 1]]].flatMap<Row>(
    (ancdata) => [['sendmsg', [['x'], ancdata], [['x'], { ancdata }], 'ancdata']],
  ),
  ...[undefined, null, '1', 1.5, 2 ** 31].flatMap<Row>((number) => [
    ['sendmsg', [['x'], [[number, 1, buffer]]], [['x'], { ancdata: [[number, 1, buffer]] }], 'ancdata'],
    ['sendmsg', [['x'], [[1, number, buffer]]], [['x'], { ancdata: [[1, number, buffer]] }], 'ancdata'],
  ]),
  ['recvInto', ['text'], ['text']],
  ...wrongPaths.slice(2).flatMap<Row>((address) => [['sendmsg', [['x'], [], 0, address], [['x'], { address }]]]),
  ...wrongPaths.flatMap<Row>((path) => [
    ['connect', [path], [path]],
    ['connect_ex', [path], [path]],
    ['sendto', ['x', path], ['x', path]],
  ]),
]

let closing: Closing
let sock: Socket
beforeEach(() => {
  closing = new Closing()
  sock = closing.add(socket(AF_UNIX, SOCK_DGRAM))
})
afterEach(() => closing[Symbol.dispose]())

describe('a wrong argument', () => {
  test.each(rows)('%s(%o)', async (name, given, asyncGiven, option) => {
    const expected = thrown(() => loose(sock, name)(...given))
    const promise = loose(sock, `${name}Async`)(...asyncGiven)
    expect(promise).toBeInstanceOf(Promise)
    const error = await rejection(promise as Promise<unknown>)
    const message = option === undefined ? error.message : error.message.replace(`options.${option}`, option)
    expect([error.constructor.name, error.code, message]).toEqual([
      expected.constructor.name,
      expected.code,
      expected.message,
    ])
  })

  test('is looked for on a closed socket too', async () => {
    sock.close()
    for (const [name, , given] of rows) {
      const error = await rejection(loose(sock, `${name}Async`)(...given) as Promise<unknown>)
      expect(error.code, `${name} ${String(given)}`).toMatch(/^(ERR_INVALID_ARG|ERR_OUT_OF_RANGE|ENAMETOOLONG)/)
    }
  })

  test('takes no byte: what is there stays', async () => {
    const [one, two] = socketpair()
    closing.add(one)
    closing.add(two)
    two.send('kept')
    for (const options of [null, 5, 'x', { timeout: -1 }, { signal: {} }, { flags: undefined }]) {
      await rejection(loose(one, 'recvAsync')(10, options) as Promise<unknown>)
    }
    expect(String(await one.recvAsync(10))).toBe('kept')
  })
})

test.skip.each(unknownHere)('options of $name [needs $needs]', () => {})

describe.each(kinds)('options of $name', ({ begin }) => {
  test.each([null, 5, 'text', true, Symbol.iterator, 1n, () => {}])('%s is no object', async (options) => {
    using at = begin()
    const error = await rejection(at.call(options as never))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(error.message).toContain('"options"')
  })

  test.each([
    ['5', 'ERR_INVALID_ARG_TYPE'],
    [true, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [-1e-9, 'ERR_OUT_OF_RANGE'],
    [Number.NaN, 'ERR_OUT_OF_RANGE'],
    [Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
    [1e10, 'ERR_OUT_OF_RANGE'],
  ])('timeout %s is refused', async (timeout, code) => {
    using at = begin()
    const error = await rejection(at.call({ timeout: timeout as number }))
    expect(error.code).toBe(code)
    expect(error.message).toContain('options.timeout')
  })

  test.each([
    null,
    5,
    'abort',
    {},
    new EventTarget(),
    { aborted: false, addEventListener() {} },
    { addEventListener() {}, removeEventListener() {} },
  ])('signal %o is refused', async (signal) => {
    using at = begin()
    const error = await rejection(at.call({ signal: signal as never }))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(error.message).toContain('options.signal')
  })

  test('an option whose getter throws rejects with that, and nothing waits', async () => {
    using at = begin()
    const reason = new Error('from the getter')
    for (const name of ['timeout', 'signal']) {
      const options = Object.defineProperty({}, name, {
        get() {
          throw reason
        },
      })
      expect(await rejection(at.call(options))).toBe(reason)
    }
    at.unblock()
    expect(await settles(at.call())).toEqual(at.answer)
  })

  test('a signal that cannot be listened to rejects, and neither waits nor disturbs those that wait', async () => {
    using at = begin()
    const first = at.call()
    expect(await isPending(first)).toBe(true)
    const reason = new Error('no listeners here')
    const signal = {
      aborted: false,
      addEventListener() {
        throw reason
      },
      removeEventListener() {},
    }
    expect(await rejection(at.call({ signal: signal as never, timeout: 0.01 }))).toBe(reason)
    at.unblock()
    expect(await settles(first)).toEqual(at.answer)
  })
})

describe('a signal that many calls share', () => {
  test('has one listener, and ends them all in their order', async () => {
    const [one, two] = socketpair()
    closing.add(one)
    closing.add(two)
    const warnings: Error[] = []
    const onWarning = (warning: Error): number => warnings.push(warning)
    process.on('warning', onWarning)
    const controller = new AbortController()
    const ended: number[] = []
    const calls = Array.from({ length: 1000 }, async (_, index) => {
      const error = await rejection(one.recvAsync(1, { signal: controller.signal }))
      ended.push(index)
      return error
    })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    two.send('abc')
    for (const index of [0, 1, 2])
      expect(String(await settles(rejection(calls[index] as Promise<never>)))).toContain('fulfilled')
    controller.abort('all of you')
    expect(new Set((await settles(Promise.all(calls.slice(3)))) as unknown[])).toEqual(new Set(['all of you']))
    expect(ended).toEqual(Array.from({ length: 997 }, (_, index) => index + 3))
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })
})

test('MSG_DONTWAIT tries once and rejects with EAGAIN; what is there it takes', async () => {
  const [one, two] = socketpair()
  closing.add(one)
  closing.add(two)
  const flags = { flags: MSG_DONTWAIT }
  const receives: [string, unknown, unknown][] = [
    ['recvAsync', 3, Buffer.from('abc')],
    ['recvIntoAsync', Buffer.alloc(3), 3],
    ['recvfromAsync', 3, [Buffer.from('abc'), null]],
    ['recvfromIntoAsync', Buffer.alloc(3), [3, null]],
  ]
  for (const [name, argument, answer] of receives) {
    const call = (): Promise<unknown> => loose(one, name)(argument, { ...flags, timeout: 5 }) as Promise<unknown>
    expect(await settles(rejection(call()))).toMatchObject({ code: 'EAGAIN' })
    two.send('abc')
    expect(await settles(call())).toEqual(answer)
  }
})

test('a receive of nothing tells wrong options and aborted signals all the same', async () => {
  using closing = new Closing()
  const [sock] = socketpair().map((end) => closing.add(end)) as [Socket, Socket]
  for (const call of [(o: object) => sock.recvAsync(0, o), (o: object) => sock.recvIntoAsync(Buffer.alloc(0), o)]) {
    expect((await rejection(call({ timeout: 'x' }))).message).toContain('options.timeout')
    expect((await rejection(call({ signal: 5 }))).message).toContain('options.signal')
    const reason = new Error('stop')
    expect(await rejection(call({ signal: AbortSignal.abort(reason) }))).toBe(reason)
  }
})
