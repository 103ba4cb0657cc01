/** What `console.log(socket)` shows: the socket as CPython's repr tells it. */
import { inspect } from 'node:util'
import type { AddressOut } from './address.js'
import { namedConstants } from './binding.js'
import type { Handle } from './handle.js'
import { getpeername, getsockname } from './operations/name.js'

const TYPES = ['SOCK_STREAM', 'SOCK_DGRAM', 'SOCK_RAW', 'SOCK_RDM', 'SOCK_SEQPACKET']
/** Names that others have besides their usual one. */
const ALIASES = ['AF_LOCAL', 'AF_FILE', 'AF_ROUTE']

/** The one of these constants that has the value; the number itself where none has. */
function nameOf(names: readonly string[], value: number): string {
  const constants = namedConstants()
  return names.find((name) => constants[name] === value) ?? String(value)
}

function familyName(value: number): string {
  const families = Object.keys(namedConstants()).filter((name) => name.startsWith('AF_') && !ALIASES.includes(name))
  return nameOf(families, value)
}

/** An address that the socket may not have. */
function addressOf(get: (handle: Handle) => AddressOut | null, handle: Handle): AddressOut | null {
  try {
    return get(handle)
  } catch {
    return null
  }
}

export function describe(handle: Handle): string {
  if (handle.fd < 0) return 'Socket [closed]'
  const parts = [`fd ${handle.fd}`, familyName(handle.family), nameOf(TYPES, handle.type)]
  if (handle.proto !== 0) parts.push(`proto ${handle.proto}`)
  const local = addressOf(getsockname, handle)
  const remote = addressOf(getpeername, handle)
  if (local !== null && local !== '') parts.push(`local ${inspect(local)}`)
  if (remote !== null && remote !== '') parts.push(`remote ${inspect(remote)}`)
  return `Socket [${parts.join(', ')}]`
}
