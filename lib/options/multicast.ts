/** Membership in multicast groups, of IPv4 and IPv6, of all sources and of single ones. See ip(7), ipv6(7), RFC 3678. */
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { native } from '../binding.js'
import { errorOf } from '../errors.js'
import { AF_INET, AF_INET6 } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { inetPton } from '../inet.js'
import { argumentTypeError, argumentValueError } from '../validate.js'
import { indexOf } from './interface.js'

/** A group to join or to leave. */
export interface Membership {
  /** A numeric multicast address, of IPv4 or IPv6; `'ff02::1%eth0'` names its interface too. */
  readonly group: string
  /** The interface by its name or index; for an IPv4 group also by an IPv4 address of its. Left out: as routed. */
  readonly interface?: string | number | undefined
  /** Only what this host sends: a numeric address of the group's family. */
  readonly source?: string | undefined
}

/** A source within a group. */
export interface SourceMembership extends Membership {
  /** The host: a numeric address of the group's family. */
  readonly source: string
}

/** As the native layer counts them. */
export const JOIN = 0
export const LEAVE = 1
export const BLOCK = 2
export const UNBLOCK = 3

const NOTHING = new Uint8Array(0)

const packed = (address: string): Uint8Array => inetPton(isIPv4(address) ? AF_INET : AF_INET6, address)

/** setsockopt(2) with a membership. */
export function setMembership(handle: Handle, action: number, membership: unknown): void {
  if (typeof membership !== 'object' || membership === null) {
    throw argumentTypeError('membership', 'an object { group, interface?, source? }', membership)
  }
  const given = membership as Partial<Record<keyof Membership, unknown>>
  const [group, zone] = groupOf(given.group)
  const source = sourceOf(given.source, group, action)
  const [index, address] = interfaceOf(given.interface === undefined ? zone : given.interface, group)
  const result = native.setMembership(handle.fd, action, packed(group), source, index, address)
  if (result < 0) throw errorOf(result, 'setsockopt', group)
}

/** The group, and the interface that stands in an IPv6 address, by its name or index. */
function groupOf(value: unknown): [group: string, zone: string | number | undefined] {
  if (typeof value !== 'string') throw argumentTypeError('membership.group', 'of type string', value)
  const [group = '', zone] = isIPv6(value) ? value.split('%') : [value]
  if (isIP(group) === 0) throw argumentValueError('membership.group', 'must be a numeric IP address', value)
  return [group, zone !== undefined && /^\d+$/.test(zone) ? Number(zone) : zone]
}

function sourceOf(value: unknown, group: string, action: number): Uint8Array {
  if (value === undefined && action <= LEAVE) return NOTHING
  if (typeof value !== 'string') throw argumentTypeError('membership.source', 'of type string', value)
  if (isIP(value) !== isIP(group) || value.includes('%')) {
    const reason = `must be a numeric IPv${isIP(group)} address, as the group is`
    throw argumentValueError('membership.source', reason, value)
  }
  return packed(value)
}

function interfaceOf(value: unknown, group: string): [index: number, address: Uint8Array] {
  if (value === undefined) return [0, NOTHING]
  if (typeof value === 'string' && isIPv4(value) && isIPv4(group)) return [0, packed(value)]
  return [indexOf('membership.interface', value), NOTHING]
}
