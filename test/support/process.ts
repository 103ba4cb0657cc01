/** Child programs: started, watched as they print, and ended by their own pid. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const examplesFolder = fileURLToPath(new URL('../../examples/', import.meta.url))

/** What a program printed and how it ended. */
export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface StartOptions {
  /** What is added to this process's environment, from which the settings of colours are taken away. */
  env?: NodeJS.ProcessEnv
  /** Arguments of the interpreter, before the program. */
  execArgv?: readonly string[]
}

// Below the limit of a test, so that a program that hangs is ended and what it printed is told.
const LIMIT_MS = 15_000 * Number(process.env.BERKELEY_TEST_PATIENCE ?? 1)

/** A running program. `await using` ends it with the block. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''

  /**
   * @param descriptors what the program gets as its descriptors from 3 on
   * @param cwd the folder in which it runs
   */
  constructor(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    descriptors: readonly number[] = [],
    cwd?: string,
  ) {
    const { FORCE_COLOR, NO_COLOR, NODE_DISABLE_COLORS, ...inherited } = process.env
    this.#child = spawn(command, args, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    }) as ChildProcessWithoutNullStreams
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    // A program that ends without reading its input is no error of this process.
    this.#child.stdin.on('error', () => {})
    this.#closed = once(this.#child, 'close')
  }

  /** Waits until the standard output matches, from its beginning; the match. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wrote(this.#child.stdout, () => this.#stdout, pattern)
  }

  /** The same of the standard error. */
  told(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wrote(this.#child.stderr, () => this.#stderr, pattern)
  }

  async #wrote(stream: Readable, text: () => string, pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(text())
      if (match) return match
      if (stream.readableEnded) {
        throw new Error(`the program ended and printed nothing like ${pattern}:\n${this.#stdout}${this.#stderr}`)
      }
      await Promise.race([once(stream, 'data'), once(stream, 'end')])
    }
  }

  /** Gives a part of the standard input, of which more may come. */
  type(text: string): this {
    this.#child.stdin.write(text)
    return this
  }

  /** Takes nothing from the standard output, which stays open. */
  pauseOutput(): void {
    this.#child.stdout.pause()
  }

  /** Reads no more of the standard output. */
  closeOutput(): void {
    this.#child.stdout.destroy()
  }

  /** Gives the standard input and closes it. */
  input(text: string): this {
    this.#child.stdin.end(text)
    return this
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits for the end. */
  async ended(): Promise<Outcome> {
    await this.#closed
    const { exitCode: code, signalCode: signal } = this.#child
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}

/** Starts `examples/<name>` with the Node that runs this. */
export function startExample(name: string, args: readonly string[] = [], options: StartOptions = {}): Program {
  return new Program(process.execPath, [...(options.execArgv ?? []), examplesFolder + name, ...args], options.env)
}

/** Runs `examples/<name>` to its end, without input. */
export async function runExample(
  name: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Outcome> {
  await using program = startExample(name, args, options).input('')
  return await program.ended()
}

/** The port that a server says it has. */
export async function portOf(server: Program): Promise<string> {
  const [, port] = await server.printed(/^(?:listening|receiving) on \S+ port (\d+)$/m)
  return port as string
}

/** Starts CPython on `code`; its output is not buffered. */
export function startPython(code: string, ...args: string[]): Program {
  return new Program('python3', ['-u', '-c', code, ...args])
}

/** Echo servers of CPython. They print their address as the examples do. */
export const pythonEchoServers = {
  tcp: `
import socket
listener = socket.create_server(('127.0.0.1', 0))
print('listening on 127.0.0.1 port', listener.getsockname()[1])
conn, _ = listener.accept()
while data := conn.recv(1024):
    conn.sendall(data)
`,
  udp: `
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('127.0.0.1', 0))
print('receiving on 127.0.0.1 port', sock.getsockname()[1])
while True:
    data, address = sock.recvfrom(65535)
    sock.sendto(data, address)
`,
}

/** Clients of CPython, for a port. They print whether all came back. */
export const pythonEchoClients = {
  tcp: `
import socket, sys
data = bytes(range(256)) * 256
conn = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
for i in range(16):
    conn.sendall(data)
    print(conn.recv(len(data), socket.MSG_WAITALL) == data)
conn.shutdown(socket.SHUT_WR)
print(conn.recv(1) == b'')
`,
  udp: `
import socket, sys
address = ('127.0.0.1', int(sys.argv[1]))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(10)
for data in [b'hello', b'', bytes(range(256)) * 32]:
    sock.sendto(data, address)
    print(sock.recvfrom(65535) == (data, address))
`,
}
