/** How long messages may be. */
import { AF_INET, AF_INET6, type Socket } from '../../index.js'
import { UsageError } from '../failure.js'
import type { Flags } from './flags.js'

/** UDP's: 65,535 less the headers of UDP, and of IPv4, which its length counts. */
const LONGEST_IPV4 = 65_507
const LONGEST_IPV6 = 65_527
/** Of other sockets it depends on the send buffer: this much always goes. */
const LONGEST_OTHER = 65_536

/** Bytes: what the input is cut to, of which a pipe gives 65,536 at once. */
export function longestMessage({ family }: Socket, { size }: Flags): number {
  const most = family === AF_INET ? LONGEST_IPV4 : family === AF_INET6 ? LONGEST_IPV6 : LONGEST_OTHER
  if (size === undefined) return most
  const fits = family !== AF_INET && family !== AF_INET6
  if (size > most && !fits) throw new UsageError(`--size ${size}: a datagram has at most ${most} bytes here`)
  return size
}
