import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { loadBinary } from './load.js'
import type { AsyncLookUps, LookUps, PendingJob, Text } from './native-look-ups.js'

/**
 * The native surface. Results are >= 0, or a negative errno, or one of the codes in `errors.ts`.
 * A function without parameters takes its arguments from the shared memory (see below), and one that answers `void`
 * leaves its result there, in RESULT.
 */
export interface Native extends LookUps, AsyncLookUps {
  /** The constants that this platform's headers have, each at its place in the table. */
  readonly constants: readonly (number | undefined)[]
  /** Tells the order of the table from that of another version. */
  readonly fingerprint: number
  /** Makes an object of them, by name. */
  nameConstants(): Readonly<Record<string, number | undefined>>
  /** Every errno of this platform's headers, by name. */
  readonly errno: Readonly<Record<string, number>>
  readonly shared: ArrayBuffer
  readonly layout: Readonly<Record<string, number>>
  /** Whether the process began with this thread; then it is no worker. */
  readonly isFirstThread: boolean
  setProbe(probe: () => void, isMainThread: boolean): void

  socket(family: number, type: number, proto: number): number
  socketpair(family: number, type: number, proto: number): number
  adopt(fd: number): number
  own(fd: number): number
  dup(fd: number): number
  close(fd: number): number
  closeOwned(fd: number, token: number): number
  /** The descriptor of a token, or EBADF where it is not owned any more. Looks at each that there is. */
  descriptorOf(token: number): number
  detach(fd: number, token: number): number
  setNonblocking(fd: number, on: number): number
  getInheritable(fd: number): number
  setInheritable(fd: number, inheritable: number): number

  encodeAddress(): number
  bind(): number
  listen(fd: number, backlog: number): number
  shutdown(fd: number, how: number): number
  accept(): number
  connect(): number
  getsockname(): number
  getpeername(): number

  recv(view: Uint8Array): number
  recvSmall(): void
  send(view: Uint8Array): number
  sendSmall(): void
  sendall(view: Uint8Array): number
  sendallSmall(): void
  /** How many of `count` bytes one attempt has sent from `offset` on; 0 at the end of the file. */
  sendfile(file: number, offset: number, count: number): number
  /** A pipe: the descriptor of its reading end; that of the other in VALUE, their tokens in TOKEN and TOKEN2. */
  pipe(size: number): number
  /** splice(2) between the socket in FD and a pipe, whose other end is given: bytes, 0 at the end of the stream. */
  spliceIn(pipe: number, count: number): number
  spliceOut(pipe: number, count: number): number
  /** lseek(2) from the beginning. */
  seek(file: number, position: number): number

  /** What came with a message is in the shared memory; the first form receives into `small`. */
  recvmsgSmall(): number
  recvmsg(views: readonly Uint8Array[]): number
  /** With a block of control messages; the first form sends from `small`. */
  sendmsgSmall(control: Uint8Array): number
  sendmsg(views: readonly Uint8Array[], control: Uint8Array | undefined): number
  /** The memory of a batch: its messages, and a record for each with what follows it. How many messages were moved. */
  recvmmsg(slab: Uint8Array, records: Uint8Array): number
  sendmmsg(slab: Uint8Array, records: Uint8Array): number
  /** Decodes the control message at `CONTROL_POSITION`: 1, or 0 at the end. */
  nextControl(): number
  /** Writes a control message at `position` of `block`: the position behind it. */
  writeControl(block: Uint8Array, position: number, level: number, type: number, data: Uint8Array): number
  /** The descriptors that came with the last message, `UNTAKEN` of them, have an owner; or have none, and are closed. */
  takeUntaken(): number
  closeUntaken(): number

  /** Who is told, newest first: test runners load this package several times over one addon. Made by the engine. */
  deliverers?: ((count: number) => void)[]
  /** Those that wait for a lookup, by its id. Made by the lookups. */
  pendingJobs?: Map<number, PendingJob>
  /** Whether splices go through a buffer as on systems without splice(2). Made by the splice. */
  spliceFallback?: { isForced: boolean }
  /** How long closed sockets may send what zero copy sends have left. Made by their reader. */
  lingering?: { limitNs: number }
  /** Has the poller be of a kind (0 = the system's, 1 = io_uring) where there is none yet: the one there is, or negative. */
  choosePoller(kind: number): number
  /** `deliver` gets how many events stand in the shared memory from READY on. */
  startEngine(wakerKind: number, deliver: (count: number) => void): number
  /** Changes what is watched of `fd` from `before` to `interest`, readiness bits. */
  watch(fd: number, token: number, before: number, interest: number): number
  /** The memory for arrivals: see arrivals.ts. `undefined` where there is none. */
  openArrivals(): ArrayBuffer | undefined
  /** Keeps the process alive, or no more, as `WAITING` says. */
  updateReference(): number
  /** How a connect(2) in progress ended: 0, an error, or EINPROGRESS where it has not. */
  finishConnect(fd: number): number
  /** Waits until `fd` is ready for `events` of poll(2), as the shared timeout allows: 1, 2 at the end, or negative. */
  waitReady(fd: number, events: number): number

