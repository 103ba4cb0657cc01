/** Messages with ancillary data, received and sent in both forms: synchronous and as promises. */
import { spawnSync } from 'node:child_process'
import type { AddressIn, AddressOut, AncillaryIn, AncillaryOut, Socket } from 'berkeley'

export type Message = [data: Buffer, ancdata: AncillaryOut[], flags: number, address: AddressOut | null]

/** Enough for all control messages of one message. */
export const ANCBUFSIZE = 2048

export interface Form {
  readonly name: string
  receive(sock: Socket, flags?: number): Promise<Message>
  send(sock: Socket, data: string | Uint8Array, ancdata: AncillaryIn[], address?: AddressOut | null): Promise<number>
}

/** What comes as an address goes as one: `null` as none. */
const target = (address: AddressOut | null | undefined): AddressIn | undefined => (address ?? undefined) as AddressIn

/** A call that throws rejects, so that both forms fail alike. */
export const forms: readonly Form[] = [
  {
    name: 'synchronous',
    receive: async (sock, flags = 0) => sock.recvmsg(65_536, ANCBUFSIZE, flags),
    send: async (sock, data, ancdata, address) => sock.sendmsg([data], ancdata, 0, target(address)),
  },
  {
    name: 'asynchronous',
    receive: (sock, flags = 0) => sock.recvmsgAsync(65_536, { ancbufsize: ANCBUFSIZE, flags }),
    send: (sock, data, ancdata, address) => sock.sendmsgAsync([data], { ancdata, address: target(address) }),
  },
]

/** The ancillary data of the next message as CPython has it, on the very same descriptor; the bytes as hex. */
export function ancdataOfPython(sock: Socket, flags = 0): [level: number, type: number, hex: string][] {
  const program = `
import json, socket
sock = socket.socket(fileno=3)
ancdata = sock.recvmsg(65536, ${ANCBUFSIZE}, ${flags})[1]
print(json.dumps([(level, type, data.hex()) for level, type, data in ancdata]))
`
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', sock.fileno()],
    timeout: 10_000,
  })
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`)
  return JSON.parse(stdout) as [number, number, string][]
}

/** Ancillary data in the form of {@link ancdataOfPython}. */
export const inHex = (ancdata: readonly AncillaryOut[]): [number, number, string][] =>
  ancdata.map(([level, type, data]) => [level, type, data.toString('hex')])
