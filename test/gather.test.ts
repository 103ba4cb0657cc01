/** How a stream's chunks become sends: few, without a copy of anything large, and each byte once. */
import { describe, expect, test } from 'vitest'
import { Gatherer } from '../dist/gather.js'

const KIB = 1024

/** What is sent for chunks of these lengths. */
function partsOf(chunks: readonly Uint8Array[]): Uint8Array[] {
  const gatherer = new Gatherer(chunks)
  const parts: Uint8Array[] = []
  while (!gatherer.isAtEnd) parts.push(gatherer.next())
  return parts
}

const chunk = (length: number, value = 0): Buffer => Buffer.alloc(length, value)

describe('a list of chunks', () => {
  test.each<[name: string, lengths: number[], parts: number[]]>([
    ['nothing', [], []],
    ['empty chunks', [0, 0], []],
    ['one small chunk', [10], [10]],
    ['small chunks', [10, 20, 0, 30], [60]],
    ['small chunks around a large one', [10, 20, 100 * KIB, 0, 5, 6], [30, 100 * KIB, 11]],
    ['large chunks', [16 * KIB, 20 * KIB], [16 * KIB, 20 * KIB]],
    ['more small chunks than are joined', Array(10).fill(10 * KIB), [60 * KIB, 40 * KIB]],
    ['a chunk for more than one send', [600 * KIB], [256 * KIB, 256 * KIB, 88 * KIB]],
    ['a chunk for exactly one send', [256 * KIB, 1], [256 * KIB, 1]],
    ['a chunk of several sends and a short rest of it', [256 * KIB + 5, 7, 8], [256 * KIB, 5, 15]],
  ])('%s', (_, lengths, expected) => {
    const chunks = lengths.map((length, index) => chunk(length, index + 1))
    const parts = partsOf(chunks)
    expect(parts.map(({ length }) => length)).toEqual(expected)
    expect(Buffer.concat(parts).equals(Buffer.concat(chunks))).toBe(true)
  })

  test('a large chunk is sent from its own memory, as is a small one alone', () => {
    for (const alone of [chunk(500 * KIB), chunk(10)]) {
      for (const part of partsOf([alone])) expect(part.buffer).toBe(alone.buffer)
    }
    const [first, second] = partsOf([chunk(100 * KIB), chunk(10)])
    expect([first?.length, second?.length]).toEqual([100 * KIB, 10])
  })
})
