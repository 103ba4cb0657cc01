/**
 * What a 64-bit Mach-O file says of itself, as far as the checks of the binaries ask. See Apple's <mach-o/loader.h> and
 * the dynamic linker's opcodes there.
 */
import { textAt } from './elf.js'

/**
 * @typedef {object} MachO
 * @property {number} cpu 0x01000007 = x64, 0x0100000c = arm64
 * @property {number} type 6 = a library, 8 = a bundle
 * @property {{ platform: number, oldest: string } | undefined} build platform 1 = macOS
 * @property {string | undefined} name the install name
 * @property {string[]} libraries
 * @property {string[]} paths where libraries are looked for
 * @property {{ name: string, protection: number }[]} segments protection: 1 = readable, 2 = writable, 4 = executable
 * @property {string[]} exported symbols, without their underscore
 * @property {{ name: string, library: number, isWeak: boolean }[]} bound symbols of others: 1 = the first library, -2 = any
 * @property {{ at: number, size: number } | undefined} signature
 */

const LC_SEGMENT_64 = 0x19
const LC_LOAD_DYLIB = 0xc
const LC_ID_DYLIB = 0xd
const LC_LOAD_WEAK_DYLIB = 0x80000018
const LC_REEXPORT_DYLIB = 0x8000001f
const LC_RPATH = 0x8000001c
const LC_CODE_SIGNATURE = 0x1d
const LC_DYLD_INFO_ONLY = 0x80000022
const LC_BUILD_VERSION = 0x32

/** Reads numbers of 7 bits a byte. */
class Stream {
  /** @param {Buffer} bytes @param {number} at */
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte() {
    return this.bytes.readUInt8(this.at++)
  }

  number() {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  text() {
    const text = textAt(this.bytes, this.at)
    this.at += text.length + 1
    return text
  }
}

/** Major and minor of a version in 32 bits. @param {number} value */
const versionOf = (value) => `${value >>> 16}.${(value >>> 8) & 0xff}`

/**
 * Reads a file.
 * @param {Buffer} bytes
 * @returns {MachO}
 * @throws {Error} where it is none, or ends too early
 */
export function readMachO(bytes) {
  if (bytes.length < 32 || bytes.readUInt32LE(0) !== 0xfeedfacf) throw new Error('no Mach-O file of 64 bits')
  /** @type {MachO} */
  const found = {
    cpu: bytes.readUInt32LE(4),
    type: bytes.readUInt32LE(12),
    build: undefined,
    name: undefined,
    libraries: [],
    paths: [],
    segments: [],
    exported: [],
    bound: [],
    signature: undefined,
  }
  const count = bytes.readUInt32LE(16)
  for (let i = 0, at = 32; i < count; i++) {
    const size = bytes.readUInt32LE(at + 4)
    readCommand(bytes, bytes.subarray(at, at + size), found)
    at += size
  }
  return found
}

/** @param {Buffer} bytes @param {Buffer} command @param {MachO} found */
function readCommand(bytes, command, found) {
  const word = (/** @type {number} */ at) => command.readUInt32LE(at)
  const text = () => textAt(command, word(8))
  const part = (/** @type {number} */ at) => bytes.subarray(word(at), word(at) + word(at + 4))
  const kind = word(0)
  if (kind === LC_SEGMENT_64) {
    found.segments.push({ name: command.toString('latin1', 8, 24).replace(/\0.*/s, ''), protection: word(60) })
  } else if (kind === LC_LOAD_DYLIB || kind === LC_LOAD_WEAK_DYLIB || kind === LC_REEXPORT_DYLIB) {
    found.libraries.push(text())
  } else if (kind === LC_ID_DYLIB) {
    found.name = text()
  } else if (kind === LC_RPATH) {
    found.paths.push(text())
  } else if (kind === LC_BUILD_VERSION) {
    found.build = { platform: word(8), oldest: versionOf(word(12)) }
  } else if (kind === LC_CODE_SIGNATURE) {
    found.signature = { at: word(8), size: word(12) }
  } else if (kind === LC_DYLD_INFO_ONLY) {
    for (const at of [16, 24, 32]) readBindings(part(at), found.bound)
    readExports(part(40), 0, '', found.exported)
  }
}

/** The symbols that opcodes bind, each once. @param {Buffer} opcodes @param {MachO['bound']} bound */
function readBindings(opcodes, bound) {
  const stream = new Stream(opcodes)
  const state = { name: '', library: 0, isWeak: false }
  while (stream.at < opcodes.length) {
    const byte = stream.byte()
    const value = byte & 0xf
    const code = byte >> 4
    if (code === 1) state.library = value
    else if (code === 2) state.library = stream.number()
    else if (code === 3) state.library = value === 0 ? 0 : value - 16
    else if (code === 4) {
      state.name = stream.text().replace(/^_/, '')
      state.isWeak = (value & 1) !== 0
    } else if (code >= 9 && code <= 12) {
      if (!bound.some(({ name, library }) => name === state.name && library === state.library)) bound.push({ ...state })
    }
    // Where the address is to be written.
    if ([6, 7, 8, 10, 12].includes(code)) stream.number()
    if (code === 12) stream.number()
  }
}

/** The names in a trie of exports. @param {Buffer} trie @param {number} at @param {string} prefix @param {string[]} names */
function readExports(trie, at, prefix, names) {
  if (trie.length === 0) return
  const stream = new Stream(trie, at)
  const size = stream.number()
  if (size > 0) names.push(prefix.replace(/^_/, ''))
  stream.at += size
  for (let children = stream.byte(); children > 0; children--) {
    const label = stream.text()
    readExports(trie, stream.number(), prefix + label, names)
  }
}
