/** What is printed, byte for byte and line by line. */

/** Whether whoever read the output has gone. */
export function isClosedPipe(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED'
}

/** Prints a line on the standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints a line on the standard error, where it is apart from data. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Resolves once all that was printed is out, so that the process can end. */
export async function ended(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      if (stream.destroyed || stream.writableLength === 0) resolve()
      else stream.write('', () => resolve())
    })
  }
}
