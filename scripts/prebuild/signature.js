/**
 * The ad-hoc signature of a Mach-O file: hashes of its pages, without which macOS runs no code on arm64. See Apple's
 * <kern/cs_blobs.h>; its numbers are big-endian.
 */
import { createHash } from 'node:crypto'

const SUPER_BLOB = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
const AD_HOC = 0x2
const SHA256 = 2

/**
 * What is wrong with the signature at that place; nothing where the list is empty.
 * @param {Buffer} bytes the file
 * @param {{ at: number, size: number }} place
 */
export function signatureProblems(bytes, { at, size }) {
  const blob = bytes.subarray(at, at + size)
  if (blob.length < 12 || blob.readUInt32BE(0) !== SUPER_BLOB) return ['has a signature of an unknown form']
  const offsets = Array.from({ length: blob.readUInt32BE(8) }, (_, index) => blob.readUInt32BE(16 + index * 8))
  const start = offsets.find((offset) => blob.readUInt32BE(offset) === CODE_DIRECTORY)
  if (start === undefined) return ['has a signature without hashes']
  const directory = blob.subarray(start, start + blob.readUInt32BE(start + 4))
  const [flags, hashes] = [directory.readUInt32BE(12), directory.readUInt32BE(16)]
  const [slots, limit] = [directory.readUInt32BE(28), directory.readUInt32BE(32)]
  const [hashSize, hashType, pageBits] = [36, 37, 39].map((offset) => directory.readUInt8(offset))
  const problems = []
  if ((flags & AD_HOC) === 0) problems.push('has a signature that is not ad-hoc')
  if (limit !== at) problems.push(`has a signature over ${limit} bytes, where ${at} come before it`)
  if (hashType !== SHA256 || hashSize !== 32) return [...problems, `has a signature with hashes of kind ${hashType}`]
  const page = 2 ** /** @type {number} */ (pageBits)
  if (slots !== Math.ceil(limit / page)) problems.push(`has a signature of ${slots} pages`)
  for (let slot = 0; slot < slots; slot++) {
    const content = bytes.subarray(slot * page, Math.min((slot + 1) * page, limit))
    const hash = createHash('sha256').update(content).digest()
    if (!hash.equals(directory.subarray(hashes + slot * 32, hashes + slot * 32 + 32))) {
      problems.push(`has a signature that does not fit its page ${slot}`)
    }
  }
  return problems
}
