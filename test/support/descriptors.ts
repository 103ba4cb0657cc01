/** Descriptors that are no sockets, for tests of what takes any. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { socketpair } from 'berkeley'
import { bytesFrom } from './async.js'
import { temporaryFolder } from './sockets.js'

/** A number that no descriptor of this process has. */
export const NOT_OPEN = 0x7ffffff0

/** Both ends of a pipe, none of which blocks. */
export interface Pipe extends Disposable {
  readonly reader: number
  readonly writer: number
  /** Writes until the pipe is full. */
  fill(): void
  closeReader(): void
  closeWriter(): void
}

/** A pipe, by way of a fifo. */
export function pipe(): Pipe {
  using folder = temporaryFolder()
  const path = folder.path('fifo')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  const open = new Set([reader, writer])
  const close = (fd: number) => {
    if (open.delete(fd)) closeSync(fd)
  }
  return {
    reader,
    writer,
    fill() {
      const chunk = Buffer.alloc(65_536)
      try {
        for (;;) writeSync(writer, chunk)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      }
    },
    closeReader: () => close(reader),
    closeWriter: () => close(writer),
    [Symbol.dispose]() {
      close(reader)
      close(writer)
    },
  }
}

/** A regular file, open for reading and writing, with some bytes. */
export function regularFile(): { readonly fd: number } & Disposable {
  using folder = temporaryFolder()
  writeFileSync(folder.path('file'), 'some bytes')
  const fd = openSync(folder.path('file'), 'r+')
  return {
    fd,
    [Symbol.dispose]() {
      closeSync(fd)
    },
  }
}

/** How many descriptors this process has open. */
export const countDescriptors = (): number => readdirSync('/dev/fd').length

/** The asynchronous engine has descriptors of its own from the first call that waits: before they are counted. */
export async function startEngine(): Promise<void> {
  const [waiting, peer] = socketpair()
  const received = waiting.recvAsync(1)
  peer.send('x')
  await received
  waiting.close()
  peer.close()
}

/** A file with the first `size` bytes of the stream of `bytesFrom`. */
export function fileOf(size: number): { fd: number; path: string } & Disposable {
  const folder = temporaryFolder()
  const path = folder.path('file')
  writeFileSync(path, bytesFrom(0, size))
  const fd = openSync(path, 'r+')
  return {
    fd,
    path,
    [Symbol.dispose]() {
      closeSync(fd)
      folder[Symbol.dispose]()
    },
  }
}

/** The CPU time in milliseconds that this process spends while `call` runs. */
export function cpuMs(call: () => unknown): number {
  const before = process.cpuUsage()
  call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
