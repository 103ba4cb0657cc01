/** accept(2). */
import { type AddressOut, decodeAddress } from '../address.js'
import { FD, MODE, native, POLL_FIRST, timeouts, words } from '../binding.js'
import { getdefaulttimeoutNs } from '../defaults.js'
import { errorOf } from '../errors.js'
import { Handle, newToken, setTimeoutNs } from '../handle.js'

export function accept(handle: Handle): [handle: Handle, address: AddressOut | null] {
  words[FD] = handle.fd
  words[MODE] = handle.kernelTimeout
  words[POLL_FIRST] = handle.listening ? 1 : 0
  timeouts[0] = handle.timeoutNs
  const fd = native.accept()
  if (fd < 0) throw errorOf(fd, 'accept')
  const accepted = new Handle(fd, newToken(), handle.family, handle.type, handle.proto)
  // Linux gives the listener's time-outs and low-water mark to the new socket.
  accepted.lowWater = handle.lowWater
  accepted.kernelTimeout = handle.kernelTimeout
  const address = decodeAddress()
  const timeoutNs = getdefaulttimeoutNs()
  if (timeoutNs >= 0) setTimeoutNs(accepted, timeoutNs)
  return [accepted, address]
}
