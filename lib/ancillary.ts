/** Ancillary data by what it means: re-exports only. */
export type { AncillaryIn, AncillaryOut } from './ancdata.js'
export { decodeAncillary } from './ancillary/decode.js'
export { encodeAncillary } from './ancillary/encode.js'
export type {
  Ancillary,
  AncillaryParts,
  Credentials,
  ExtendedError,
  PacketInfo,
  PacketInfoIn,
} from './ancillary/parts.js'
export type { PeerCredentials } from './operations/peer.js'
