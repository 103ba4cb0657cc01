/** Control messages in memory: lengths, hostile blocks, and what is encoded decoded again. */
import { CMSG_LEN, CMSG_SPACE } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { CONTROL_LENGTH, controlAlign, controlBytes, controlHeader, native, words } from '../lib/binding.js'
import { checkControl, decodeControl, encodeControl, listOf } from '../lib/control.js'
import { bytesFrom, freshSeed, randomOf } from './support/async.js'
import { hasPython, python } from './support/python.js'
import { can, thrown } from './support/sockets.js'

/** A block as the kernel would have written it. */
function decoded(block: Uint8Array): [number, number, string][] {
  controlBytes.fill(0xee)
  controlBytes.set(block)
  words[CONTROL_LENGTH] = block.length
  try {
    return decodeControl().map(([level, type, data]) => [level, type, data.toString('latin1')])
  } finally {
    words[CONTROL_LENGTH] = 0
  }
}

const encoded = (...messages: [number, number, string | Uint8Array][]): Buffer => {
  const given = messages.map(([level, type, data]) => [level, type, Buffer.from(data)])
  return Buffer.from(encodeControl('ancdata', checkControl('ancdata', given)) ?? [])
}

/** A block whose message at `at` claims a length. */
function claiming(block: Buffer, length: number | bigint, at = 0): Buffer {
  const copy = Buffer.from(block)
  // A size_t on Linux, a socklen_t elsewhere.
  if (can.linux) copy.writeBigUInt64LE(BigInt.asUintN(64, BigInt(length)), at)
  else copy.writeUInt32LE(Number(BigInt.asUintN(32, BigInt(length))), at)
  return copy
}

