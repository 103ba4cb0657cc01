/** Text that was received and that nobody has taken yet. Sizes are characters: code points, as in CPython. */

/** How many characters a text has. */
export function countOf(text: string): number {
  let count = text.length
  if (!/[\ud800-\udbff]/.test(text)) return count
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) as number
    if (code > 0xffff) {
      count--
      index++
    }
  }
  return count
}

/** How long the first `count` characters of a text are. */
function unitsOf(text: string, count: number): number {
  if (!/[\ud800-\udbff]/.test(text)) return Math.min(count, text.length)
  let units = 0
  for (let left = count; left > 0 && units < text.length; left--) {
    units += (text.codePointAt(units) as number) > 0xffff ? 2 : 1
  }
  return units
}

/** How lines end: `null` = with whichever, told as '\n'; '' = with whichever, told as it is; else with just this. */
export type Newline = null | '' | '\n' | '\r' | '\r\n'

/** Makes of text in pieces text whose lines end with '\n', or at least none in which '\r\n' is cut. */
export class NewlineDecoder {
  readonly #newline: Newline
  /** A '\r' at the end of a piece, after which a '\n' may come. */
  #isHeld = false

  constructor(newline: Newline) {
    this.#newline = newline
  }

  decode(piece: string, isEnd: boolean): string {
    if (this.#newline !== null && this.#newline !== '') return piece
    let text = piece
    if (this.#isHeld && (text !== '' || isEnd)) {
      text = `\r${text}`
      this.#isHeld = false
    }
    if (!isEnd && text.endsWith('\r')) {
      text = text.slice(0, -1)
      this.#isHeld = true
    }
    return this.#newline === null && text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text
  }
}

/** A place in the queue up to which a search has come. */
export interface Progress {
  /** Pieces, and characters in them, that have been looked at. */
  pieces: number
  characters: number
  /** The last of them is a '\r', whose '\n' may follow. */
  isCut: boolean
}

export const start = (): Progress => ({ pieces: 0, characters: 0, isCut: false })

export class TextQueue {
  readonly #newline: Newline
  #pieces: string[] = []

  constructor(newline: Newline) {
    this.#newline = newline
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  add(text: string): void {
    if (text !== '') this.#pieces.push(text)
  }

  /** Puts text before all other. */
  putBack(text: string): void {
    if (text !== '') this.#pieces.unshift(text)
  }

  takeAll(): string {
    const text = this.#pieces.join('')
    this.#pieces = []
    return text
  }

  /** The first `count` characters, or `null` while there are fewer. */
  take(count: number, progress: Progress): string | null {
    for (; progress.pieces < this.#pieces.length; progress.pieces++) {
      const piece = this.#pieces[progress.pieces] as string
      const missing = count - progress.characters
      const units = unitsOf(piece, missing)
      if (units < piece.length || countOf(piece) === missing) return this.#cut(progress.pieces, units)
      progress.characters += countOf(piece)
    }
    return count === 0 ? '' : null
  }

  /** The next line, or as much of it as `limit` allows; `null` while there is no end of it. */
  takeLine(limit: number, progress: Progress): string | null {
    if (limit === 0) return ''
    for (; progress.pieces < this.#pieces.length; progress.pieces++) {
      const piece = this.#pieces[progress.pieces] as string
      const end = this.#endOfLine(piece, progress.isCut)
      if (limit > 0) {
        const units = unitsOf(piece, limit - progress.characters)
        const isReached = units < piece.length || countOf(piece) === limit - progress.characters
        if (isReached && (end < 0 || units < end)) return this.#cut(progress.pieces, units)
        if (end < 0) progress.characters += countOf(piece)
      }
      if (end >= 0) return this.#cut(progress.pieces, end)
      progress.isCut = piece.endsWith('\r')
    }
    return null
  }

  /** Where in a piece a line ends, -1 where none does. */
  #endOfLine(piece: string, isCut: boolean): number {
    if (this.#newline === '\r\n') {
      if (isCut && piece.startsWith('\n')) return 1
      const at = piece.indexOf('\r\n')
      return at < 0 ? -1 : at + 2
    }
    if (this.#newline !== '') return piece.indexOf(this.#newline ?? '\n') + 1 || -1
    const at = piece.search(/[\r\n]/)
    if (at < 0) return -1
    return piece.startsWith('\r\n', at) ? at + 2 : at + 1
  }

  /** Takes the pieces before `index`, and so many units of that one. */
  #cut(index: number, units: number): string {
    const piece = this.#pieces[index] as string
    if (index === 0 && units < piece.length) {
      this.#pieces[0] = piece.slice(units)
      return piece.slice(0, units)
    }
    const parts = this.#pieces.slice(0, index)
    parts.push(piece.slice(0, units))
    const rest = piece.slice(units)
    this.#pieces = [...(rest === '' ? [] : [rest]), ...this.#pieces.slice(index + 1)]
    return parts.length === 1 ? (parts[0] as string) : parts.join('')
  }
}
