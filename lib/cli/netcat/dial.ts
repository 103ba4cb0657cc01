/** Connecting: to the first address of a host that answers. */
import { unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AddressIn, AF_UNIX, SO_REUSEADDR, SOCK_DGRAM, SOL_SOCKET, type Socket } from '../../index.js'
import { formatAddress, type Place, parseAddress, placesOf, type Target } from '../address.js'
import { Failure, failure, reasonOf, UsageError } from '../failure.js'
import { formatDuration } from '../units.js'
import { makeSocket } from './flags.js'
import type { Session } from './session.js'

/** Milliseconds until the next address is tried while the one before has not answered: RFC 8305. */
const STAGGER_MS = 250

export interface Dialled {
  readonly conn: Socket
  readonly place: Place
  /** To be called when the connection is closed. */
  cleanUp(): void
}

/**
 * @param source where to connect from, as it was typed
 * @throws {Failure} for the first address, where no address answers; `UsageError`
 */
export async function dial(target: Target, source: string | undefined, session: Session): Promise<Dialled> {
  const { flags, signal } = session
  const sources = source === undefined ? undefined : await sourcesOf(source, target)
  const sourceOf = ({ family }: Place): Place | undefined => sources?.find((each) => each.family === family)
  const found = await placesOf(target, false, signal)
  const places = sources === undefined ? found : found.filter(sourceOf)
  if (places.length === 0) throw new UsageError(`--source ${source}: it is of another family than the address`)
  const race = new AbortController()
  const stop = AbortSignal.any([signal, race.signal])
  const limit = flags.timeout === undefined ? {} : { timeout: flags.timeout }
  const failures: Failure[] = []

  const attempt = async (place: Place): Promise<Dialled> => {
    session.note(`connecting to ${formatAddress(place.address)}`)
    let cleanUp = (): void => {}
    const conn = makeSocket(place, flags, 'connect', (sock) => {
      cleanUp = bindSource(sock, sourceOf(place)?.address)
    })
    try {
      await conn.connectAsync(place.address, { signal: stop, ...limit })
      return { conn, place, cleanUp }
    } catch (error) {
      conn.close()
      cleanUp()
      const what = `connect ${formatAddress(place.address)}`
      const isLate = (error as Error).name === 'SocketTimeoutError'
      const late = `${what}: No answer within ${formatDuration(flags.timeout ?? 0)} (ETIMEDOUT)`
      throw isLate && flags.timeout !== undefined ? new Failure(late, { cause: error }) : failure(what, error)
    }
  }
  const begun: Promise<Dialled>[] = []
  let winner: Dialled | undefined
  try {
    for (const place of places) {
      const current = attempt(place)
      begun.push(current)
      const settled = current.then(
        (one) => {
          winner ??= one
        },
        (error: Error) => {
          failures.push(error)
          if (!stop.aborted && places.length > 1) session.note(error.message)
        },
      )
      await Promise.race([settled, sleep(STAGGER_MS, undefined, { signal: stop, ref: false }).catch(() => {})])
      if (winner !== undefined || stop.aborted) break
    }
    const first = await Promise.any(begun)
    // One that came in at the same moment.
    for (const other of begun) void other.then((one) => one !== first && one.conn.close()).catch(() => {})
    return first
  } catch (error) {
    signal.throwIfAborted()
    throw failures.find((each) => each instanceof UsageError) ?? failures[0] ?? error
  } finally {
    race.abort()
  }
}

/** Where to connect from: a port, a host, both; a path for unix sockets. */
async function sourcesOf(text: string, target: Target): Promise<Place[]> {
  if (target.family === 'unix') return await placesOf(parseAddress([text], { unix: true }), true)
  if (target.family === 'vsock') throw new UsageError('--source is not for vsock')
  const isPort = /^:?\d+$/.test(text)
  const isHost = !isPort && (!text.includes(':') || /^\[[^\]]*\]$/.test(text) || text.split(':').length > 2)
  const host = text.replace(/^\[|\]$/g, '')
  const words = isPort ? [`:${text.replace(':', '')}`] : isHost && !text.includes(']:') ? [host, '0'] : [text]
  const flags = { udp: target.kind === 'dgram', ipv4: target.version === 4, ipv6: target.version === 6 }
  return await placesOf(parseAddress(words, flags), true)
}

let named = 0

/**
 * Binds a socket to its source. A datagram socket of a path needs one, to get answers: where none is given it is an
 * abstract name of the kernel's choice, or a path that is removed afterwards.
 */
function bindSource(sock: Socket, own: AddressIn | undefined): () => void {
  if (own !== undefined) {
    const family = typeof own === 'string' ? AF_UNIX : undefined
    if (family === undefined) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)
    bindOrFail(sock, own)
    return typeof own === 'string' && !own.startsWith('\0') ? () => remove(own) : () => {}
  }
  if (sock.family !== AF_UNIX || sock.type !== SOCK_DGRAM) return () => {}
  if (process.platform === 'linux') {
    sock.bind('')
    return () => {}
  }
  const path = join(tmpdir(), `berkeley-${process.pid}-${named++}.sock`)
  sock.bind(path)
  return () => remove(path)
}

function bindOrFail(sock: Socket, own: AddressIn): void {
  try {
    sock.bind(own)
  } catch (error) {
    throw new Failure(`bind ${formatAddress(own)}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Removes the file of a unix socket. */
export function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody else has.
  }
}
