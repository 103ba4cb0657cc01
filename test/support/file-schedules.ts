/** Random schedules of calls of files, and who performs them: this package, or CPython in a child. */
import { spawnSync } from 'node:child_process'
import { type BinaryFile, MSG_DONTWAIT, SHUT_WR, type Socket, SocketError, socketpair, type TextFile } from 'berkeley'
import { drain, type Random } from './async.js'

export type Step = [name: string, ...args: unknown[]]

export interface Schedule {
  mode: string
  options: { buffering?: number; encoding?: string; errors?: 'strict' | 'replace' | 'ignore'; newline?: string | null }
  blocking: boolean
  steps: Step[]
}

/** Any file, as a schedule calls it. */
export type AnyFile = (BinaryFile | TextFile) & Record<string, (...args: unknown[]) => unknown>

export function openFile(sock: Socket, { mode, options }: Schedule): AnyFile {
  return sock.makefile(mode, options as object) as unknown as AnyFile
}

/** CPython's answers to each step of each schedule. */
export function byPython(schedules: readonly Schedule[]): unknown[][] {
  const { status, stdout, stderr } = spawnSync('python3', ['test/fixtures/files.py'], {
    input: JSON.stringify(schedules),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 60_000,
  })
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`)
  return JSON.parse(stdout) as unknown[][]
}

const decoded = (argument: unknown): unknown => {
  if (Array.isArray(argument)) return argument.map(decoded)
  if (typeof argument === 'object' && argument !== null) return Buffer.from((argument as { b: string }).b, 'hex')
  return argument
}

export const encoded = (result: unknown): unknown => {
  if (result instanceof Uint8Array) return { b: Buffer.from(result).toString('hex') }
  if (Array.isArray(result)) return result.map(encoded)
  return result === undefined ? null : result
}

export function failure(error: unknown): unknown {
  if (error instanceof TypeError) return { error: 'UnicodeEncodeError' }
  if (!(error instanceof SocketError)) throw error
  if (error.code === 'EILSEQ') return { error: 'UnicodeDecodeError' }
  if (error.code !== 'EAGAIN') return { error: 'OSError' }
  return { error: 'EAGAIN', written: error.charactersWritten ?? null }
}

function call(file: AnyFile, [name, ...args]: Step): unknown {
  if (name === 'readinto') {
    const room = Buffer.alloc(args[0] as number)
    return [file.readinto?.(room), room]
  }
  if (name === 'next') return [...firstOf(file as unknown as Iterable<unknown>)][0] ?? null
  return file[name]?.(...args.map(decoded))
}

function* firstOf<T>(items: Iterable<T>): Generator<T> {
  for (const item of items) {
    yield item
    return
  }
}

/** This package's answers. */
export function byBerkeley(schedule: Schedule): unknown[] {
  const [sock, peer] = socketpair()
  using _sock = sock
  using _peer = peer
  sock.setblocking(schedule.blocking)
  const file = openFile(sock, schedule)
  const perform = (step: Step): unknown => {
    const [name, argument] = step
    if (name === 'send') return peer.sendall(Buffer.from(argument as string, 'hex'))
    if (name === 'end') return peer.shutdown(SHUT_WR)
    if (name === 'taken') return drain(peer)
    if (name === 'recv') return sock.recv(argument as number, MSG_DONTWAIT)
    return call(file, step)
  }
  const answers = schedule.steps.map((step) => {
    try {
      return encoded(perform(step))
    } catch (error) {
      return failure(error)
    }
  })
  try {
    file.close()
  } catch (error) {
    failure(error)
  }
  return answers
}

/** Bytes in pieces of random sizes. */
export function cut(data: Buffer, random: Random, most: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < data.length; ) {
    const size = 1 + random(most)
    pieces.push(data.subarray(at, at + size))
    at += size
  }
  return pieces
}

export const oneOf = <T>(random: Random, ...values: T[]): T => values[random(values.length)] as T

const BYTES = Buffer.from('\n\r\nabcde \xff', 'latin1')

/** Bytes with line ends of all kinds. */
export function lines(random: Random, size: number): Buffer {
  const made = Buffer.alloc(size)
  for (let i = 0; i < size; i++) made[i] = BYTES[random(BYTES.length)] as number
  return made
}

const CHARACTERS = ['a', 'b', ' ', 'é', 'ß', '€', '漢', '😀', '\n', '\r', '\r\n', '\n', '\ufeff', '\u2028']

/** Text with characters of one to four bytes, and with line ends of all kinds. */
export function text(random: Random, size: number): string {
  let made = ''
  for (let i = 0; i < size; i++) made += CHARACTERS[random(CHARACTERS.length)]
  return made
}