  setsockoptInt(fd: number, level: number, name: number, value: number): number
  setsockoptBytes(fd: number, level: number, name: number, value: Uint8Array): number
  /** A classic BPF program, 8 bytes an instruction; `name` is an option of SOL_SOCKET that takes one. */
  setsockoptFilter(fd: number, name: number, instructions: Uint8Array): number
  /**
   * `action`: 0 = join, 1 = leave, 2 = block a source, 3 = unblock it. The bytes of addresses, empty where there is none;
   * the interface by its index or an IPv4 address.
   */
  setMembership(
    fd: number,
    action: number,
    group: Uint8Array,
    source: Uint8Array,
    index: number,
    address: Uint8Array,
  ): number
  setsockoptNull(fd: number, level: number, name: number, length: number): number
  getsockoptInt(fd: number, level: number, name: number): number
  getsockoptBytes(fd: number, level: number, name: number, value: Uint8Array): number

  /** What turns readable when a lookup that was begun is done; negative before the first one. */
  jobsDescriptor(): number
  /** The answer of one that is done, with its id in TOKEN; 0 stands there, and then comes nothing, when none is left. */
  takeJob(): unknown
  /** Nobody wants the answer of a lookup that was begun. It gives its place to another one with `passJobsOn`. */
  abandonJob(id: number): number
  passJobsOn(): number
  /** Decodes the bytes of a sockaddr into the shared `from`. */
  decodeAddress(sockaddr: Uint8Array): number
  /** Decodes what stands raw in the shared `from`, of a socket of that protocol: 1, or 0 where it knows no form for it. */
  decodeFamily(proto: number): number
  /** What a socket's addresses have by name and the kernel by number: interfaces; on macOS, kernel controls. */
  numberOfName(fd: number, name: Text): number
  nameOfNumber(fd: number, number: number): string

  getservbyname(name: string, proto: string | null): number
  getservbyport(port: number, proto: string | null): string | number
  getprotobyname(name: string): number
  gethostname(): string | number
  sethostname(name: Text): number

  ifNameindex(): number | [index: number, name: string][]
  ifNametoindex(name: Text): number
  ifIndextoname(index: number): string | number

  /** `entries`: three words each, what is asked and answered being `POLL*` bits. How many are ready. */
  poll(entries: Int32Array, count: number, timeoutNs: number): number
  /** The same, what is asked and answered being 1 = readable, 2 = writable, 4 = exceptional. */
  select(entries: Int32Array, count: number, timeoutNs: number): number
  /** A queue that polls readable once there is news of the entries, which ask as for `select` (`kinds` 1) or `poll` (0). */
  watchEntries(entries: Int32Array, count: number, kinds: number): number
  drainWatched(queue: number): number
  epollCreate(): number
  /** `change`: 0 = add, 1 = modify, 2 = remove. */
  epollControl(epoll: number, change: number, fd: number, events: number): number
  /** `events`: room for `count` of them, two words each. */
  epollWait(epoll: number, events: Int32Array, count: number, timeoutNs: number): number
  kqueueCreate(): number
  /** Six doubles an event; `events` has room for `count` of them. */
  kqueueControl(kqueue: number, changes: Float64Array, events: Float64Array, count: number, timeoutNs: number): number

  inetAton(text: string): Buffer | number
  inetPton(family: number, text: string): Buffer | number
  inetNtop(family: number, packed: Uint8Array): string | number
}

/** CommonJS's, from the folder of this file's. */
export const require: NodeJS.Require = createRequire(import.meta.url)

function load(): Native {
  // This file's folder is one of the package's.
  const root = fileURLToPath(new URL('../', import.meta.url))
  // Another build of the addon (with sanitizers, for tests; or where a bundler has put it).
  return loadBinary(root, loadAddon, process, process.env.BERKELEY_ADDON) as Native
}

/** What a binary exports. @throws {Error} where that is not what this package's has */
function loadAddon(path: string): unknown {
  const loaded = require(path) as Partial<Native> | undefined
  if (loaded?.layout === undefined) throw new Error(`${path}: another addon than this package's`)
  return loaded
}

export const native = load()

