/** The databases of services and protocols, and this machine's own name: getservbyname(3), gethostname(2). */
import { types } from 'node:util'
import { native } from './binding.js'
import { viewOf } from './bytes.js'
import { errorOf } from './errors.js'
import { argumentTypeError, checkInteger, checkNoNul, checkString } from './validate.js'

function checkName(name: string, value: unknown): asserts value is string {
  checkString(name, value)
  checkNoNul(name, value)
}

/**
 * The port of a service, in host order.
 * @param name such as `'http'`
 * @param proto `'tcp'`, `'udp'`; any where left out
 * @throws {SocketError} `ENOENT` where the database has no such service
 * @see getservbyname(3). Linux, macOS.
 */
export function getservbyname(name: string, proto?: string): number {
  checkName('name', name)
  if (proto !== undefined) checkName('proto', proto)
  const port = native.getservbyname(name, proto ?? null)
  if (port < 0) throw errorOf(port, 'getservbyname', name)
  return port
}

/**
 * The service of a port.
 * @param port in host order, 0 to 65535
 * @param proto `'tcp'`, `'udp'`; any where left out
 * @throws {SocketError} `ENOENT` where the database has no such port
 * @see getservbyport(3). Linux, macOS.
 */
export function getservbyport(port: number, proto?: string): string {
  checkInteger('port', port, 0, 65535)
  if (proto !== undefined) checkName('proto', proto)
  const name = native.getservbyport(port, proto ?? null)
  if (typeof name === 'number') throw errorOf(name, 'getservbyport', String(port))
  return name
}

/**
 * The number of an internet protocol, as `socket` takes it.
 * @param name such as `'icmp'`
 * @throws {SocketError} `ENOENT` where the database has no such protocol
 * @see getprotobyname(3). Linux, macOS.
 */
export function getprotobyname(name: string): number {
  checkName('name', name)
  const proto = native.getprotobyname(name)
  if (proto < 0) throw errorOf(proto, 'getprotobyname', name)
  return proto
}

/**
 * The name of this machine, as the kernel has it; often not a fully qualified one (see `getfqdn`).
 * @throws {SocketError} `ENAMETOOLONG` and the like, where the kernel does not give it
 * @see gethostname(2). Linux, macOS.
 */
export function gethostname(): string {
  const name = native.gethostname()
  if (typeof name === 'number') throw errorOf(name, 'gethostname')
  return name
}

/**
 * Names this machine, until it is started again.
 * @param name at most 64 bytes on Linux, 255 on macOS; a string as UTF-8
 * @throws {SocketError} `EPERM` without the privilege, `EINVAL` where the name is too long
 * @see sethostname(2). Linux, macOS.
 */
export function sethostname(name: string | Uint8Array): void {
  if (typeof name !== 'string' && !types.isUint8Array(name)) {
    throw argumentTypeError('name', 'of type string or an instance of Buffer', name)
  }
  const result = native.sethostname(typeof name === 'string' ? name : viewOf('name', name))
  if (result < 0) throw errorOf(result, 'sethostname', name)
}
