/** What each way of reading text waits for, and what it gives: see reads.ts. */
import { socketError } from '../errors.js'
import type { ByteQueue } from './byte-queue.js'
import { type Codec, decodingError } from './codec.js'
import type { Read, State } from './reads.js'
import { countOf, type Newline, NewlineDecoder, start, TextQueue } from './text-queue.js'

/** How much is received at once, as in CPython. */
const CHUNK = 8192
const MOST_ASKED = 1 << 16
const NOTHING = Buffer.alloc(0)

/** The bytes of a file as text. */
export class TextSource {
  readonly bytes: ByteQueue
  readonly text: TextQueue
  readonly #codec: Codec
  readonly #lines: NewlineDecoder
  /** What follows the text is wrong, which is told to whoever gets there. */
  #isWrong = false

  constructor(bytes: ByteQueue, codec: Codec, newline: Newline) {
    this.bytes = bytes
    this.text = new TextQueue(newline)
    this.#codec = codec
    this.#lines = new NewlineDecoder(newline)
  }

  /**
   * Makes text of what has come, up to what is wrong.
   * @param isEnd whether nothing follows
   * @throws {SocketError} `EILSEQ`, once, where the text has ended before what is wrong
   */
  decode(isEnd: boolean): void {
    if (this.#isWrong) {
      this.#isWrong = false
      throw decodingError(this.#codec)
    }
    const { text, rest } = this.#codec.decode(this.bytes.length === 0 ? NOTHING : this.bytes.takeAll(), isEnd)
    this.text.add(this.#lines.decode(text, isEnd && rest === null))
    if (rest === null) return
    this.#isWrong = true
    this.bytes.putBack(rest)
  }

  /** Whether there is something to decode, or to tell. */
  get hasMore(): boolean {
    return this.bytes.length > 0 || this.#isWrong
  }
}

abstract class TextRead<T> implements Read<T> {
  protected readonly source: TextSource
  #hasEnded = false

  constructor(source: TextSource) {
    this.source = source
  }

  /** The result, where the text has it; else `null`. */
  protected abstract find(): T | null
  /** The result where nothing more comes. */
  protected abstract last(state: State): T

  take(state: State): T | undefined {
    for (;;) {
      const found = this.find()
      if (found !== null) return found
      if (this.source.hasMore) {
        this.source.decode(false)
        continue
      }
      if (state === 'more') return undefined
      if (state === 'blocked' || this.#hasEnded) return this.last(state)
      this.#hasEnded = true
      this.source.decode(true)
    }
  }

  ask(): number {
    return CHUNK
  }
}

/** So many characters, fewer at the end. */
export class ReadCharacters extends TextRead<string> {
  readonly #count: number
  readonly #progress = start()

  constructor(source: TextSource, count: number) {
    super(source)
    this.#count = count
  }

  protected override find(): string | null {
    return this.source.text.take(this.#count, this.#progress)
  }

  protected override last(): string {
    return this.source.text.takeAll()
  }

  override ask(): number {
    return Math.min(Math.max(CHUNK, this.#count - this.#progress.characters), MOST_ASKED)
  }
}

/** All until the stream ends. */
export class ReadText extends TextRead<string> {
  protected override find(): null {
    return null
  }

  protected override last(state: State): string {
    if (state === 'blocked' && this.source.text.isEmpty) throw socketError('EAGAIN', 'recv')
    return this.source.text.takeAll()
  }

  override ask(): number {
    return MOST_ASKED
  }
}

/** A line with its end; what there is at the end of the stream, or where the limit is. */
export class ReadTextLine extends TextRead<string> {
  readonly #limit: number
  readonly #progress = start()

  constructor(source: TextSource, limit: number) {
    super(source)
    this.#limit = limit
  }

  protected override find(): string | null {
    return this.source.text.takeLine(this.#limit, this.#progress)
  }

  protected override last(): string {
    return this.source.text.takeAll()
  }
}

/** Lines, until they have more characters than `hint` or the stream ends. */
export class ReadTextLines extends TextRead<string[]> {
  readonly #hint: number
  #progress = start()
  #lines: string[] = []
  #count = 0

  constructor(source: TextSource, hint: number) {
    super(source)
    this.#hint = hint > 0 ? hint : Number.POSITIVE_INFINITY
  }

  protected override find(): string[] | null {
    while (this.#count <= this.#hint) {
      const line = this.source.text.takeLine(-1, this.#progress)
      if (line === null) return null
      this.#lines.push(line)
      if (this.#hint < Number.POSITIVE_INFINITY) this.#count += countOf(line)
      this.#progress = start()
    }
    return this.#lines
  }

  protected override last(): string[] {
    const rest = this.source.text.takeAll()
    return rest === '' ? this.#lines : [...this.#lines, rest]
  }

  abandon(): void {
    this.source.text.putBack(this.#lines.join(''))
    this.#lines = []
  }
}
