/** `AF_BLUETOOTH`, whose addresses differ by protocol. Linux. */
import { types } from 'node:util'
import { socketError } from '../errors.js'
import { BTPROTO_HCI, BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO } from '../generated/constants.js'
import { argumentTypeError } from '../validate.js'
import { type Codec, checkField, decodedValue, encodeFor, fromBytes, listOf, wholesAt } from './fields.js'
import type { BluetoothAddress } from './types.js'

const DEVICE = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)$/i

/** The six bytes of an address such as `'01:23:45:67:89:AB'`. */
function deviceBytes(device: string, syscall: string): Uint8Array {
  const parts = DEVICE.exec(device)?.slice(1) ?? []
  const bytes = parts.map((part) => Number.parseInt(part, 16))
  if (bytes.length === 0 || bytes.some((byte) => byte > 0xff)) throw socketError('EINVAL', syscall, device)
  return Uint8Array.from(bytes)
}

function checkDevice(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw argumentTypeError(name, 'a device address as a string', value)
}

function decodedDevice(): string {
  return fromBytes().toString('hex').toUpperCase().replace(/..\B/g, '$&:')
}

const l2cap: Codec = {
  encode(owner, address, name, syscall) {
    const fields = listOf(name, address, '[bdaddr, psm, cid?, bdaddrType?] for BTPROTO_L2CAP', 2, 4)
    const [device] = fields
    checkDevice(`${name}[0]`, device)
    const [psm, cid, type] = wholesAt(name, fields, 1, [undefined, 0, 0])
    const bytes = deviceBytes(device, syscall)
    checkField(name, 1, psm, 0xffff)
    checkField(name, 2, cid, 0xffff)
    checkField(name, 3, type, 0xff)
    encodeFor(owner, [psm, cid, type], bytes, syscall, address)
  },
  decode() {
    const [psm, cid, type] = [decodedValue(0), decodedValue(1), decodedValue(2)]
    return cid === 0 && type === 0 ? [decodedDevice(), psm] : [decodedDevice(), psm, cid, type]
  },
}

const rfcomm: Codec = {
  encode(owner, address, name, syscall) {
    const fields = listOf(name, address, '[bdaddr, channel] for BTPROTO_RFCOMM', 2)
    const [device] = fields
    checkDevice(`${name}[0]`, device)
    const [channel] = wholesAt(name, fields, 1, [undefined])
    const bytes = deviceBytes(device, syscall)
    checkField(name, 1, channel, 0xff)
    encodeFor(owner, [channel], bytes, syscall, address)
  },
  decode: () => [decodedDevice(), decodedValue(0)],
}

const hci: Codec = {
  encode(owner, address, name, syscall) {
    const form = '[device, channel?] (or the number of a device) for BTPROTO_HCI'
    const fields = typeof address === 'number' ? [address] : listOf(name, address, form, 1, 2)
    const [device, channel] = wholesAt(name, fields, 0, [undefined, 0])
    checkField(name, 0, device, 0xffff)
    checkField(name, 1, channel, 0xffff)
    encodeFor(owner, [device, channel], null, syscall, address)
  },
  decode: () => (decodedValue(1) === 0 ? [decodedValue(0)] : [decodedValue(0), decodedValue(1)]),
}

const sco: Codec = {
  encode(owner, address, name, syscall) {
    if (typeof address !== 'string' && !types.isUint8Array(address)) {
      throw argumentTypeError(name, 'a device address (string or Buffer) for BTPROTO_SCO', address)
    }
    const device = typeof address === 'string' ? address : Buffer.from(address).toString('latin1')
    encodeFor(owner, [], deviceBytes(device, syscall), syscall, address)
  },
  decode: decodedDevice,
}

const byProtocol = new Map<number | undefined, Codec>([
  [BTPROTO_L2CAP, l2cap],
  [BTPROTO_RFCOMM, rfcomm],
  [BTPROTO_HCI, hci],
  [BTPROTO_SCO, sco],
])

export const bluetooth: Codec = {
  encode(owner, address, name, syscall) {
    const codec = byProtocol.get(owner.proto)
    if (codec === undefined) throw socketError('EPROTONOSUPPORT', syscall)
    codec.encode(owner, address, name, syscall)
  },
  decode: (owner) => byProtocol.get(owner.proto)?.decode(owner) as BluetoothAddress,
}
