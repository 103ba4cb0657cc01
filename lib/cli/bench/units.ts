/** Rates in bits, times in nanoseconds, counts and parts: what the tests speak of, as people write and read it. */
import { InvalidArgumentError } from 'commander'
import { formatDuration, formatRate } from '../units.js'

const RATES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }

/** Bits per second: `500K`, `10M`, `2.5G`, `10Mbit/s`; K, M, G and T are powers of 1,000. For options of commander. */
export function parseBitRate(text: string): number {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/(bit)?\/s$|bps$|bit$/, '')
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgt]?)$/.exec(plain) ?? []
  if (digits === undefined) throw new InvalidArgumentError('It takes bits per second, such as 500K, 10M or 2.5G.')
  return Number(digits) * (RATES[unit] as number)
}

/** `9.41 Gbit/s`. */
export function formatBitRate(bitsPerSecond: number): string {
  return formatRate(bitsPerSecond / 8)
}

/** `812 ns`, `24.1 µs`, `1.20 ms`, `2.00 s`. */
export function formatNs(ns: number): string {
  return formatDuration(ns / 1e9)
}

/** `1.00-2.00 s`, from the beginning of a test. */
export function formatSpan({ from, to }: { readonly from: number; readonly to: number }): string {
  return `${from.toFixed(2)}-${to.toFixed(2)} s`
}

/** `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** A part of one: `0 %`, `0.0031 %`, `12.5 %`. Nothing that is more than 0 reads as 0, nor less than 1 as 100 %. */
export function formatPart(part: number): string {
  const percent = part * 100
  if (percent === 0 || percent === 100) return `${percent} %`
  if (percent < 1) return `${Number(percent.toPrecision(2))} %`
  return `${percent > 99 ? Math.min(percent, 99.999).toFixed(3) : percent.toFixed(1)} %`
}
