/** `AF_TIPC`. Linux. */
import { TIPC_ADDR_ID, TIPC_ADDR_NAME, TIPC_ADDR_NAMESEQ, TIPC_CLUSTER_SCOPE } from '../generated/constants.js'
import { argumentValueError, rangeError } from '../validate.js'
import { type Codec, checkBits32, decodedValue, encodeFor, listOf, wholesAt } from './fields.js'

const KINDS: readonly (number | undefined)[] = [TIPC_ADDR_NAMESEQ, TIPC_ADDR_NAME, TIPC_ADDR_ID]

export const tipc: Codec = {
  encode(owner, address, name, syscall) {
    const fields = listOf(name, address, '[kind, v1, v2, v3, scope?] for AF_TIPC', 4, 5)
    const usual = [undefined, undefined, undefined, undefined, TIPC_CLUSTER_SCOPE] as const
    const [kind, v1, v2, v3, scope] = wholesAt(name, fields, 0, usual)
    if (!KINDS.includes(kind)) {
      throw argumentValueError(`${name}[0]`, 'must be TIPC_ADDR_NAMESEQ, TIPC_ADDR_NAME or TIPC_ADDR_ID', kind)
    }
    for (const [index, value] of [v1, v2, v3].entries()) checkBits32(name, 1 + index, value)
    // A negative scope takes a binding back.
    if (scope < -128 || scope > 127) throw rangeError(`${name}[4]`, '>= -128 and <= 127', scope)
    encodeFor(owner, [kind, v1, v2, v3, scope], null, syscall, address)
  },
  decode: () => [decodedValue(0), decodedValue(1), decodedValue(2), decodedValue(3), decodedValue(4) | 0],
}
