/** The families that talk to the kernel's own services: `AF_ALG` (Linux) and `AF_SYSTEM` (macOS). */
import { types } from 'node:util'
import { FROM_TEXT_LENGTH, fromText, words } from '../binding.js'
import { socketError } from '../errors.js'
import { SYSPROTO_CONTROL } from '../generated/constants.js'
import { argumentTypeError, checkNoNul, checkString, rangeError } from '../validate.js'
import { type Codec, checkBits32, checkName, decodedValue, encodeFor, listOf, numberOf, wholesAt } from './fields.js'

// struct sockaddr_alg has room for so many bytes and a NUL.
const LONGEST_TYPE = 13
const LONGEST_NAME = 63

function checkLength(name: string, bytes: Uint8Array, most: number): void {
  if (bytes.length > most) throw rangeError(`${name}.length`, `<= ${most} bytes`, bytes.length)
}

export const alg: Codec = {
  encode(owner, address, name, syscall) {
    const fields = listOf(name, address, '[type, name, feat?, mask?] for AF_ALG', 2, 4)
    const [type, algorithm] = fields
    checkString(`${name}[0]`, type)
    checkString(`${name}[1]`, algorithm)
    checkNoNul(`${name}[0]`, type)
    checkNoNul(`${name}[1]`, algorithm)
    const [feat, mask] = wholesAt(name, fields, 2, [0, 0])
    const [typeBytes, nameBytes] = [Buffer.from(type), Buffer.from(algorithm)]
    checkLength(`${name}[0]`, typeBytes, LONGEST_TYPE)
    checkLength(`${name}[1]`, nameBytes, LONGEST_NAME)
    checkBits32(name, 2, feat)
    checkBits32(name, 3, mask)
    encodeFor(owner, [feat, mask, typeBytes.length], Buffer.concat([typeBytes, nameBytes]), syscall, address)
  },
  decode() {
    const end = decodedValue(2)
    const type = fromText.toString('utf8', 0, end)
    const algorithm = fromText.toString('utf8', end, words[FROM_TEXT_LENGTH])
    return [type, algorithm, decodedValue(0), decodedValue(1)]
  },
}

export const system: Codec = {
  encode(owner, address, name, syscall) {
    // macOS does not tell the protocol of a socket that was adopted.
    if (owner.proto !== SYSPROTO_CONTROL && owner.proto !== 0) throw socketError('EPROTONOSUPPORT', syscall)
    const isName = typeof address === 'string' || types.isUint8Array(address)
    const form = "[id or name, unit] (or a kernel control's name) for AF_SYSTEM"
    const fields = isName ? [address, 0] : listOf(name, address, form, 2)
    const [control] = fields
    if (typeof control !== 'number' && typeof control !== 'string' && !types.isUint8Array(control)) {
      throw argumentTypeError(`${name}[0]`, 'of type number or string', control)
    }
    const [unit] = wholesAt(name, fields, 1, [undefined])
    let id: number
    if (typeof control === 'number') [id] = wholesAt(name, fields, 0, [undefined])
    else {
      checkName(isName ? name : `${name}[0]`, control)
      id = numberOf(owner, control, syscall, address)
    }
    checkBits32(name, 0, id)
    checkBits32(name, 1, unit)
    encodeFor(owner, [id, unit], null, syscall, address)
  },
  decode: () => [decodedValue(0), decodedValue(1)],
}
