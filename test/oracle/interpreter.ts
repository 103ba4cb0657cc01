/** Performs the scenarios of the oracle with this package. The twin of interpreter.py. */
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import * as berkeley from 'berkeley'
import { GaiError, HostError, Socket, SocketError, type SocketFile, SocketTimeoutError } from 'berkeley'
import * as select from 'berkeley/select'
import * as selectors from 'berkeley/selectors'
import { isNonblocking } from '../support/sockets.js'
import { parse, type Scenario, type Step, type Value } from './notation.js'
import { describeStep, type Failure, type Outcome } from './outcome.js'
import type { Watchdog } from './watchdog.js'

const LONGEST_SHOWN = 256
const SETTLING_MS = 10_000

/** The step itself is wrong, or needs what this package does not have. */
class Broken extends Error {}

/** `recv_into` -> `recvInto`, `has_dualstack_ipv6` -> `hasDualstackIPv6`; `connect_ex` and constants stay. */
function nameHere(name: string): string {
  if (name === 'connect_ex' || name !== name.toLowerCase()) return name
  return name.replace('_ipv6', 'IPv6').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}

function fill(sock: Socket, data: Buffer, address?: berkeley.AddressIn): number {
  let total = 0
  for (;;) {
    try {
      total += address === undefined ? sock.send(data) : sock.sendto(data, address)
    } catch (error) {
      if (error instanceof SocketError && error.code === 'EAGAIN') return total
      throw error
    }
  }
}

function readExact(sock: Socket, count: number): Buffer {
  const chunks: Buffer[] = []
  for (let left = count; left > 0; ) {
    const chunk = sock.recv(left)
    if (chunk.length === 0) break
    chunks.push(chunk)
    left -= chunk.length
  }
  return Buffer.concat(chunks)
}

