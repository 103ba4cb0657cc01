/** Listening: a bound socket for an address. */
import { lstatSync } from 'node:fs'
import {
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  Socket,
} from '../../index.js'
import { formatAddress, type Place, placesOf, type Target } from '../address.js'
import { remove } from './dial.js'
import { makeSocket } from './flags.js'
import type { Session } from './session.js'

export interface Listening {
  readonly sock: Socket
  /** Its address, as it would be typed. */
  readonly name: string
  /** To be called when it is closed. */
  cleanUp(): void
}

/** @throws {Failure} that names the address; `UsageError` */
export async function listenOn(target: Target, session: Session): Promise<Listening> {
  const places = await placesOf(target, true, session.signal)
  const isAny = target.family === 'inet' && target.host === ''
  const open = (place: Place): Listening => {
    const sock = makeSocket(place, session.flags, 'listen on', (made) =>
      bind(made, place, isAny && !session.flags.ipv6),
    )
    const { address } = place
    const isPath = place.family === AF_UNIX && typeof address === 'string' && !address.startsWith('\0')
    return {
      sock,
      name: formatAddress(sock.getsockname()),
      cleanUp: isPath ? () => remove(address) : () => {},
    }
  }
  const [first, other] = places as [Place, Place?]
  try {
    return open(first)
  } catch (error) {
    // No IPv6 here: every address is every one of IPv4 then.
    const { code } = ((error as Error).cause ?? {}) as { code?: string }
    if (isAny && other !== undefined && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) return open(other)
    throw error
  }
}

function bind(sock: Socket, { family, type, address }: Place, isForBoth: boolean): void {
  if (family === AF_UNIX) {
    if (typeof address === 'string') removeStale(address, type)
  } else if (type !== SOCK_DGRAM) {
    sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)
  }
  if (family === AF_INET6) sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !isForBoth)
  sock.bind(address)
  if (type !== SOCK_DGRAM) sock.listen()
}

/** Removes what a server that was killed has left: the file of a socket that nobody has. */
function removeStale(path: string, type: number): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return
  const probe = new Socket(AF_UNIX, type)
  try {
    probe.setblocking(false)
    probe.connect(path)
  } catch (error) {
    if ((error as { code?: string }).code === 'ECONNREFUSED') remove(path)
  } finally {
    probe.close()
  }
}
