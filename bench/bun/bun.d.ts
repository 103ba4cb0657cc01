/** As much of Bun's own declarations as these programs use: https://bun.com/docs/api/tcp */
interface BunSocket {
  /** The number of bytes taken. */
  write(data: Uint8Array): number
  end(): void
  setNoDelay(on: boolean): void
}

interface BunHandlers {
  open?(socket: BunSocket): void
  data(socket: BunSocket, data: Buffer): void
  drain?(socket: BunSocket): void
  error(socket: BunSocket, error: Error): void
}

interface BunAddress {
  hostname: string
  port: number
  socket: BunHandlers
}

declare const Bun: {
  connect(options: BunAddress): Promise<BunSocket>
  listen(options: BunAddress): { port: number }
  gc(synchronous: boolean): void
}
