/** Small ELF files for tests of what inspects them: well-formed, and of nothing but what is asked. */

/** What an ELF file holds. */
export interface ElfParts {
  machine: number
  type: number
  /** Type and flags of each. */
  segments: [type: number, flags: number][]
  needed: string[]
  soname: string
  /** More entries of the dynamic section. */
  dynamic: [tag: number, value: number][]
  /** Symbols of others by name, with the version that is asked for. */
  wanted: [name: string, version?: string][]
  exported: string[]
  /** Bytes at the end, of no section. */
  text: string
}

/** What an addon for Linux x64 has that is as it should be. */
export const goodElf: ElfParts = {
  machine: 62,
  type: 3,
  // Code, the stack, tables that are closed after relocation.
  segments: [
    [1, 5],
    [0x6474e551, 6],
    [0x6474e552, 4],
  ],
  needed: ['libc.so.6'],
  soname: 'berkeley.node',
  // FLAGS_1 with NODELETE.
  dynamic: [[0x6ffffffb, 8]],
  wanted: [['napi_create_double'], ['uv_poll_init'], ['recvmsg', 'GLIBC_2.2.5'], ['getrandom', 'GLIBC_2.25']],
  exported: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  text: 'opens /proc/self/maps',
}

/** Texts that end in 0, each once, with its place. */
class Texts {
  bytes = Buffer.from([0])

  place(text: string): number {
    const at = this.bytes.length
    this.bytes = Buffer.concat([this.bytes, Buffer.from(`${text}\0`, 'latin1')])
    return at
  }
}

const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8])
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** The file: a header, segments, contents, and the sections that say where those are. */
export function makeElf(changes: Partial<ElfParts> = {}): Buffer {
  const parts = { ...goodElf, ...changes }
  const texts = new Texts()
  const versions = [...new Set(parts.wanted.map(([, version]) => version).filter((version) => version !== undefined))]
  const symbols = [
    ...parts.wanted.map(([name, version]) => ({
      name,
      section: 0,
      version: version === undefined ? 1 : versions.indexOf(version) + 2,
    })),
    ...parts.exported.map((name) => ({ name, section: 1, version: 1 })),
  ]
  const global = 0x12
  const symbolTable = Buffer.concat([
    Buffer.alloc(24),
    ...symbols.map(({ name, section }) =>
      Buffer.concat([u32(texts.place(name)), Buffer.from([global, 0]), u16(section), u64(0), u64(0)]),
    ),
  ])
  const versionTable = Buffer.concat([u16(0), ...symbols.map(({ version }) => u16(version))])
  const library = texts.place('libc.so.6')
  const versionNeeds = Buffer.concat([
    Buffer.concat([u16(1), u16(versions.length), u32(library), u32(16), u32(0)]),
    ...versions.map((version, index) =>
      Buffer.concat([u32(0), u16(0), u16(index + 2), u32(texts.place(version)), u32(16)]),
    ),
  ])
  const entries: [number, number][] = [
    ...parts.needed.map((name): [number, number] => [1, texts.place(name)]),
    [14, texts.place(parts.soname)],
    ...parts.dynamic,
    [0, 0],
  ]
  const dynamic = Buffer.concat(entries.flatMap(([tag, value]) => [u64(tag), u64(value)]))

  // By type; each refers to the texts, which are the first section after the empty one.
  const sections: [type: number, content: Buffer][] = [
    [3, texts.bytes],
    [11, symbolTable],
    [0x6fffffff, versionTable],
    [0x6ffffffe, versionNeeds],
    [6, dynamic],
  ]
  const segments = Buffer.concat(
    parts.segments.map(([type, flags]) => Buffer.concat([u32(type), u32(flags), Buffer.alloc(48)])),
  )
  const headers = [Buffer.alloc(64)]
  const contents: Buffer[] = []
  let at = 64 + segments.length
  for (const [type, content] of sections) {
    headers.push(
      Buffer.concat([u32(0), u32(type), u64(0), u64(0), u64(at), u64(content.length), u32(1), u32(0), u64(0), u64(0)]),
    )
    contents.push(content)
    at += content.length
  }
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[u16(parts.type), u16(parts.machine), u32(1), u64(0), u64(64), u64(at), u32(0)],
    ...[u16(64), u16(56), u16(parts.segments.length), u16(64), u16(headers.length), u16(0)],
  ])
  return Buffer.concat([header, segments, ...contents, ...headers, Buffer.from(parts.text)])
}
