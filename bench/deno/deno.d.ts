/** As much of Deno's own declarations as these programs use: https://docs.deno.com/api/deno/network */
interface DenoConn {
  /** null at the end of the stream. */
  read(into: Uint8Array): Promise<number | null>
  write(data: Uint8Array): Promise<number>
  setNoDelay(on?: boolean): void
  close(): void
}

interface DenoListener extends AsyncIterable<DenoConn> {
  addr: { port: number }
}

declare const Deno: {
  listen(options: { hostname: string; port: number; tcpBacklog?: number }): DenoListener
  connect(options: { hostname: string; port: number }): Promise<DenoConn>
}