function readToEnd(sock: Socket): Buffer {
  const chunks: Buffer[] = []
  for (let chunk = sock.recv(65536); chunk.length > 0; chunk = sock.recv(65536)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function awaitTcpState(sock: Socket, state: number): boolean {
  const end = performance.now() + SETTLING_MS
  const info = berkeley.TCP_INFO
  if (info === undefined) throw new Broken('no TCP_INFO')
  while (sock.getsockopt(berkeley.IPPROTO_TCP, info, 1)[0] !== state) {
    if (performance.now() > end) throw new Broken(`the connection has not come to state ${state}`)
    pause()
  }
  return true
}

const opened: number[] = []

function openFile(path: string): number {
  const fd = openSync(path, 'r')
  opened.push(fd)
  return fd
}

/** A file with that content, opened: what `sendfile` takes. */
class Source {
  readonly fd: number
  constructor(path: string, content: Buffer) {
    writeFileSync(path, content)
    this.fd = openFile(path)
  }
}

/** An object with a descriptor. */
class Wrapped {
  readonly #fd: number
  constructor(fd: number) {
    this.#fd = fd
  }
  fileno(): number {
    return this.#fd
  }
}

/** Closes the descriptors in control messages: of each message its level, its type, and how many they were. */
function closeRights(ancdata: berkeley.AncillaryOut[]): number[][] {
  return ancdata.map(([level, type, data]) => {
    const count = Math.floor(data.length / 4)
    for (let at = 0; at < count; at++) berkeley.close(data.readInt32LE(4 * at))
    return [level, type, count]
  })
}

const { DefaultSelector, SelectSelector, PollSelector, EpollSelector } = selectors
const SELECTORS = { DefaultSelector, SelectSelector, PollSelector, EpollSelector }
type SelectorName = keyof typeof SELECTORS

type Callable = (...args: never[]) => unknown

const HELPERS: Record<string, Callable> = {
  adopt: Socket.adopt,
  nonblocking: (sock: Socket) => isNonblocking(sock.fileno()),
  fill,
  read_exact: readExact,
  read_to_end: readToEnd,
  await_tcp_state: awaitTcpState,
  touch: (path: string) => closeSync(openSync(path, 'wx')),
  open_file: openFile,
  unlink: unlinkSync,
  exists: existsSync,
  bytearray: (count: number) => Buffer.alloc(count, '.'),
  part: (buffer: Buffer, start: number, end: number) => buffer.subarray(start, end),
  content: (buffer: Buffer) => Buffer.from(buffer),
  source: (path: string, content: Buffer) => new Source(path, content),
  lines: (file: Iterable<unknown>) => [...file],
  wrap: (fd: number) => new Wrapped(fd),
  int32: (...numbers: number[]) => Buffer.from(Int32Array.from(numbers).buffer),
  close_rights: closeRights,
  selector: (name: SelectorName) => new SELECTORS[name](),
  keys_of: (selector: selectors.BaseSelector) =>
    [...(selector.getMap() ?? [])].map(([fd, { events, data }]) => [fd, events, data]),
  epoll_fromfd: (fd: number) => select.Epoll.fromfd(fd),
}

/** Whether a step is about the call, not about what surrounds it (files, buffers, waiting for the kernel). */
export const isCall = (step: Step): boolean => !(parse(step.call).name in HELPERS)

/** Where names are looked up: the entry points that stand for CPython's modules. */
const MODULES = [berkeley, select, selectors]

const PROPERTIES = new Set(['family', 'type', 'proto', 'closed'])

function constantOf(name: string): number {
  for (const module of MODULES) {
    const found: unknown = Reflect.get(module, name)
    if (typeof found === 'number') return found
  }
  throw new Broken(`no constant ${name}`)
}

function callable(owner: object, name: string, what: string): Callable {
  const found: unknown = Reflect.get(owner, nameHere(name))
  if (typeof found !== 'function') throw new Broken(`no ${what} ${nameHere(name)}`)
  return (...args) => Reflect.apply(found, owner, args)
}

const OPENED = [select.Epoll, selectors.BaseSelector, select.Poll, Wrapped]

const isKey = (value: unknown): value is selectors.SelectorKey =>
  typeof value === 'object' && value !== null && 'fileobj' in value

const isFile = (value: unknown): value is SocketFile =>
  typeof value === 'object' && value !== null && 'readable' in value && 'seekable' in value

class Scope {
  readonly folder: string
  readonly #names = new Map<string, unknown>()
  readonly #open: { close(): void }[] = []

  constructor(folder: string) {
    this.folder = folder
  }

  #lookUp(text: string): unknown {
    const [first = '', ...rest] = text.split('.')
    if (!this.#names.has(first)) throw new Broken(`${first} is bound to nothing`)
    return rest.reduce<unknown>((found, index) => (found as unknown[])[Number(index)], this.#names.get(first))
  }

  #decode(value: Value): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#decode(item))
    if (typeof value !== 'object' || value === null) return value
    if ('constants' in value) return value.constants.reduce((total, name) => total | constantOf(name), 0)
    if ('hex' in value) return Buffer.from(value.hex.repeat(value.times), 'hex')
    if ('ref' in value) return this.#lookUp(value.ref)
    if ('path' in value) {
      const path = `${value.abstract ? '\0' : ''}${this.folder}/${value.path}`.padEnd(value.length, '_')
      return value.bytes ? Buffer.from(path, 'latin1') : path
    }
    if ('float' in value) return value.float === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return {}
  }

  #functionOf(target: string | null, name: string): Callable {
    if (target === null) {
      return HELPERS[name] ?? callable(nameHere(name) in berkeley ? berkeley : select, name, 'function')
    }
    const owner = this.#lookUp(target) as Socket
    if (PROPERTIES.has(name)) return () => Reflect.get(owner, name) as unknown
    return callable(owner, name, 'method')
  }

  perform(step: Step): unknown {
    const { binds, target, name } = parse(step.call)
    const perform = this.#functionOf(target, name)
    const args = step.args.map((argument) => this.#decode(argument))
    if (step.options !== undefined) {
      const options = Object.entries(step.options)
      args.push(Object.fromEntries(options.map(([key, option]) => [nameHere(key), this.#decode(option)])))
    }
    const result = perform(...(args as never[]))
    const items = binds.length > 1 ? (result as unknown[]) : [result]
    binds.forEach((bind, index) => {
      this.#names.set(bind, items[index])
    })
    return result
  }

  encode(result: unknown): unknown {
    if (result === undefined) return null
    if (result === null || ['boolean', 'number', 'string'].includes(typeof result)) return result
    if (result instanceof Uint8Array) {
      const data = Buffer.from(result)
      if (data.length <= LONGEST_SHOWN) return { bytes: data.toString('hex'), length: data.length }
      return { sha256: createHash('sha256').update(data).digest('hex'), length: data.length }
    }
    if (Array.isArray(result)) return result.map((item) => this.encode(item))
    if (result instanceof Socket) {
      this.#open.push(result)
      return { socket: [result.family, result.type, result.proto] }
    }
    if (result instanceof select.Epoll || result instanceof selectors.BaseSelector) this.#open.push(result)
    if (OPENED.some((type) => result instanceof type))
      return { opened: (result as object).constructor.name.toLowerCase() }
    if (result instanceof Source) return { opened: 'source' }
    if (isFile(result)) {
      this.#open.push(result)
      return { file: [result.readable(), result.writable()] }
    }
    if (isKey(result)) return [result.fileobj, result.fd, result.events, result.data].map((item) => this.encode(item))
    throw new Broken(`a result of type ${typeof result}`)
  }

  close(): void {
    for (const thing of this.#open) {
      try {
        thing.close()
      } catch {
        // Its descriptor was closed by its number.
      }
    }
    for (const fd of opened.splice(0)) closeSync(fd)
    berkeley.setdefaulttimeout(null)
  }
}

function failureOf(failure: unknown): Failure | { broken: string } {
  if (failure instanceof AggregateError) return { error: 'group', errors: failure.errors.map(failureOf) }
  if (failure instanceof SocketTimeoutError) return { error: 'timeout' }
  if (failure instanceof SocketError) {
    const { code, errno, syscall } = failure
    const isNumbered =
      failure instanceof GaiError || failure instanceof HostError || Reflect.get(berkeley.errno, code) === errno
    if (!isNumbered || typeof syscall !== 'string') return { broken: `${failure} with errno ${errno} of ${syscall}` }
    return { error: code, errno }
  }
  const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
  if (code === 'ERR_INVALID_ARG_TYPE' || code === 'ERR_INVALID_ARG_VALUE') return { error: 'TypeError' }
  if (code === 'ERR_OUT_OF_RANGE') return { error: 'RangeError' }
  return { broken: failure instanceof Error ? `${failure.stack}` : String(failure) }
}

function outcomeOf(scope: Scope, step: Step): Outcome {
  try {
    return { value: scope.encode(scope.perform(step)) }
  } catch (failure) {
    return failureOf(failure)
  }
}

/** Performs a scenario in the folder of that name, which it makes and removes. One outcome per step. */
export function run(scenario: Scenario, folder: string, watchdog: Watchdog): Outcome[] {
  mkdirSync(folder)
  const scope = new Scope(folder)
  const outcomes = scenario.steps.map((step, index) => {
    watchdog.begin(`${scenario.name}, step ${index + 1}, ${describeStep(step)}`)
    return outcomeOf(scope, step)
  })
  watchdog.end()
  scope.close()
  rmSync(folder, { recursive: true })
  return outcomes
}
