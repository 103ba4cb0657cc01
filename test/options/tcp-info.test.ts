/** `tcpInfo` against a C program that has the headers' structure, on the same descriptor and on the same bytes. */
import { spawnSync } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import { close, IPPROTO_TCP, type Socket, socket, TCP_INFO, type TcpInfo } from 'berkeley'
import { afterAll, describe, expect, test } from 'vitest'
import { connectionInfo, tcpInfo } from '../../lib/options/tcp-info.js'
import { can, listenTcp, tcpPair, temporaryFolder } from '../support/sockets.js'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())
const program = folder.path('tcp-info')
const compiled = can.linux && spawnSync('cc', ['-o', program, 'test/fixtures/tcp-info.c']).status === 0

/** What C prints, by the name of the field. */
function seenByC(input: number): Map<string, bigint> {
  const { status, stdout } = spawnSync(program, { stdio: [input, 'pipe', 'inherit'], encoding: 'utf8' })
  expect(status).toBe(0)
  const lines = stdout.trim().split('\n')
  return new Map(lines.map((line) => [line.split(' ')[0] as string, BigInt(line.split(' ')[1] as string)]))
}

const MILLISECONDS = /^tcpi_(last_(data|ack)_(sent|recv)|total_rto_time)$/
const MICROSECONDS = /^tcpi_(rto|ato|rtt|rttvar|rcv_rtt|min_rtt|busy_time|rwnd_limited|sndbuf_limited)$/
const STATES = ['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT']
const CONGESTION = ['OPEN', 'DISORDER', 'CWR', 'RECOVERY', 'LOSS']
const OPTIONS = ['timestamps', 'sack', 'wscale', 'ecn', 'ecnSeen', 'synData', 'usecTs', 'tfoChild']

/** A field of C as the object has it. */
function translated(name: string, value: bigint): unknown {
  const number = Number(value)
  if (name === 'tcpi_state') return [undefined, ...STATES, 'LAST_ACK', 'LISTEN', 'CLOSING'][number] ?? 'UNKNOWN'
  if (name === 'tcpi_ca_state') return CONGESTION[number] ?? 'UNKNOWN'
  if (name === 'tcpi_options') return OPTIONS.filter((_, bit) => number & (1 << bit))
  if (name === 'tcpi_delivery_rate_app_limited') return number === 1
  if (/_rate$/.test(name) && value === 2n ** 64n - 1n) return Number.POSITIVE_INFINITY
  if (name === 'tcpi_min_rtt' && value === 2n ** 32n - 1n) return undefined
  if (MILLISECONDS.test(name)) return number / 1e3
  return MICROSECONDS.test(name) ? number / 1e6 : number
}

const nameOf = (name: string): keyof TcpInfo =>
  name.replace('tcpi_', '').replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof TcpInfo

function expectSame(info: TcpInfo, fields: ReadonlyMap<string, bigint>): void {
  const expected = new Map([...fields].map(([name, value]) => [nameOf(name), translated(name, value)]))
  const entries = [...expected].filter(([, value]) => value !== undefined)
  expect(info).toEqual(Object.fromEntries(entries))
}

describe.skipIf(!compiled)('tcpInfo is what C sees [needs Linux, cc]', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('of bytes that are all different: %i', (seed) => {
    const bytes = Buffer.from(Array.from({ length: 276 }, (_, index) => (index * 37 + seed * 91 + (index >> 3)) & 0xff))
    if (seed === 1) bytes.fill(0xff)
    if (seed > 1) bytes[0] = seed + 4
    const path = folder.path(`bytes-${seed}`)
    writeFileSync(path, bytes)
    const input = openSync(path, 'r')
    try {
      const fields = seenByC(input)
      expect(fields.get('length')).toBe(276n)
      fields.delete('length')
      expect(fields.size).toBe(68)
      expectSame(tcpInfo.decode(bytes), fields)
    } finally {
      close(input)
    }
  })

  test('of a connection that has sent and received', () => {
    using ends = tcpPair()
    const { client, server } = ends
    for (let round = 0; round < 20; round++) {
      client.sendall(Buffer.alloc(10_000))
      let left = 10_000
      while (left > 0) left -= server.recv(left).length
      server.sendall('yes')
      client.recv(10)
    }
    client.setOption('maxPacingRate', 1e12)
    for (const sock of [client, server]) expectLive(sock)
    const { bytesSent, bytesReceived, bytesAcked, maxPacingRate } = client.getOption('tcpInfo')
    expect({ bytesSent, bytesReceived, maxPacingRate }).toEqual({
      bytesSent: 200_000,
      bytesReceived: 60,
      maxPacingRate: 1e12,
    })
    expect(bytesAcked).toBeGreaterThan(100_000)
    expect(server.getOption('tcpInfo').bytesReceived).toBe(200_000)
  })

  const CLOCK = /^tcpi_last_/

  /** C and this package ask one after the other: again where an acknowledgement came in between. */
  function expectLive(sock: Socket): void {
    for (;;) {
      const before = sock.getOption('tcpInfo')
      const fields = seenByC(sock.fileno())
      const after = sock.getOption('tcpInfo')
      expect(fields.get('length')).toBe(BigInt(sock.getsockopt(IPPROTO_TCP, TCP_INFO as never, 1024).length))
      fields.delete('length')
      const settled = [...fields.keys()].filter((name) => !CLOCK.test(name)).map(nameOf)
      if (settled.some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))) continue
      for (const [name, value] of fields) {
        const [first, last, seen] = [before[nameOf(name)], after[nameOf(name)], translated(name, value)]
        if (!CLOCK.test(name)) expect.soft(seen, name).toEqual(first)
        else expect.soft(Number(seen) >= Number(first) && Number(seen) <= Number(last), name).toBe(true)
      }
      expect(Object.keys(before).sort()).toEqual([...fields.keys()].map(nameOf).sort())
      return
    }
  }
})

