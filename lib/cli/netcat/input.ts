/** The standard input: as it comes, or cut for datagrams. */
import { fstatSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.js'

/** The input cannot be read, which is no fault of any connection. */
export class InputFailure extends Failure {}

const STDIN = 0

/** How the input is cut into datagrams or records. */
export interface Cut {
  /** Bytes: no piece is longer. */
  readonly size: number
  /** Whether each line is a piece, with its end. */
  readonly lines: boolean
}

/**
 * Pieces of the input, until it ends or `signal` is aborted. A closed standard input is an empty one.
 * @throws {InputFailure}
 */
export async function* inputOf(signal: AbortSignal, cut?: Cut): AsyncGenerator<Buffer> {
  const { stdin } = process
  const stop = (): void => void stdin.destroy()
  if (signal.aborted) return
  signal.addEventListener('abort', stop, { once: true })
  try {
    // Node takes it for an empty input.
    if (fstatSync(STDIN).isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    const chunks = stdin as AsyncIterable<Buffer>
    yield* cut === undefined ? chunks : cut.lines ? piecesOfLines(chunks, cut.size) : pieces(chunks, cut.size)
  } catch (error) {
    // Whoever stopped it knows.
    if (signal.aborted || (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return
    throw new InputFailure(`the input: ${reasonOf(error)}`, { cause: error })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function* split(data: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
}

async function* pieces(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield* split(chunk, size)
}

const NEW_LINE = 10

async function* piecesOfLines(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, from)) {
      begun.push(chunk.subarray(from, end + 1))
      yield* split(Buffer.concat(begun), size)
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield* split(Buffer.concat(begun), size)
}
