/** Numbers as people write and read them: bytes, rates, durations. */
import { InvalidArgumentError } from 'commander'

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  ki: 2 ** 10,
  kib: 2 ** 10,
  m: 2 ** 20,
  mi: 2 ** 20,
  mib: 2 ** 20,
  g: 2 ** 30,
  gi: 2 ** 30,
  gib: 2 ** 30,
  t: 2 ** 40,
  ti: 2 ** 40,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
}

const TIMES: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  '': 1,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
}

const NUMBER = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµ/]*)$/

/** The value of `text` in a table of units; NaN where it is not of that form. */
function valueIn(text: string, units: Readonly<Record<string, number>>): number {
  const match = NUMBER.exec(text.trim().toLowerCase())
  const unit = match === null ? undefined : units[match[2] as string]
  return unit === undefined ? Number.NaN : Number(match?.[1]) * unit
}

/** Bytes: `1500`, `64k` and `64KiB` (1024 each), `1MB` (1000 * 1000), up to `t`. For options of commander. */
export function parseSize(text: string): number {
  const bytes = Math.round(valueIn(text, SIZES))
  if (!Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('It takes a number of bytes, such as 1500, 64k, 1.5MiB.')
  return bytes
}

/** Days: a timer of Node has milliseconds in 31 bits, and would take more for one of them. */
const LONGEST_DAYS = 24

/** Seconds: `1.5`, `200ms`, `50us`, `2min`, `1h`. */
export function parseDuration(text: string): number {
  const seconds = valueIn(text, TIMES)
  if (Number.isNaN(seconds)) throw new InvalidArgumentError('It takes seconds, such as 1.5, 200ms, 2min.')
  if (seconds > LONGEST_DAYS * 86_400) throw new InvalidArgumentError(`It takes at most ${LONGEST_DAYS} days.`)
  return seconds
}

/** The same, above 0. */
export function parseWait(text: string): number {
  const seconds = parseDuration(text)
  if (seconds > 0) return seconds
  throw new InvalidArgumentError('It takes a time above 0, such as 1.5, 200ms, 2min.')
}

const BITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 }

/** Bytes per second: `10Mbit` (decimal, of bits, with or without `/s`), `1.25MB`, `64KiB/s`, `100k`. */
export function parseRate(text: string): number {
  const unit = text
    .trim()
    .toLowerCase()
    .replace(/\/s$|ps$/, '')
  const bits = valueIn(unit, BITS)
  const rate = Number.isNaN(bits) ? valueIn(unit, SIZES) : bits / 8
  if (Number.isNaN(rate)) throw new InvalidArgumentError('It takes a rate, such as 10Mbit, 1.25MB/s, 64KiB/s.')
  return rate
}

/** For options: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`It takes a whole number ${range}.`)
  }
}

/** Three or so digits of a value that is at least 1 or is small. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function scaled(value: number, step: number, names: readonly string[]): string {
  let place = 0
  // What would be shown as 1000 (1024) is 1 of the next.
  while (value >= step - 0.5 && place < names.length - 1) {
    value /= step
    place++
  }
  return place === 0 ? `${Math.round(value)} ${names[0]}` : `${short(value)} ${names[place]}`
}

/** `512 B`, `1.50 KiB`, `64.0 MiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'])
}

/** Bits per second, of bytes per second: `9.42 Gbit/s`. */
export function formatRate(bytesPerSecond: number): string {
  return scaled(bytesPerSecond * 8, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'])
}

/** `850 ns`, `12.3 µs`, `1.23 ms`, `4.56 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) {
    const ns = seconds * 1e9
    if (ns < 999.5) return `${Math.round(ns)} ns`
    return ns < 999.5e3 ? `${short(ns / 1e3)} µs` : `${short(ns / 1e6)} ms`
  }
  if (seconds < 59.95) return `${short(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** `1 byte`, `2 bytes`. */
export function counted(count: number, what: string, several: string = `${what}s`): string {
  return `${count} ${count === 1 ? what : several}`
}
