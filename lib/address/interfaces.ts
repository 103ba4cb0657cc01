/** The families whose addresses name a network interface: `AF_PACKET` and `AF_CAN`. Linux. */
import { native } from '../binding.js'
import { viewOf } from '../bytes.js'
import { CAN_ISOTP, CAN_J1939 } from '../generated/constants.js'
import { argumentTypeError, checkWhole, rangeError } from '../validate.js'
import {
  type AddressOwner,
  type Codec,
  checkBits32,
  checkField,
  checkName,
  decodedValue,
  encodeFor,
  fromBytes,
  listOf,
  numberOf,
  wholesAt,
} from './fields.js'

/** The index of an interface; 0, which stands for all of them, where the name is empty. */
function indexOf(owner: AddressOwner, ifname: string | Uint8Array, syscall: string, address: unknown): number {
  return ifname.length === 0 ? 0 : numberOf(owner, ifname, syscall, address)
}

/** The name of an interface; empty for index 0, and for one that is gone. */
function nameOf(owner: AddressOwner, index: number): string {
  return index === 0 ? '' : native.nameOfNumber(owner.fd, index | 0)
}

/** linux/if_packet.h. */
const PACKET_HOST = 0
const LONGEST_HARDWARE_ADDRESS = 8

export const packet: Codec = {
  encode(owner, address, name, syscall) {
    const fields = listOf(name, address, '[ifname, proto, pkttype?, hatype?, addr?] for AF_PACKET', 2, 5)
    const [ifname, , , , addr] = fields
    checkName(`${name}[0]`, ifname)
    const bytes = addr === undefined ? null : viewOf(`${name}[4]`, addr)
    const [proto, pkttype, hatype] = wholesAt(name, fields, 1, [undefined, PACKET_HOST, 0])
    const index = indexOf(owner, ifname, syscall, address)
    checkField(name, 1, proto, 0xffff)
    checkField(name, 2, pkttype, 0xff)
    checkField(name, 3, hatype, 0xffff)
    if (bytes !== null && bytes.length > LONGEST_HARDWARE_ADDRESS) {
      throw rangeError(`${name}[4].length`, `<= ${LONGEST_HARDWARE_ADDRESS}`, bytes.length)
    }
    encodeFor(owner, [index, proto, pkttype, hatype], bytes, syscall, address)
  },
  decode: (owner) => [nameOf(owner, decodedValue(0)), decodedValue(1), decodedValue(2), decodedValue(3), fromBytes()],
}

const MOST_NAME = 0xffff_ffff_ffff_ffffn

function checkNumberOrBigint(name: string, value: unknown): asserts value is number | bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') throw argumentTypeError(name, 'of type bigint', value)
}

/** The 64 bits of a J1939 name: a bigint, or a number such as `J1939_NO_NAME`. */
function j1939Name(name: string, value: number | bigint): bigint {
  if (typeof value === 'bigint') return value
  checkWhole(name, value)
  return BigInt(value)
}

function encodeInterface(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const [ifname] = listOf(name, address, '[ifname] for AF_CAN', 1)
  checkName(`${name}[0]`, ifname)
  encodeFor(owner, [indexOf(owner, ifname, syscall, address)], null, syscall, address)
}

function encodeIsotp(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const fields = listOf(name, address, '[ifname, rxId, txId] for CAN_ISOTP', 3)
  const [ifname] = fields
  checkName(`${name}[0]`, ifname)
  const [rxId, txId] = wholesAt(name, fields, 1, [undefined, undefined])
  const index = indexOf(owner, ifname, syscall, address)
  checkBits32(name, 1, rxId)
  checkBits32(name, 2, txId)
  encodeFor(owner, [index, rxId, txId], null, syscall, address)
}

function encodeJ1939(owner: AddressOwner, address: unknown, name: string, syscall: string): void {
  const fields = listOf(name, address, '[ifname, name, pgn, addr] for CAN_J1939', 4)
  const [ifname, ecuName] = fields
  checkName(`${name}[0]`, ifname)
  checkNumberOrBigint(`${name}[1]`, ecuName)
  const [pgn, addr] = wholesAt(name, fields, 2, [undefined, undefined])
  const bits = j1939Name(`${name}[1]`, ecuName)
  const index = indexOf(owner, ifname, syscall, address)
  if (bits < 0n || bits > MOST_NAME) throw rangeError(`${name}[1]`, `>= 0n and <= ${MOST_NAME}n`, ecuName)
  checkBits32(name, 2, pgn)
  checkField(name, 3, addr, 0xff)
  const values = [index, Number(bits & 0xffff_ffffn), Number(bits >> 32n), pgn, addr]
  encodeFor(owner, values, null, syscall, address)
}

export const can: Codec = {
  encode(owner, address, name, syscall) {
    if (owner.proto === CAN_ISOTP) encodeIsotp(owner, address, name, syscall)
    else if (owner.proto === CAN_J1939) encodeJ1939(owner, address, name, syscall)
    else encodeInterface(owner, address, name, syscall)
  },
  decode(owner) {
    const ifname = nameOf(owner, decodedValue(0))
    if (owner.proto === CAN_ISOTP) return [ifname, decodedValue(1), decodedValue(2)]
    if (owner.proto !== CAN_J1939) return [ifname]
    const bits = (BigInt(decodedValue(2)) << 32n) | BigInt(decodedValue(1))
    return [ifname, bits, decodedValue(3), decodedValue(4)]
  },
}
