/** The parts of `berkeley bench` that need no network: units, pacing, numbering, jitter, percentiles. */
import { describe, expect, test } from 'vitest'
import { isScrap, joinedRate } from '../../lib/cli/bench/client/scraps.js'
import * as datagram from '../../lib/cli/bench/datagram.js'
import { Latencies } from '../../lib/cli/bench/latencies.js'
import { Pacer } from '../../lib/cli/bench/pacer.js'
import { Jitter, SequenceTracker } from '../../lib/cli/bench/sequence.js'
import { formatBitRate, formatNs, formatPart, parseBitRate } from '../../lib/cli/bench/units.js'

describe('units', () => {
  test.each([
    ['500', 500],
    ['500K', 500e3],
    ['2.5g', 2.5e9],
    ['10Mbit/s', 10e6],
    ['10 mbps', 10e6],
    ['0', 0],
  ])('%s is %d bits per second', (text, bits) => {
    expect(parseBitRate(text)).toBe(bits)
  })

  test.each(['', 'fast', '-1', '10Q', '1e6', '10 20'])('%j is no rate', (text) => {
    expect(() => parseBitRate(text)).toThrow('It takes bits per second')
  })

  test('are written with three digits', () => {
    expect(formatBitRate(9.414e9)).toBe('9.41 Gbit/s')
    expect(formatNs(24_120)).toBe('24.1 µs')
  })

  test.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.125, '12.5 %'],
    [0.0000312, '0.0031 %'],
    [0.9999999, '99.999 %'],
  ])('the part %d is %s', (part, text) => {
    expect(formatPart(part)).toBe(text)
  })
})

describe('the pacer', () => {
  test('lets one go at once, and then as many as the rate has', () => {
    const pacer = new Pacer(1000, 50)
    expect(pacer.due(50, 100)).toBe(1)
    pacer.take(1)
    expect(pacer.due(50.9, 100)).toBe(0)
    expect(pacer.nextMs).toBe(51)
    expect(pacer.due(55, 100)).toBe(5)
    expect(pacer.due(55, 3)).toBe(3)
  })

  test('keeps the rate, however unevenly it is asked', () => {
    const pacer = new Pacer(10_000, 0)
    let sent = 0
    for (let now = 0; now <= 1000; now += 1 + ((now * 7) % 5)) {
      const due = pacer.due(now, 1e9)
      pacer.take(due)
      sent += due
    }
    expect(sent).toBeGreaterThanOrEqual(9950)
    expect(sent).toBeLessThanOrEqual(10_001)
    expect(pacer.skipped).toBe(0)
  })

  test('leaves out what is more than 20 ms late, and says how many', () => {
    const pacer = new Pacer(1000, 0)
    pacer.take(pacer.due(0, 10))
    expect(pacer.due(501, 1e9)).toBe(21)
    expect(pacer.skipped).toBeCloseTo(480)
  })

  test('has no limit where there is none', () => {
    const pacer = new Pacer(Number.POSITIVE_INFINITY, 0)
    expect(pacer.due(0, 64)).toBe(64)
    expect(pacer.nextMs).toBe(0)
  })
})

describe('the numbers of datagrams', () => {
  const noted = (...numbers: number[]): SequenceTracker => {
    const tracker = new SequenceTracker()
    for (const number of numbers) tracker.note(number)
    return tracker
  }

  test('in order', () => {
    const tracker = noted(0, 1, 2, 3)
    expect([tracker.received, tracker.reordered, tracker.duplicates, tracker.lost(4)]).toEqual([4, 0, 0, 0])
  })

  test('lost in the middle, at the beginning, and at the end', () => {
    expect(noted(2, 3, 5).lost(null)).toBe(3)
    expect(noted(2, 3, 5).lost(10)).toBe(7)
    expect(noted().lost(10)).toBe(10)
    expect(noted().lost(null)).toBe(0)
  })

  test('out of order is not lost', () => {
    const tracker = noted(0, 2, 1, 4, 3)
    expect([tracker.received, tracker.reordered, tracker.duplicates, tracker.lost(5)]).toEqual([5, 2, 0, 0])
  })

  test('there twice is not received twice', () => {
    const tracker = noted(0, 1, 1, 0, 2)
    expect([tracker.received, tracker.reordered, tracker.duplicates, tracker.lost(3)]).toEqual([3, 0, 2, 0])
  })

  test('a gap longer than the window forgets what was before it', () => {
    const tracker = new SequenceTracker()
    const far = 1 << 20
    for (const number of [0, 1, far, far - 1, 1]) tracker.note(number)
    expect([tracker.received, tracker.reordered, tracker.duplicates]).toEqual([4, 1, 1])
    expect(tracker.lost(null)).toBe(far + 1 - 4)
  })

  test('a window around, no old number is taken for a new one', () => {
    const tracker = new SequenceTracker()
    const count = (1 << 17) * 3
    for (let number = 0; number < count; number++) if (number % 10 !== 9) tracker.note(number)
    expect(tracker.received).toBe(count - Math.floor(count / 10))
    expect(tracker.lost(count)).toBe(Math.floor(count / 10))
    expect(tracker.duplicates).toBe(0)
  })
})

