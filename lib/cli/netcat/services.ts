/** Services of old, for tests of clients: echo (RFC 862), discard (RFC 863), chargen (RFC 864). */
import { type Exchange, receiveAll, sendPiece } from './exchange.js'

export type Service = 'echo' | 'discard' | 'chargen'

/**
 * Serves one connection of a stream, or of records, until the client ends it.
 * @throws {Failure}
 */
export async function serve(service: Service, exchange: Exchange, signal: AbortSignal): Promise<void> {
  if (service === 'chargen') return await generate(exchange, signal)
  if (service === 'discard') return await receiveAll(exchange, signal)
  const { view } = exchange
  const echo = {
    ...exchange,
    view: {
      ...view,
      async received(data: Buffer): Promise<void> {
        await view.received(data)
        await sendPiece(exchange, data, signal)
      },
    },
  }
  await receiveAll(echo, signal)
}

const FIRST = 0x20
const VISIBLE = 95
const LINE = 72

/** All lines there are, each beginning with the next character. */
function pattern(): Buffer {
  const characters = Array.from({ length: VISIBLE }, (_, i) => String.fromCharCode(FIRST + i)).join('')
  const lines = Array.from({ length: VISIBLE }, (_, i) => `${(characters + characters).slice(i, i + LINE)}\r\n`)
  return Buffer.from(lines.join(''))
}

async function generate(exchange: Exchange, signal: AbortSignal): Promise<void> {
  const lines = pattern()
  while (!signal.aborted) {
    try {
      await sendPiece(exchange, lines, signal)
    } catch (error) {
      const { code } = (error as { cause: { code?: string } }).cause
      // Whoever has enough closes: there is no other end.
      if (code === 'EPIPE' || code === 'ECONNRESET') return
      throw error
    }
  }
}