describe.skipIf(!can.linux)('tcpInfo [needs Linux]', () => {
  test('of a listener says how many wait', () => {
    using listener = listenTcp()
    using client = tcpPairOf(listener)
    const info = listener.getOption('tcpInfo')
    expect(info).toMatchObject({ state: 'LISTEN', unacked: 1, sacked: 128 })
    expect(client.getOption('tcpInfo').state).toBe('ESTABLISHED')
  })

  test('of a socket before and after its connection', () => {
    using ends = tcpPair()
    ends.client.close()
    ends.server.recv(1)
    const after = ends.server.getOption('tcpInfo')
    expect(after.state).toBe('CLOSE_WAIT')
    expect(after.minRtt).toBeGreaterThan(0)
    using fresh = socket()
    const before = fresh.getOption('tcpInfo')
    expect(before.state).toBe('CLOSE')
    expect('minRtt' in before).toBe(false)
  })

  function tcpPairOf(listener: ReturnType<typeof listenTcp>): Socket {
    const client = socket()
    client.connect(listener.getsockname())
    return client
  }
})

test('fields that a shorter structure does not have are absent', () => {
  const info = tcpInfo.decode(Buffer.alloc(104, 1))
  expect(Object.keys(info)).toContain('totalRetrans')
  expect(Object.keys(info)).not.toContain('pacingRate')
  // A field that is cut in two is not there either.
  expect(Object.keys(tcpInfo.decode(Buffer.alloc(103, 1)))).not.toContain('totalRetrans')
  expect(Object.keys(tcpInfo.decode(Buffer.alloc(600, 1))).length).toBe(68)
})

// The offsets are those of macOS's headers: native/darwin/option_layouts.cc, which the build for macOS holds.
test('the structure of macOS is read by its own layout', () => {
  const raw = Buffer.alloc(112)
  raw.set([4, 7, 8], 0)
  raw.writeUInt32LE(0b0111, 4)
  raw.writeUInt32LE(0b10, 8)
  const words = { rto: 12, maxseg: 16, ssthresh: 20, cwnd: 24, sndWnd: 28, sbbytes: 32, rcvWnd: 36, rttcur: 40 }
  for (const [index, offset] of Object.values(words).entries()) raw.writeUInt32LE(1000 + index, offset)
  raw.writeUInt32LE(44, 44)
  raw.writeUInt32LE(48, 48)
  raw.writeUInt32LE((1 << 3) | (1 << 14), 52)
  for (let offset = 56; offset < 112; offset += 8) raw.writeBigUInt64LE(BigInt(2 ** 40 + offset), offset)
  expect(connectionInfo.decode(raw)).toEqual({
    ...{ state: 'ESTABLISHED', sndWscale: 7, rcvWscale: 8, options: ['timestamps', 'sack', 'wscale'] },
    ...{ lossRecovery: false, reorderingDetected: true, tfo: ['synDataSent', 'onebyteProxy'] },
    ...{ rto: 1, sndMss: 1001, sndSsthresh: 1002, sndCwnd: 1003, sndWnd: 1004, sndSbbytes: 1005, rcvWnd: 1006 },
    ...{ rttcur: 1.007, rtt: 0.044, rttvar: 0.048 },
    ...{ segsOut: 2 ** 40 + 56, bytesSent: 2 ** 40 + 64, bytesRetrans: 2 ** 40 + 72, segsIn: 2 ** 40 + 80 },
    ...{ bytesReceived: 2 ** 40 + 88, rxoutoforderbytes: 2 ** 40 + 96, totalRetrans: 2 ** 40 + 104 },
  })
})
