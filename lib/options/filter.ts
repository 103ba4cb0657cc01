/** Packet filters: classic BPF programs that the kernel runs on what arrives. See socket(7), bpf(4). */
import { native } from '../binding.js'
import { errorOf, socketError } from '../errors.js'
import {
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_DETACH_FILTER,
  SO_DETACH_REUSEPORT_BPF,
  SO_LOCK_FILTER,
  SOL_SOCKET,
} from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { setsockopt } from '../operations/options.js'
import { argumentTypeError, argumentValueError, checkBoolean, checkInteger, checkOptions } from '../validate.js'

/** An instruction: its code, how many to skip where a jump is taken and where it is not, and its number. */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number]

/** Which program is meant. */
export interface FilterOptions {
  /** The one that chooses which socket of a `reusePort` group gets a packet, by its number in the group. */
  readonly reusePort?: boolean | undefined
}

/** BPF_MAXINSNS. */
const MOST_INSTRUCTIONS = 4096

/** `struct sock_filter`: a 16-bit code, two bytes, 32 bits. */
function assemble(instructions: unknown): Uint8Array {
  if (!Array.isArray(instructions)) {
    throw argumentTypeError('instructions', 'a list of [code, jt, jf, k]', instructions)
  }
  if (instructions.length === 0 || instructions.length > MOST_INSTRUCTIONS) {
    const reason = `must have 1 to ${MOST_INSTRUCTIONS} instructions, not ${instructions.length}`
    throw argumentValueError('instructions', reason, instructions)
  }
  const codes = new Uint16Array(instructions.length * 4)
  const bytes = new Uint8Array(codes.buffer)
  const numbers = new Uint32Array(codes.buffer)
  for (const [index, instruction] of (instructions as unknown[]).entries()) {
    const name = `instructions[${index}]`
    if (!Array.isArray(instruction) || instruction.length !== 4) {
      throw argumentTypeError(name, 'a list of [code, jt, jf, k]', instruction)
    }
    const [code, jt, jf, k] = instruction as unknown[]
    checkInteger(`${name}[0]`, code, 0, 0xffff)
    checkInteger(`${name}[1]`, jt, 0, 0xff)
    checkInteger(`${name}[2]`, jf, 0, 0xff)
    // Offsets such as SKF_AD_OFF are below 0.
    checkInteger(`${name}[3]`, k, -0x80000000, 0xffffffff)
    codes[index * 4] = code
    bytes[index * 8 + 2] = jt
    bytes[index * 8 + 3] = jf
    numbers[index * 2 + 1] = k
  }
  return bytes
}

function isForReusePort(options: FilterOptions | undefined): boolean {
  if (options === undefined) return false
  checkOptions('options', options)
  const { reusePort = false } = options
  checkBoolean('options.reusePort', reusePort)
  return reusePort
}

/** An option of Linux; elsewhere there are no filters on sockets. */
function ofLinux(option: number | undefined): number {
  if (option !== undefined) return option
  const error = socketError('ENOPROTOOPT', 'setsockopt')
  error.message += ': filters on sockets are Linux’s'
  throw error
}

/** SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF. */
export function attachFilter(handle: Handle, instructions: unknown, options: FilterOptions | undefined): void {
  const program = assemble(instructions)
  const name = isForReusePort(options) ? SO_ATTACH_REUSEPORT_CBPF : SO_ATTACH_FILTER
  const result = native.setsockoptFilter(handle.fd, ofLinux(name), program)
  if (result < 0) throw errorOf(result, 'setsockopt')
}

/** SO_DETACH_FILTER, SO_DETACH_REUSEPORT_BPF. */
export function detachFilter(handle: Handle, options: FilterOptions | undefined): void {
  const name = isForReusePort(options) ? SO_DETACH_REUSEPORT_BPF : SO_DETACH_FILTER
  setsockopt(handle, SOL_SOCKET, ofLinux(name), 0, undefined)
}

/** SO_LOCK_FILTER. */
export function lockFilter(handle: Handle): void {
  setsockopt(handle, SOL_SOCKET, ofLinux(SO_LOCK_FILTER), 1, undefined)
}
