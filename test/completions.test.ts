/** Which sends the kernel has done with: ranges of numbers that begin again at 0. */
import { describe, expect, test } from 'vitest'
import { Completions, type Held } from '../dist/completions.js'

const held = (): Held => ({ view: new Uint8Array(1), pending: 0, copied: false })
const none = { fd: -1, deferredError: 0 }

describe('numbers of sends', () => {
  test('one by one, in any order, and each once', () => {
    const completions = new Completions(none)
    const all = [held(), held(), held()]
    for (const one of all) completions.add(one)
    completions.release(1, 1, true)
    completions.release(1, 1, false)
    expect(all.map(({ pending }) => pending)).toEqual([1, 0, 1])
    expect(all.map(({ copied }) => copied)).toEqual([false, true, false])
    completions.release(0, 2, false)
    expect(completions.size).toBe(0)
    expect(all.map(({ copied }) => copied)).toEqual([false, true, false])
  })

  test('a range across 2^32, of several calls, of which one made several sends', () => {
    const completions = new Completions(none, 0xfffffffe)
    const [one, two] = [held(), held()]
    for (const call of [one, one, one, two, two]) completions.add(call)
    expect([one.pending, two.pending]).toEqual([3, 2])
    completions.release(0xffffffff, 1, true)
    expect([one.pending, two.pending, completions.size]).toEqual([1, 1, 2])
    completions.release(0xfffffffe, 0xfffffffe, false)
    completions.release(2, 2, false)
    expect([one.pending, two.pending, completions.size]).toEqual([0, 0, 0])
  })

  test('numbers of others, and ranges of all that there are, cost nothing', () => {
    const completions = new Completions(none, 5)
    const one = held()
    completions.add(one)
    completions.release(0, 4, false)
    completions.release(6, 4, false)
    expect(one.pending).toBe(1)
    completions.release(0, 0xffffffff, false)
    expect([one.pending, completions.size]).toEqual([0, 0])
  })
})
