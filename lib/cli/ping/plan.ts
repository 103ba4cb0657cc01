/** What a ping is to do. */
import type { AddressIn } from '../../index.js'

export interface Plan {
  /** As it was typed. */
  readonly host: string
  readonly family: number
  /** Host and port, which is 0 for echo requests. */
  readonly address: Extract<AddressIn, readonly [string, number, ...unknown[]]>
  /** Infinity where it goes on until Ctrl-C. */
  readonly count: number
  /** Seconds from one request to the next. */
  readonly interval: number
  /** Seconds that an answer may take. */
  readonly timeout: number
  /** Bytes of data. */
  readonly size: number
  readonly ttl: number | undefined
}
