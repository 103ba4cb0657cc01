/** What a 64-bit little-endian ELF file says of itself, as far as the checks of the binaries ask. See elf(5). */

/** @typedef {{ name: string, version: string | undefined, isWeak: boolean }} Wanted */

/**
 * @typedef {object} Elf
 * @property {number} type 3 = a shared object
 * @property {number} machine 62 = x64, 183 = arm64
 * @property {{ type: number, flags: number }[]} segments flags: 1 = executable, 2 = writable, 4 = readable
 * @property {string[]} needed libraries
 * @property {string | undefined} soname
 * @property {Map<bigint, bigint>} dynamic the entries of the dynamic section, by their tags
 * @property {string[]} exported symbols that others may take
 * @property {Wanted[]} wanted symbols that others must have
 */

const SHT_DYNAMIC = 6
const SHT_DYNSYM = 11
const SHT_GNU_VERNEED = 0x6ffffffe
const SHT_GNU_VERSYM = 0x6fffffff
const DT_NEEDED = 1n
const DT_SONAME = 14n
const STB_LOCAL = 0
const STB_WEAK = 2
/** Hidden and internal symbols are nobody else's. */
const STV_HIDDEN = 2
const STV_INTERNAL = 1

/** The text that begins there. @param {Buffer} bytes @param {number} at */
export function textAt(bytes, at) {
  const end = bytes.indexOf(0, at)
  if (at > bytes.length || end < 0) throw new RangeError(`a name at ${at} is outside of the file`)
  return bytes.toString('latin1', at, end)
}

/** @param {Buffer} bytes @param {number} at */
const long = (bytes, at) => Number(bytes.readBigUInt64LE(at))

/**
 * Reads a file.
 * @param {Buffer} bytes
 * @returns {Elf}
 * @throws {Error} where it is none, or ends too early
 */
export function readElf(bytes) {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46) throw new Error('no ELF file')
  if (bytes.readUInt16BE(4) !== 0x0201) throw new Error('not of 64 bits, little-endian')
  const table = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ count) => {
    if (at + size * count > bytes.length) throw new RangeError(`a table at ${at} is outside of the file`)
    return Array.from({ length: count }, (_, index) => bytes.subarray(at + index * size, at + (index + 1) * size))
  }

  const segments = table(long(bytes, 32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)).map((segment) => ({
    type: segment.readUInt32LE(0),
    flags: segment.readUInt32LE(4),
  }))
  const sections = table(long(bytes, 40), bytes.readUInt16LE(58), bytes.readUInt16LE(60)).map((section) => ({
    type: section.readUInt32LE(4),
    at: long(section, 24),
    size: long(section, 32),
    link: section.readUInt32LE(40),
  }))
  const sectionOf = (/** @type {number} */ type) => sections.find((section) => section.type === type)
  const textsOf = (/** @type {number} */ link) => /** @type {{ at: number }} */ (sections[link]).at

  const dynamic = sectionOf(SHT_DYNAMIC)
  const symbols = sectionOf(SHT_DYNSYM)
  if (dynamic === undefined || symbols === undefined) throw new Error('no dynamic section, or no symbols')
  const entries = table(dynamic.at, 16, dynamic.size / 16).map((entry) => ({
    tag: entry.readBigUInt64LE(0),
    value: entry.readBigUInt64LE(8),
  }))
  const named = (/** @type {bigint} */ tag) =>
    entries
      .filter((entry) => entry.tag === tag)
      .map(({ value }) => textAt(bytes, textsOf(dynamic.link) + Number(value)))

  const versions = versionsOf(bytes, sectionOf(SHT_GNU_VERNEED), textsOf)
  const versionTable = sectionOf(SHT_GNU_VERSYM)
  const all = table(symbols.at, 24, symbols.size / 24).map((symbol, index) => ({
    name: textAt(bytes, textsOf(symbols.link) + symbol.readUInt32LE(0)),
    binding: symbol.readUInt8(4) >> 4,
    visibility: symbol.readUInt8(5) & 3,
    isDefined: symbol.readUInt16LE(6) !== 0,
    version: versionTable && versions.get(bytes.readUInt16LE(versionTable.at + index * 2) & 0x7fff),
  }))
  const shown = all.filter(({ name, binding }) => name !== '' && binding !== STB_LOCAL)
  return {
    type: bytes.readUInt16LE(16),
    machine: bytes.readUInt16LE(18),
    segments,
    needed: named(DT_NEEDED),
    soname: named(DT_SONAME)[0],
    dynamic: new Map(entries.map(({ tag, value }) => [tag, value])),
    exported: shown
      .filter(({ isDefined, visibility }) => isDefined && visibility !== STV_HIDDEN && visibility !== STV_INTERNAL)
      .map(({ name }) => name),
    wanted: shown
      .filter(({ isDefined }) => !isDefined)
      .map(({ name, version, binding }) => ({ name, version, isWeak: binding === STB_WEAK })),
  }
}

/**
 * The versions of other libraries' symbols, by the number that the symbols have for them.
 * @param {Buffer} bytes
 * @param {{ at: number, size: number, link: number } | undefined} section
 * @param {(link: number) => number} textsOf
 */
function versionsOf(bytes, section, textsOf) {
  /** @type {Map<number, string>} */
  const versions = new Map()
  if (section === undefined) return versions
  for (let library = section.at, next = -1; next !== 0; library += next) {
    next = bytes.readUInt32LE(library + 12)
    const count = bytes.readUInt16LE(library + 2)
    for (let i = 0, entry = library + bytes.readUInt32LE(library + 8); i < count; i++) {
      versions.set(bytes.readUInt16LE(entry + 6), textAt(bytes, textsOf(section.link) + bytes.readUInt32LE(entry + 8)))
      entry += bytes.readUInt32LE(entry + 12)
    }
  }
  return versions
}