test('the jitter is that of RFC 3550', () => {
  const jitter = new Jitter()
  // Times under way of 5, 7, 6 ms, on clocks that are far apart.
  const offset = 1e12
  jitter.note(0, 5e6 + offset)
  jitter.note(10e6, 17e6 + offset)
  jitter.note(20e6, 26e6 + offset)
  const first = 2e6 / 16
  expect(jitter.ns).toBe(first + (1e6 - first) / 16)
})

describe('the end of a test', () => {
  test('shorter than a part of the interval before it, it is no interval of its own', () => {
    const before = { from: 1, to: 2 }
    expect(isScrap({ from: 2, to: 2.19 }, before)).toBe(true)
    expect(isScrap({ from: 2, to: 2.21 }, before)).toBe(false)
    expect(isScrap({ from: 2, to: 2.009 }, { from: 1.98, to: 2 })).toBe(true)
    expect(joinedRate(before, 100, { from: 2, to: 2.25 }, 200)).toBe(120)
    expect(joinedRate(before, 100, { from: 2, to: 2.25 }, null)).toBe(100)
  })
})

describe('latencies', () => {
  test('percentiles are in order, within three digits', () => {
    const latencies = new Latencies()
    for (let i = 1; i <= 10_000; i++) latencies.note(i * 1000)
    const found = latencies.percentiles()
    expect(found).toMatchObject({ count: 10_000, min: 1000, max: 10_000_000 })
    expect((found?.p50 ?? 0) / 5e6).toBeCloseTo(1, 2)
    expect((found?.['p99.9'] ?? 0) / 9.99e6).toBeCloseTo(1, 2)
    expect(found?.mean).toBeCloseTo(5_000_500, -4)
  })

  test('none of a single value exceeds it', () => {
    const latencies = new Latencies()
    latencies.note(1_234_567)
    const { p50, p99, max } = latencies.percentiles() ?? {}
    expect([p50, p99, max]).toEqual([1_234_567, 1_234_567, 1_234_567])
    expect(latencies.curve().at(-1)).toEqual([100, 1_234_567])
  })

  test('of nothing there are none', () => {
    expect(new Latencies().percentiles()).toBe(null)
    expect(new Latencies().curve()).toEqual([])
  })

  test('the jitter is the mean difference of neighbours', () => {
    const latencies = new Latencies()
    for (const ns of [100, 300, 200]) latencies.note(ns)
    expect(latencies.jitterNs).toBe(150)
  })
})

describe('a datagram', () => {
  const token = '00112233445566778899aabbccddeeff'
  const bytes = Buffer.alloc(100)

  test('has its session, token, kind, number and time', () => {
    datagram.fillHeader(bytes, 10, datagram.KINDS.data, 77, token)
    datagram.stamp(bytes, 10, 2 ** 40 + 5, 1_234_567.891)
    expect(datagram.sessionOf(bytes, 10, 100)).toBe(77)
    expect(datagram.hasToken(bytes, 10, datagram.tokenWords(token))).toBe(true)
    expect(datagram.hasToken(bytes, 10, datagram.tokenWords(token.replace(/f$/, 'e')))).toBe(false)
    expect(datagram.kindOf(bytes, 10)).toBe(datagram.KINDS.data)
    expect(datagram.sequenceOf(bytes, 10)).toBe(2 ** 40 + 5)
    expect(datagram.sentNsOf(bytes, 10)).toBeCloseTo(1_234_567_891_000, -3)
  })

  test('that is cut off, or another protocol’s, is none', () => {
    expect(datagram.sessionOf(bytes, 10, 10 + datagram.DATAGRAM_BYTES - 1)).toBe(undefined)
    expect(datagram.sessionOf(Buffer.alloc(100, 'x'), 0, 100)).toBe(undefined)
  })
})
