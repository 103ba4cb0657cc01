/** The messages of a control connection, and the checks that all of them pass: neither side trusts the other. */
import { machineCheck } from './machine.js'
import {
  amount,
  boolean,
  type Checked,
  count,
  integer,
  nullable,
  number,
  oneOf,
  record,
  tagged,
  text,
} from './schema.js'

/** Bytes of a datagram's data at most, in IPv4. */
export const LONGEST_DATAGRAM = 65_507
export const MOST_CONNECTIONS = 1024
export const MOST_SECONDS = 86_400
const MOST_BLOCK = 16 * 1024 * 1024
const MOST_BYTES = 2 ** 50
const MOST_BITS = 1e12

export const DIRECTIONS = ['up', 'down', 'duplex'] as const
/** `up`: from the client to the server. */
export type Direction = (typeof DIRECTIONS)[number]

const seconds = number(0.001, MOST_SECONDS)
const id = integer(1, 1e6)

/** What a client asks for. */
export const specCheck = tagged('kind', {
  throughput: record({
    direction: oneOf(...DIRECTIONS),
    parallel: integer(1, MOST_CONNECTIONS),
    /** After `omit`; left out where `bytes` is given. */
    seconds: nullable(seconds),
    /** Of all connections together, in each direction. */
    bytes: nullable(integer(1, MOST_BYTES)),
    omit: number(0, 60),
    block: integer(1, MOST_BLOCK),
    interval: number(0.05, 3600),
    noDelay: boolean,
    congestion: nullable(text(15)),
    window: nullable(integer(1, 2 ** 30)),
  }),
  /** Each message of a connection is sent back. */
  echo: record({ seconds, size: integer(1, MOST_BLOCK) }),
  /** The same with datagrams. */
  'udp-echo': record({ seconds, size: integer(1, LONGEST_DATAGRAM) }),
  /** Each connection is accepted, answered with one byte and closed. */
  connections: record({ seconds, parallel: integer(1, MOST_CONNECTIONS) }),
  udp: record({
    direction: oneOf('up', 'down'),
    seconds,
    /** Bits of data per second; `null`: as fast as it goes. */
    bitrate: nullable(number(1, MOST_BITS)),
    size: integer(1, LONGEST_DATAGRAM),
    interval: number(0.05, 3600),
  }),
})
export type Spec = Checked<typeof specCheck>
export type SpecOf<K extends Spec['kind']> = Extract<Spec, { kind: K }>

const cpu = record({ user: amount, system: amount })

/** Bytes that went one way: all of them, and those that count with the seconds in which they went. */
const flowCheck = record({ total: count, measured: count, seconds: amount })
export type Flow = Checked<typeof flowCheck>

/** What the kernel knows of the connections of one side, sums and means of them; `null`: it does not say. */
const tcpCheck = record({
  retransmits: nullable(count),
  /** Nanoseconds. */
  rttNs: nullable(amount),
  minRttNs: nullable(amount),
  /** Bytes. */
  cwnd: nullable(amount),
  mss: nullable(amount),
  congestion: nullable(text(40)),
})
export type TcpSummary = Checked<typeof tcpCheck>

/** One side's part of a throughput test. */
const sideCheck = record({
  sent: nullable(flowCheck),
  received: nullable(flowCheck),
  cpu,
  tcp: nullable(tcpCheck),
  /** Whether every connection was read to its end. */
  clean: boolean,
})
export type Side = Checked<typeof sideCheck>

/** What came of a flow of datagrams: counts of the whole, or of an interval. */
const lossFields = {
  received: count,
  bytes: count,
  lost: count,
  reordered: count,
  duplicates: count,
  jitterNs: amount,
}
const lossCheck = record({ ...lossFields, seconds: amount, cpu, receiveBuffer: nullable(count) })
export type Loss = Checked<typeof lossCheck>
const sentCheck = record({ sent: count, seconds: amount, skipped: amount, segments: boolean, cpu })
export type Sent = Checked<typeof sentCheck>

const spanFields = { from: amount, to: amount }
const tcpIntervalCheck = record({ ...spanFields, sent: count, received: count, tcp: nullable(tcpCheck) })
export type TcpInterval = Checked<typeof tcpIntervalCheck>
const lossIntervalCheck = record({ ...spanFields, ...lossFields })
export type LossInterval = Checked<typeof lossIntervalCheck>

export const requestCheck = tagged('type', {
  hello: record({ client: machineCheck }),
  test: record({ id, spec: specCheck }),
  /** The client's part is over: no more is sent, and the result is awaited. */
  stop: record({ id, sent: nullable(count), interrupted: boolean }),
  bye: record({}),
})
export type Request = Checked<typeof requestCheck>
export type RequestOf<T extends Request['type']> = Extract<Request, { type: T }>

export const replyCheck = tagged('type', {
  welcome: record({
    server: machineCheck,
    session: integer(0, 0xffffffff),
    token: text(32),
    /** Whether UDP is served. */
    udp: boolean,
    limits: record({
      seconds,
      parallel: integer(1, MOST_CONNECTIONS),
      /** Bits per second of all of a session's connections, or of its datagrams. */
      bitrate: nullable(number(1, MOST_BITS)),
    }),
  }),
  /** The connections of a test, or its datagrams, may come. */
  ready: record({ id }),
  /** All connections are there: both sides begin. */
  start: record({ id }),
  tcp: record({ id, interval: tcpIntervalCheck }),
  loss: record({ id, interval: lossIntervalCheck }),
  /** The server has sent its datagrams. */
  sent: record({ id, sent: sentCheck }),
  result: record({
    id,
    side: nullable(sideCheck),
    loss: nullable(lossCheck),
    sent: nullable(sentCheck),
    /** Messages echoed, or connections accepted. */
    served: nullable(count),
    cpu,
  }),
  error: record({ id: nullable(id), code: text(40), message: text(400) }),
  goodbye: record({ reason: text(200) }),
})
export type Reply = Checked<typeof replyCheck>
export type ReplyOf<T extends Reply['type']> = Extract<Reply, { type: T }>
export type Limits = ReplyOf<'welcome'>['limits']
