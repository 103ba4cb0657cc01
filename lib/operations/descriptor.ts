/** How sockets come to be, and what is asked of their descriptors: socket(2), socketpair(2), fcntl(2). */
import {
  FAMILY,
  LISTENING,
  LOW_WATER,
  MODE_KERNEL_TIMEOUT,
  NONBLOCKING,
  native,
  PROTO,
  TOKEN2,
  TYPE,
  VALUE,
  words,
} from '../binding.js'
import { getdefaulttimeoutNs } from '../defaults.js'
import { sourceOf } from '../engine.js'
import { errorOf } from '../errors.js'
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../generated/constants.js'
import { Handle, newToken, setTimeoutNs } from '../handle.js'
import { checkInt, checkInteger, checkNumber } from '../validate.js'

const TYPE_FLAGS = (SOCK_NONBLOCK ?? 0) | (SOCK_CLOEXEC ?? 0)

/** A handle on a new descriptor, with the timeout that new sockets start with. */
function begin(fd: number, token: number, family: number, type: number, proto: number): Handle {
  const handle = new Handle(fd, token, family, type & ~TYPE_FLAGS, proto)
  const timeoutNs = getdefaulttimeoutNs()
  if (type & (SOCK_NONBLOCK ?? 0)) handle.timeoutNs = 0
  else if (timeoutNs >= 0) setTimeoutNs(handle, timeoutNs)
  return handle
}

function checkTriple(family: number, type: number, proto: number): void {
  checkNumber('family', family)
  checkNumber('type', type)
  checkNumber('proto', proto)
  checkInt('family', family)
  checkInt('type', type)
  checkInt('proto', proto)
}

export function open(family: number, type: number, proto: number): Handle {
  checkTriple(family, type, proto)
  const fd = native.socket(family, type, proto)
  if (fd < 0) throw errorOf(fd, 'socket')
  return begin(fd, newToken(), family, type, proto)
}

export function openPair(family: number, type: number, proto: number): [first: Handle, second: Handle] {
  checkTriple(family, type, proto)
  const fd = native.socketpair(family, type, proto)
  if (fd < 0) throw errorOf(fd, 'socketpair')
  const second = begin(words[VALUE] as number, words[TOKEN2] as number, family, type, proto)
  return [begin(fd, newToken(), family, type, proto), second]
}

/** Checks a descriptor number. */
export function checkDescriptor(name: string, fd: unknown): asserts fd is number {
  checkInteger(name, fd, 0, 0x7fffffff)
}

export function adopt(fd: number): Handle {
  checkDescriptor('fd', fd)
  const result = native.adopt(fd)
  if (result < 0) throw errorOf(result, 'getsockopt')
  const [family, type, proto] = [words[FAMILY], words[TYPE], words[PROTO]] as [number, number, number]
  const handle = new Handle(fd, newToken(), family, type, proto)
  if (words[NONBLOCKING]) handle.timeoutNs = 0
  handle.uncounted = true
  handle.listening = words[LISTENING] !== 0
  handle.lowWater = words[LOW_WATER] !== 0
  if (words[VALUE]) handle.kernelTimeout = MODE_KERNEL_TIMEOUT
  return handle
}

export function duplicateDescriptor(fd: number): number {
  const result = native.dup(fd)
  if (result < 0) throw errorOf(result, 'dup')
  return result
}

export function duplicate(handle: Handle): Handle {
  const fd = duplicateDescriptor(handle.fd)
  const result = native.own(fd)
  if (result < 0) throw errorOf(result, 'dup')
  const copy = new Handle(fd, newToken(), handle.family, handle.type, handle.proto)
  setTimeoutNs(copy, handle.timeoutNs)
  copy.listening = handle.listening
  copy.uncounted = true
  copy.kernelTimeout = handle.kernelTimeout
  copy.lowWater = handle.lowWater
  return copy
}

export function closeDescriptor(fd: number): void {
  checkDescriptor('fd', fd)
  sourceOf(fd)?.cancel()
  const result = native.close(fd)
  if (result < 0) throw errorOf(result, 'close')
}

export function getInheritable(handle: Handle): boolean {
  const result = native.getInheritable(handle.fd)
  if (result < 0) throw errorOf(result, 'fcntl')
  return result === 1
}

export function setInheritable(handle: Handle, flag: boolean): void {
  const result = native.setInheritable(handle.fd, flag ? 1 : 0)
  if (result < 0) throw errorOf(result, 'fcntl')
}
