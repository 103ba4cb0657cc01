/** The scrap of time at the end of a test, too short for a rate of its own: part of the interval before it. */

/** Seconds. */
const SHORTEST = 0.01
/** Of the interval before it. */
const SHORTEST_PART = 0.2

export interface Span {
  from: number
  to: number
}

export function isScrap({ from, to }: Span, before: Span): boolean {
  return to - from < Math.max(SHORTEST, SHORTEST_PART * (before.to - before.from))
}

/** The rate of two spans together; `null` where either has none. */
export function joinedRate(first: Span, rate: number | null, second: Span, secondRate: number | null): number | null {
  if (rate === null || secondRate === null) return rate
  const whole = first.to - first.from + second.to - second.from
  return whole <= 0 ? rate : (rate * (first.to - first.from) + secondRate * (second.to - second.from)) / whole
}
