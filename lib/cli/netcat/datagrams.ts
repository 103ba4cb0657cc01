/** A bound datagram socket: whoever sends, is served. */
import { MSG_TRUNC, type Socket } from '../../index.js'
import { formatAddress } from '../address.js'
import { failure } from '../failure.js'
import { tell } from '../output.js'
import { inputOf } from './input.js'
import { longestMessage } from './messages.js'
import type { Service } from './services.js'
import type { Session } from './session.js'
import type { Tally } from './tally.js'
import { type View, viewOf } from './view.js'

/** The longest that is received whole: longer than any of IP. */
const LONGEST = 262_144

export interface DatagramServer {
  readonly sock: Socket
  readonly name: string
  readonly session: Session
  readonly tally: Tally
  readonly service: Service | undefined
  /** Whether the input goes to the latest sender, and all are received; else there is one peer, the first. */
  readonly takesAll: boolean
}

type Address = Parameters<Socket['sendtoAsync']>[1]

/**
 * Serves until the session ends.
 * @throws {Failure}
 */
export async function serveDatagrams(server: DatagramServer): Promise<void> {
  const { sock, name, session, tally, service, takesAll } = server
  const { flags, signal } = session
  const room = Buffer.allocUnsafe(LONGEST)
  const views = new Map<string, View>()
  let peer: Address | undefined
  let peerName = ''
  let sending: Promise<void> | undefined

  const viewFor = (who: string): View => {
    const found = views.get(who) ?? viewOf(flags.hex, takesAll ? `${who} ` : '')
    if (flags.hex) views.set(who, found)
    return found
  }
  const reply = async (data: Buffer, address: Address, who: string): Promise<void> => {
    try {
      await sock.sendtoAsync(data, address, { signal })
      tally.sentOut(data.length)
      session.touch()
      await viewFor(who).sent(data)
    } catch (error) {
      if (!signal.aborted) session.note(failure(who, error).message)
    }
  }
  const cut = { size: longestMessage(sock, flags), lines: flags.lines ?? false }
  const sendInput = async (): Promise<void> => {
    for await (const data of inputOf(signal, cut)) if (peer !== undefined) await reply(data, peer, peerName)
  }
  const next = async () => {
    try {
      return await sock.recvmsgIntoAsync([room], { signal })
    } catch (error) {
      if (signal.aborted) return undefined
      throw failure(name, error)
    }
  }
  for (let message = await next(); message !== undefined; message = await next()) {
    const [length, , itsFlags, address] = message
    const data = Buffer.from(room.subarray(0, length))
    const who = formatAddress(address)
    const isNew = peer === undefined || who !== peerName
    if (isNew && peer !== undefined && !takesAll) {
      session.note(`${who}: ignored, the peer is ${peerName} (--keep-open takes all)`)
      continue
    }
    if (isNew) session.note(`messages from ${who}`)
    // Whoever has no name gets no answer, and nobody else gets it either.
    const from = address === null || address === '' ? undefined : (address as Address)
    peer = from ?? peer
    peerName = who
    if ((itsFlags & MSG_TRUNC) !== 0) tell(`${who}: a message longer than ${LONGEST} bytes was cut to that`)
    tally.tookIn(length)
    session.touch()
    if (service === undefined || flags.hex) await viewFor(who).received(data)
    if (service === 'echo' && from !== undefined) await reply(data, from, who)
    if (service === undefined && peer !== undefined)
      sending ??= sendInput().catch((error: unknown) => session.fail(error))
  }
  await sending
}
