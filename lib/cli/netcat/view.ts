/** What of a connection is printed: the bytes that it brings, or both directions in hexadecimal. */
import { colors } from '../colors.js'
import { write } from '../output.js'
import { HexDump } from './hexdump.js'

export interface View {
  /** Resolves when the output takes more; the bytes are to be left as they are. */
  received(data: Buffer): Promise<void> | undefined
  sent(data: Uint8Array): Promise<void> | undefined
}

const raw: View = { received: write, sent: () => undefined }

/** @param who stands before each line where several may print */
export function viewOf(isHex: boolean | undefined, who = ''): View {
  if (!isHex) return raw
  const painted = colors(process.stdout)
  const received = new HexDump(`${who}<`, painted.cyan, painted)
  const sent = new HexDump(`${who}>`, painted.green, painted)
  return { received: (data) => write(received.lines(data)), sent: (data) => write(sent.lines(data)) }
}
