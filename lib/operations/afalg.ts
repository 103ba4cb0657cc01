/** Operations of AF_ALG: sendmsg(2) that says as ancillary data what is to be done with the data. */
import type { AncillaryIn } from '../ancdata.js'
import { type AsyncOptions, checkAsyncOptions, flagsGiven } from '../async-options.js'
import { type BytesLike, dataOf, type SendData, viewOf } from '../bytes.js'
import type { MessageFlags } from '../constant.js'
import { socketError } from '../errors.js'
import { AF_ALG, ALG_SET_AEAD_ASSOCLEN, ALG_SET_IV, ALG_SET_OP, SOL_ALG } from '../generated/constants.js'
import type { Handle } from '../handle.js'
import { checkInt, checkInteger, checkNumber, checkOptions } from '../validate.js'
import { sendmsg } from './message.js'
import { sendmsgAsync } from './message-async.js'

/** What is to be done, and with which data. */
export interface AfalgMessage {
  /** The data, or a part of it: bytes, a string as UTF-8, or a list of them; nothing where left out. */
  data?: SendData | readonly SendData[] | undefined
  /** `ALG_OP_ENCRYPT` or `ALG_OP_DECRYPT`. */
  op: number
  /** The initialization vector, or nonce, as long as the algorithm wants it. */
  iv?: BytesLike | undefined
  /** For authenticated encryption: how many bytes, the first of the data, are authenticated only. */
  assoclen?: number | undefined
  /** `MSG_*`, combined with `|`; with `MSG_MORE` more of the data comes with the next call. */
  flags?: MessageFlags
}

/** The same for a call that returns a promise. */
export interface AfalgOptions extends AfalgMessage, AsyncOptions {}

/** What sendmsg(2) is given for it. */
interface Parts {
  buffers: Uint8Array[]
  ancdata: AncillaryIn[]
  flags: number
}

/** Four bytes in this machine's order. */
const word = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)

/** @throws TypeError, RangeError; SocketError with EAFNOSUPPORT for a socket of another family */
function partsOf(handle: Handle, message: AfalgMessage): Parts {
  checkOptions('options', message)
  const { data = [], op, iv, assoclen } = message
  const flags = flagsGiven(message)
  checkNumber('options.op', op)
  if (assoclen !== undefined) checkNumber('options.assoclen', assoclen)
  const buffers = Array.isArray(data)
    ? data.map((part, index) => dataOf(`options.data[${index}]`, part))
    : [dataOf('options.data', data)]
  const vector = iv === undefined ? undefined : viewOf('options.iv', iv)
  checkInt('options.flags', flags)
  checkInteger('options.op', op, 0, 0x7fffffff)
  if (assoclen !== undefined) checkInteger('options.assoclen', assoclen, 0, 0xffffffff)
  // Where the platform has no AF_ALG there is no such socket either.
  if (AF_ALG === undefined || handle.family !== AF_ALG) throw socketError('EAFNOSUPPORT', 'sendmsg')
  const [level, setOp, setIv, setLength] = [SOL_ALG, ALG_SET_OP, ALG_SET_IV, ALG_SET_AEAD_ASSOCLEN] as [
    number,
    number,
    number,
    number,
  ]
  const ancdata: AncillaryIn[] = [[level, setOp, word(op)]]
  // A `struct af_alg_iv`: its length, then the vector.
  if (vector !== undefined) ancdata.push([level, setIv, Buffer.concat([word(vector.length), vector])])
  if (assoclen !== undefined) ancdata.push([level, setLength, word(assoclen)])
  return { buffers, ancdata, flags }
}

export function sendmsgAfalg(handle: Handle, message: AfalgMessage): number {
  const { buffers, ancdata, flags } = partsOf(handle, message)
  return sendmsg(handle, buffers, ancdata, flags, undefined)
}

export function sendmsgAfalgAsync(handle: Handle, options: AfalgOptions): Promise<number> {
  try {
    checkAsyncOptions(options)
    const { buffers, ancdata, flags } = partsOf(handle, options)
    const { timeout, signal } = options
    return sendmsgAsync(handle, buffers, { ancdata, flags, timeout, signal })
  } catch (error) {
    return Promise.reject(error)
  }
}
