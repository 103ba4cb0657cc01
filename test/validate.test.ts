/** How a refused argument is worded, whatever it is. */
import { getdefaulttimeout, htons, setdefaulttimeout, socket } from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { argumentTypeError, argumentValueError, rangeError, timeoutNsOf } from '../dist/validate.js'
import { thrown } from './support/sockets.js'

afterEach(() => setdefaulttimeout(null))

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function fail(): never {
  throw new Error('not this one')
}

const ODD: [string, unknown][] = [
  ['a revoked proxy', revoked()],
  ['a class whose name is a symbol', { constructor: { name: Symbol('s') } }],
  ['a class whose name is an object', { constructor: { name: Object.create(null) } }],
  ['a class whose name throws', { constructor: Object.defineProperty({}, 'name', { get: fail }) }],
  ['a constructor that throws', Object.defineProperty({}, 'constructor', { get: fail })],
  ['a function with a symbol for a name', Object.defineProperty(() => {}, 'name', { value: Symbol('s') })],
  ['a function whose name throws', Object.defineProperty(() => {}, 'name', { get: fail })],
  ['what does not show itself', { constructor: null, [Symbol.for('nodejs.util.inspect.custom')]: fail }],
  ['a list of it', [{ [Symbol.for('nodejs.util.inspect.custom')]: fail }]],
  ['nothing to inherit from', Object.create(null)],
]

describe('a refusal of', () => {
  test.each(ODD)('%s is a refusal', (_, value) => {
    expect(argumentTypeError('x', 'of type number', value)).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringMatching(/^The "x" argument must be of type number\. Received ./),
    })
    expect(argumentValueError('x', 'is wrong', value)).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(rangeError('x', 'less', value)).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(thrown(() => htons(value as number)).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test.each([
    [undefined, 'Received undefined'],
    [null, 'Received null'],
    ['text', "Received type string ('text')"],
    [7n, 'Received type bigint (7n)'],
    [[1, 2, 3, 4, 5, 6], 'Received [ 1, 2, 3, 4, 5, ... 1 more item ]'],
    [new Map(), 'Received an instance of Map'],
    [fail, 'Received function fail'],
    [{ constructor: null }, 'Received [Object]'],
  ])('%o says so', (value, text) => {
    expect(argumentTypeError('x', 'something else', value).message).toBe(
      `The "x" argument must be something else. ${text}`,
    )
  })
})

test('a timeout of -0 is 0', () => {
  expect(timeoutNsOf('x', -0)).toBe(0)
  setdefaulttimeout(-0)
  expect(getdefaulttimeout()).toBe(0)
  setdefaulttimeout(null)
  using sock = socket()
  sock.settimeout(-0)
  expect([sock.gettimeout(), sock.getblocking()]).toEqual([0, false])
})

test('undefined may be a constant that the platform lacks, but only where a constant is wanted', () => {
  using sock = socket()
  const hint = 'a constant that this platform lacks'
  const none = undefined as never
  for (const call of [
    () => socket(none),
    () => sock.recv(1, none),
    () => sock.getsockopt(1, none),
    () => sock.shutdown(none),
    () => sock.sendmsg(['x'], [[none, 1, Buffer.alloc(1)]]),
  ]) {
    expect(thrown(call).message).toContain(hint)
  }
  for (const call of [() => sock.recv(none), () => htons(none), () => sock.bind(['', none])]) {
    const { message } = thrown(call)
    expect(message).toContain('Received undefined')
    expect(message).not.toContain(hint)
  }
})
