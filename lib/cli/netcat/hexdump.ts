/** Bytes as people look at them: offset, hexadecimal, ASCII. */
import type { Colors } from '../colors.js'

const PER_LINE = 16
const isVisible = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

/** The bytes of one direction of one connection: knows how many there were. */
export class HexDump {
  readonly #mark: string
  readonly #paint: (text: string) => string
  readonly #colors: Colors
  #offset = 0

  /** @param mark what begins each line: the direction, and who it is where there are several */
  constructor(mark: string, paint: (text: string) => string, colors: Colors) {
    this.#mark = mark
    this.#paint = paint
    this.#colors = colors
  }

  /** The lines for the next bytes, each ended; an empty datagram has one, too. */
  lines(data: Uint8Array): string {
    let text = ''
    for (let at = 0; at < data.length || at === 0; at += PER_LINE) text += this.#line(data.subarray(at, at + PER_LINE))
    return text
  }

  #line(bytes: Uint8Array): string {
    const offset = this.#offset.toString(16).padStart(8, '0')
    this.#offset += bytes.length
    let hex = ''
    let ascii = ''
    for (let i = 0; i < PER_LINE; i++) {
      const byte = bytes[i]
      hex += `${i === PER_LINE / 2 ? '  ' : ' '}${byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')}`
      if (byte !== undefined) ascii += isVisible(byte) ? String.fromCharCode(byte) : '.'
    }
    return `${this.#paint(this.#mark)} ${this.#colors.dim(offset)} ${hex}  ${this.#paint(`|${ascii}|`)}\n`
  }
}
