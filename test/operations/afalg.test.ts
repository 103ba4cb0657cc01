/** sendmsgAfalg: its arguments. What the kernel does with them: families/afalg.test.ts. */
import { type Socket, SocketError, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { thrown } from '../support/sockets.js'

type Given = Parameters<Socket['sendmsgAfalg']>[0]
/** What types forbid. */
const given = (value: unknown): Given => value as Given

describe('sendmsgAfalg', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'ERR_INVALID_ARG_TYPE', /"options" argument must be of type object\. Received undefined/],
    ['a buffer', 5, 'ERR_INVALID_ARG_TYPE', /"options" argument must be of type object/],
    ['no operation', { data: 'x' }, 'ERR_INVALID_ARG_TYPE', /"options.op" argument must be of type number.*undefined/],
    ['an operation that is no number', { op: '1' }, 'ERR_INVALID_ARG_TYPE', /"options.op" argument/],
    ['an operation below 0', { op: -1 }, 'ERR_OUT_OF_RANGE', /"options.op" is out of range. It must be >= 0/],
    ['half an operation', { op: 0.5 }, 'ERR_OUT_OF_RANGE', /"options.op".*an integer. Received 0.5/],
    [
      'data that is a number',
      { op: 1, data: 7 },
      'ERR_INVALID_ARG_TYPE',
      /"options.data" argument must be of type str/,
    ],
    ['a list with a number', { op: 1, data: ['a', 7] }, 'ERR_INVALID_ARG_TYPE', /"options.data\[1\]" argument/],
    ['a vector that is a string', { op: 1, iv: '16 bytes of text' }, 'ERR_INVALID_ARG_TYPE', /"options.iv" argument/],
    ['a length below 0', { op: 1, assoclen: -1 }, 'ERR_OUT_OF_RANGE', /"options.assoclen".*<= 4294967295/],
    ['a length that is none', { op: 1, assoclen: null }, 'ERR_INVALID_ARG_TYPE', /"options.assoclen" argument/],
    ['flags that are none', { op: 1, flags: undefined }, 'ERR_INVALID_ARG_TYPE', /"options.flags" argument/],
  ])('refuses %s', async (_, value, code, message) => {
    using sock = socket()
    const error = thrown(() => sock.sendmsgAfalg(given(value)))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    const rejected = await sock.sendmsgAfalgAsync(given(value)).catch((reason: unknown) => reason)
    expect(rejected).toMatchObject({ code, message: error.message })
  })

  test('is for AF_ALG', async () => {
    using sock = socket()
    const error = thrown(() => sock.sendmsgAfalg({ data: 'x', op: 1 }))
    expect(error).toBeInstanceOf(SocketError)
    expect(error.message).toBe('sendmsg EAFNOSUPPORT')
    await expect(sock.sendmsgAfalgAsync({ data: 'x', op: 1 })).rejects.toMatchObject({ message: error.message })
  })
})