/** As `node:worker_threads` has it, which most programs need not load for that. */
export const isMainThread: boolean =
  native.isFirstThread || (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread

native.setProbe(() => {}, isMainThread)

function otherVersion(what: string): Error {
  return new Error(`berkeley: the native addon is of another version (${what})`)
}

/** The values of the constants, each at the place that the table of this fingerprint gives it: see scripts/bundle. */
export function valuesOf(fingerprint: number): readonly (number | undefined)[] {
  if (native.fingerprint !== fingerprint) throw otherVersion('other constants')
  return native.constants
}

let named: Readonly<Record<string, number | undefined>> | undefined

/** The same by their names. */
export function namedConstants(): Readonly<Record<string, number | undefined>> {
  named ??= native.nameConstants()
  return named
}

const { layout } = native
/** Where `name` stands in the shared memory, in bytes. A missing name is an addon of another version. */
export function place(name: string): number {
  const offset = layout[name]
  if (offset === undefined) throw otherVersion(`no "${name}"`)
  return offset
}
export const word = (name: string): number => place(name) >> 2
const field = (name: string): number => (place('from') + place(name)) >> 2

/** The shared memory as 32-bit words; the constants below say which. */
export const words = new Int32Array(native.shared)
/** One double: nanoseconds; below 0 = wait for ever, 0 = do not wait. */
export const timeouts = new Float64Array(native.shared, place('timeoutNs'), 1)

export const FD = word('fd')
export const OFFSET = word('offset')
export const LENGTH = word('length')
export const FLAGS = word('flags')
export const MODE = word('mode')
export const POLL_FIRST = word('pollFirst')
export const BYTES_SENT = word('bytesSent')
export const DEFERRED_ERROR = word('deferredError')
export const RESULT = word('result')
export const VALUE = word('value')
export const TOKEN = word('token')
export const TOKEN2 = word('token2')
export const FAMILY = word('family')
export const TYPE = word('type')
export const PROTO = word('proto')
export const NONBLOCKING = word('nonblocking')
export const LISTENING = word('listening')
export const LOW_WATER = word('lowWater')
export const HAS_INTERRUPT_HANDLER = word('hasInterruptHandler')
export const ENCODE_COUNT = word('encodeCount')
export const ADDRESS_LENGTH = word('addressLength')
export const SPIN_US = word('spinUs')
export const WAITING = word('waiting')
export const IN_DISPATCH = word('inDispatch')
export const MESSAGE_FLAGS = word('messageFlags')
export const UNTAKEN = word('untaken')
export const CONTROL_ROOM = word('controlRoom')
export const CONTROL_LENGTH = word('controlLength')
export const CONTROL_POSITION = word('controlPosition')
export const CONTROL_LEVEL = word('controlLevel')
export const CONTROL_TYPE = word('controlType')
export const CONTROL_DATA_OFFSET = word('controlDataOffset')
export const CONTROL_DATA_LENGTH = word('controlDataLength')
/** The events of a batch, each three words: descriptor, token, readiness. */
export const READY = word('ready')

export const READABLE = place('readable')
export const WRITABLE = place('writable')
export const HUNG_UP = place('hungUp')
export const FAILED = place('failed')
export const URGENT = place('urgent')

export const MODE_WITH_ADDRESS = place('modeWithAddress')
export const MODE_ONCE = place('modeOnce')
export const MODE_FILL = place('modeFill')
export const MODE_KERNEL_TIMEOUT = place('modeKernelTimeout')
export const MODE_MESSAGE = place('modeMessage')

words[HAS_INTERRUPT_HANDLER] = -1

/** The address that the kernel gave, in fields. */
export const FROM_FAMILY = field('fieldFamily')
export const FROM_PORT = field('fieldPort')
export const FROM_FLOWINFO = field('fieldFlowinfo')
export const FROM_SCOPE_ID = field('fieldScopeId')
export const FROM_IPV4 = field('fieldIpv4')
/** Bytes; -1 = no address. */
export const FROM_TEXT_LENGTH = field('fieldTextLength')
/** The first of several numbers; each family has its own. */
export const FROM_VALUES = field('fieldValues')

/** The address to encode: the same fields. */
const toWords = (place('to') - place('from')) >> 2
export const TO_FAMILY = FROM_FAMILY + toWords
export const TO_PORT = FROM_PORT + toWords
export const TO_FLOWINFO = FROM_FLOWINFO + toWords
export const TO_SCOPE_ID = FROM_SCOPE_ID + toWords
export const TO_TEXT_LENGTH = FROM_TEXT_LENGTH + toWords
export const TO_VALUES = FROM_VALUES + toWords
/** The protocol of the socket that the address is for, or FORM_RAW. */
export const TO_FORM = field('fieldForm') + toWords
export const FORM_RAW = place('formRaw')

export const textSize = place('textSize')
export const fromText = Buffer.from(native.shared, place('from') + place('fieldText'), textSize)
export const toText = Buffer.from(native.shared, place('to') + place('fieldText'), textSize)
/** The address that the kernel gave, as a whole. */
export const fromBytes = Buffer.from(native.shared, place('from'), place('to') - place('from'))
/** The encoded address: the bytes of a sockaddr, of which ADDRESS_LENGTH count. No Buffer, whose `slice` copies nothing. */
export const addressBytes = new Uint8Array(native.shared, place('address'), place('addressSize'))
/** Where short messages are copied, which costs less than looking up the caller's buffer. */
export const small = Buffer.from(native.shared, place('small'), place('smallSize'))
/** The longest message that is sent from there. */
export const smallSend = place('smallSend')
/** The control messages received; and what cmsg(3) says of their headers and of their padding, bytes. */
export const controlBytes = Buffer.from(native.shared, place('control'), place('controlSize'))
export const controlHeader = place('controlHeader')
export const controlAlign = place('controlAlign')