describe('CMSG_LEN and CMSG_SPACE', () => {
  test.skipIf(!hasPython)('are what CPython says [needs python3]', () => {
    const lengths = [0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 1000, 1_000_003, 0x7fffffff - 64]
    const answers = python(`emit([[socket.CMSG_LEN(n), socket.CMSG_SPACE(n)] for n in ${JSON.stringify(lengths)}])`)
    expect(lengths.map((length) => [CMSG_LEN(length), CMSG_SPACE(length)])).toEqual(answers)
  })

  test.skipIf(!hasPython)('refuse what CPython refuses, at the same limit [needs python3]', () => {
    const last = (call: (length: number) => number): number => {
      let [low, high] = [0, 0x7fffffff]
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        try {
          call(middle)
          low = middle
        } catch {
          high = middle
        }
      }
      return low
    }
    const answers = python(`
def last(call):
    low, high = 0, 0x7fffffff
    while high - low > 1:
        middle = (low + high) // 2
        try:
            call(middle)
            low = middle
        except OverflowError:
            high = middle
    return low
emit([last(socket.CMSG_LEN), last(socket.CMSG_SPACE)])`)
    expect([last(CMSG_LEN), last(CMSG_SPACE)]).toEqual(answers)
  })

  test.each([
    ['CMSG_LEN', CMSG_LEN],
    ['CMSG_SPACE', CMSG_SPACE],
  ])('%s takes whole numbers', (_, call) => {
    for (const length of [-1, 1.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => call(length))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    }
    for (const length of ['1', null, undefined, 1n, {}]) {
      expect(thrown(() => call(length as never))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})

describe('what is encoded', () => {
  test('is decoded again', () => {
    const messages: [number, number, string][] = [
      [1, 2, ''],
      [-1, 0x7fffffff, 'a'],
      [0, 0, 'four'],
      [41, 50, 'eightbit'],
      [1, 1, 'thirteen byte'],
    ]
    expect(decoded(encoded(...messages))).toEqual(messages)
    expect(encoded(...messages).length).toBe(messages.reduce((sum, [, , data]) => sum + CMSG_SPACE(data.length), 0))
  })

  test('has no byte of other memory in its padding', () => {
    const block = encoded([1, 2, 'abc'])
    expect(block.subarray(controlHeader + 3).every((byte) => byte === 0)).toBe(true)
    expect(block.length % controlAlign).toBe(0)
  })

  test('never leaves its block, whatever the native layer is asked', () => {
    const block = Buffer.alloc(64)
    const data = Buffer.alloc(100)
    const calls: [number, Buffer][] = [
      [0, data],
      [64, Buffer.alloc(0)],
      [65, Buffer.alloc(0)],
      [-1, Buffer.alloc(0)],
      [0x7fffffff, Buffer.alloc(0)],
      [60, Buffer.alloc(0)],
      [40, Buffer.alloc(9)],
    ]
    for (const [position, content] of calls) {
      expect(native.writeControl(block, position, 1, 1, content)).toBeLessThan(0)
    }
    expect(block.every((byte) => byte === 0)).toBe(true)
    expect(native.writeControl(block, 0, 1, 1, data.subarray(0, 64 - controlHeader))).toBe(64)
  })
})

describe('a block that no kernel gives', () => {
  const two = encoded([1, 2, 'first'], [3, 4, 'second'])
  const start = CMSG_SPACE(5)

  test('is empty, or shorter than a header', () => {
    for (let length = 0; length < controlHeader; length++) {
      expect(decoded(two.subarray(0, length))).toEqual([])
      expect(decoded(Buffer.alloc(length, 0xff))).toEqual([])
    }
  })

  test('ends anywhere: what is there is told', () => {
    for (let length = 0; length <= two.length; length++) {
      const expected: [number, number, string][] = []
      if (length >= controlHeader) expected.push([1, 2, 'first'.slice(0, length - controlHeader)])
      if (length >= start + controlHeader) expected.push([3, 4, 'second'.slice(0, length - start - controlHeader)])
      expect(decoded(two.subarray(0, length))).toEqual(expected)
    }
  })

  test('claims less than a header: there is no next one', () => {
    for (let claim = 0; claim < controlHeader; claim++) {
      expect(decoded(claiming(two, claim))).toEqual([])
      expect(decoded(claiming(two, claim, start))).toEqual([[1, 2, 'first']])
    }
  })

  test('claims more than there is, up to what wraps around', () => {
    const rest = two.subarray(controlHeader).toString('latin1')
    for (const claim of [two.length, two.length + 1, 0x7fffffff, 0x80000000, 0xffffffff, 2n ** 63n, -1, -8, -16, -17]) {
      expect(decoded(claiming(two, claim))).toEqual([[1, 2, rest]])
    }
  })

  test('has its next message at every place', () => {
    for (let claim = controlHeader; claim < two.length; claim++) {
      const [first, ...others] = decoded(claiming(two, claim))
      expect(first?.[2].length).toBe(claim - controlHeader)
      const next = Math.ceil(claim / controlAlign) * controlAlign
      if (next === start) expect(others).toEqual([[3, 4, 'second']])
    }
  })

  test('of random bytes: every message is within it, and there is an end', () => {
    const seed = freshSeed()
    const random = randomOf(seed)
    for (let round = 0; round < 3000; round++) {
      const block = Buffer.from(Array.from({ length: random(200) }, () => random(256)))
      // Small lengths get further than random ones.
      for (let at = 0; at + controlHeader <= block.length; at += controlAlign) {
        if (random(2) === 0) claiming(block, random(64), at).copy(block)
      }
      const messages = decoded(block)
      const total = messages.reduce((sum, [, , data]) => sum + controlHeader + data.length, 0)
      expect(total, `seed ${seed}`).toBeLessThanOrEqual(block.length)
      for (const [, , data] of messages) expect(block.includes(data, 'latin1'), `seed ${seed}`).toBe(true)
    }
  })

  test('has a length that the memory has not', () => {
    for (const length of [controlBytes.length + 1, 0x7fffffff, -1]) {
      controlBytes.fill(0)
      words[CONTROL_LENGTH] = length
      expect(decodeControl()).toEqual([])
    }
    words[CONTROL_LENGTH] = 0
  })
})

describe('lists', () => {
  test('are read once, and what they hold is copied', () => {
    let reads = 0
    const data = bytesFrom(0, 4)
    const item = Object.defineProperty([1, 2, data], 0, {
      get: () => {
        reads++
        return 1
      },
    })
    const [message] = checkControl('ancdata', [item])
    data.fill(0)
    expect(message?.[2]).toEqual(bytesFrom(0, 4))
    expect(reads).toBe(1)
  })

  test('of an item that loses its memory while the next one is read: it was copied', () => {
    const bytes = new Uint8Array([1, 2, 3])
    const second: unknown[] = [1, 1, Buffer.alloc(0)]
    Object.defineProperty(second, 1, {
      get: () => {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
        return 1
      },
    })
    expect(checkControl('ancdata', [[1, 1, bytes], second])[0]?.[2]).toEqual(Buffer.from([1, 2, 3]))
  })

  test('are no text and no bytes', () => {
    for (const value of ['ab', Buffer.from('ab'), new DataView(new ArrayBuffer(2)), null, undefined, 5, {}]) {
      expect(thrown(() => listOf('list', 'things', value))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    expect(listOf('list', 'things', new Set([1, 2]))).toEqual([1, 2])
  })
})
