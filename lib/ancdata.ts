/** Ancillary data, the control messages that go with a message: the form that all calls share. See cmsg(3). */
import type { BytesLike } from './bytes.js'

/** A control message as it came: `SOL_*` or `IPPROTO_*`, the type within that level, and its bytes. */
export type AncillaryOut = [level: number, type: number, data: Buffer]
/** A control message to send. */
export type AncillaryIn = readonly [level: number, type: number, data: BytesLike]
