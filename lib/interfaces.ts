/** The names and numbers of network interfaces: if_nametoindex(3) and its kin. */
import { types } from 'node:util'
import { native } from './binding.js'
import { viewOf } from './bytes.js'
import { errorOf } from './errors.js'
import { argumentTypeError, checkInteger, checkNoNul } from './validate.js'

/**
 * Every network interface of this machine: its index (1 and up) and its name.
 * @throws {SocketError} `ENOBUFS` and the like, where the kernel does not answer
 * @see if_nameindex(3). Linux, macOS.
 */
export function ifNameindex(): [index: number, name: string][] {
  const interfaces = native.ifNameindex()
  if (typeof interfaces === 'number') throw errorOf(interfaces, 'if_nameindex')
  return interfaces
}

/**
 * The index of an interface.
 * @param name such as `'lo'`; a `Buffer` where it is not UTF-8
 * @throws {SocketError} `ENODEV` where there is none of that name
 * @see if_nametoindex(3). Linux, macOS.
 */
export function ifNametoindex(name: string | Uint8Array): number {
  if (typeof name !== 'string' && !types.isUint8Array(name)) {
    throw argumentTypeError('name', 'of type string or an instance of Buffer', name)
  }
  const text = typeof name === 'string' ? name : viewOf('name', name)
  checkNoNul('name', text)
  const index = native.ifNametoindex(text)
  if (index < 0) throw errorOf(index, 'if_nametoindex', name)
  return index
}

/**
 * The name of an interface.
 * @param index 0 to 4294967295
 * @throws {SocketError} `ENXIO` where there is none of that index
 * @see if_indextoname(3). Linux, macOS.
 */
export function ifIndextoname(index: number): string {
  checkInteger('index', index, 0, 0xffffffff)
  const name = native.ifIndextoname(index)
  if (typeof name === 'number') throw errorOf(name, 'if_indextoname')
  return name
}
