/** Small Mach-O files for tests of what inspects them: well-formed, and of nothing but what is asked. */
import { createHash } from 'node:crypto'

/** What a Mach-O file holds. */
export interface MachOParts {
  cpu: number
  type: number
  /** Where it runs, and from which version on: major and minor. */
  build: [platform: number, major: number, minor: number]
  name: string
  libraries: string[]
  paths: string[]
  /** Protections of its segments. */
  protections: number[]
  exported: string[]
  /** Symbols of others, with the number of the library; 0 = this file, -2 = any. */
  bound: [name: string, library: number][]
  text: string
  isSigned: boolean
  /** Whether the signature is ad-hoc. */
  isAdHoc: boolean
}

/** What an addon for macOS on arm64 has that is as it should be. */
export const goodMachO: MachOParts = {
  cpu: 0x0100000c,
  type: 6,
  build: [1, 11, 0],
  name: '@rpath/berkeley.node',
  libraries: ['/usr/lib/libSystem.B.dylib'],
  paths: [],
  protections: [5, 3, 1],
  exported: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  bound: [
    ['malloc', 1],
    ['napi_create_double', -2],
    ['uv_close', -2],
    ['recvmsg', 1],
    ['_Unwind_SetGR', 1],
  ],
  text: 'opens /dev/null',
  isSigned: true,
  isAdHoc: true,
}

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4)
  return bytes
}

const bigWords = (...values: number[]): Buffer => words(...values).swap32()

/** A load command: its kind, its length, its content filled up to 8 bytes. */
function command(kind: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const rest = Buffer.alloc(-body.length & 7)
  return Buffer.concat([words(kind, 8 + body.length + rest.length), body, rest])
}

/** A number in bytes of 7 bits. */
function leb(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest < 128) return Buffer.from(bytes)
  }
}

/** As linkers write it: where, the symbol and only then the library, the binding. */
const bindings = (bound: MachOParts['bound']): Buffer =>
  Buffer.concat([
    ...bound.flatMap(([name, library]) => [
      Buffer.from([0x71]),
      leb(4711),
      Buffer.from([0x40]),
      Buffer.from(`_${name}\0`),
      Buffer.from([library < 0 ? 0x30 | (library & 15) : 0x10 | library, 0x90]),
    ]),
    Buffer.from([0]),
  ])

/** A trie of one level: a child a name. */
function trie(names: string[]): Buffer {
  const labels = names.map((name) => Buffer.from(`_${name}\0`))
  // A child's place is written in two bytes, so that all are known before.
  const children = 2 + labels.reduce((sum, label) => sum + label.length + 2, 0)
  const leaf = Buffer.from([2, 0, 0, 0])
  return Buffer.concat([
    Buffer.from([0, names.length]),
    ...labels.flatMap((label, index) => {
      const place = children + index * leaf.length
      return [label, Buffer.from([(place & 127) | 128, place >> 7])]
    }),
    ...labels.map(() => leaf),
  ])
}

/** The signature of what comes before it. */
function signatureOf(content: Buffer, isAdHoc: boolean): Buffer {
  const page = 4096
  const pages = Math.ceil(content.length / page)
  const hashes = Array.from({ length: pages }, (_, index) =>
    createHash('sha256')
      .update(content.subarray(index * page, (index + 1) * page))
      .digest(),
  )
  const length = 44 + pages * 32
  const directory = [
    bigWords(0xfade0c02, length, 0x20100, isAdHoc ? 2 : 0, 44, 0, 0, pages, content.length),
    Buffer.from([32, 2, 0, 12]),
    bigWords(0),
    ...hashes,
  ]
  return Buffer.concat([bigWords(0xfade0cc0, 20 + length, 1, 0, 20), ...directory])
}

/** The file: a header, commands, contents, the signature. */
export function makeMachO(changes: Partial<MachOParts> = {}): Buffer {
  const parts = { ...goodMachO, ...changes }
  const [opcodes, names, text] = [bindings(parts.bound), trie(parts.exported), Buffer.from(parts.text)]
  const name = (path: string): Buffer => Buffer.from(`${path}\0`)
  const build = (at: number, end: number): Buffer[] => [
    ...parts.protections.map((protection, index) => {
      const title = Buffer.alloc(16)
      title.write(`__SEGMENT${index}`)
      return command(0x19, title, Buffer.alloc(32), words(protection, protection, 0, 0))
    }),
    command(0xd, words(24, 0, 0, 0), name(parts.name)),
    ...parts.libraries.map((path) => command(0xc, words(24, 0, 0, 0), name(path))),
    ...parts.paths.map((path) => command(0x8000001c, words(12), name(path))),
    command(0x32, words(parts.build[0], (parts.build[1] << 16) | (parts.build[2] << 8), 0, 0)),
    command(0x80000022, words(0, 0, at, opcodes.length, 0, 0, 0, 0, at + opcodes.length, names.length)),
    ...(parts.isSigned ? [command(0x1d, words(end, 76 + 32 * Math.ceil(end / 4096)))] : []),
  ]
  const size = Buffer.concat(build(0, 0)).length
  const content = Buffer.concat([opcodes, names, text])
  const end = 32 + size + content.length
  const commands = build(32 + size, end)
  const header = words(0xfeedfacf, parts.cpu, 0, parts.type, commands.length, size, 0x85, 0)
  const file = Buffer.concat([header, ...commands, content])
  return parts.isSigned ? Buffer.concat([file, signatureOf(file, parts.isAdHoc)]) : file
}
