/** Finds the addon's binary: the one built from source, or the prebuilt one for this platform. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What the process runs on, as far as a binary depends on it. */
export interface Platform {
  /** `process.platform` and `process.arch`. */
  readonly platform: string
  readonly arch: string
  /** The program that runs: its file. */
  readonly execPath: string
}

/** The C library of a Linux process: binaries for one do not load in the other. */
export type Libc = 'gnu' | 'musl'

/** Segments of an ELF file: what is mapped, and what names a program's dynamic loader. */
const [PT_LOAD, PT_INTERP] = [1, 3]

interface Segment {
  readonly type: number
  readonly place: number
  readonly length: number
}

/** The segments of a 64-bit ELF file, whose first `size` bytes are in `head`; none where it is something else. */
function segmentsIn(head: Buffer, size: number): Segment[] {
  // A magic number, then 2 = 64 bits, 1 = little-endian.
  if (size < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16BE(4) !== 0x0201) return []
  // Places and lengths have 64 bits, of which those looked for need 32.
  const table = head.readUInt32LE(32)
  const entrySize = head.readUInt16LE(54)
  const segments: Segment[] = []
  for (let left = head.readUInt16LE(56), entry = table; left > 0 && entry + 56 <= size; left--, entry += entrySize) {
    const [type, place, length] = [0, 8, 32].map((at) => head.readUInt32LE(entry + at)) as [number, number, number]
    segments.push({ type, place, length })
  }
  return segments
}

/** Reads the first page of a file. */
function readHead<Result>(path: string, use: (head: Buffer, size: number, file: number) => Result): Result {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.allocUnsafe(2048)
    return use(head, readSync(file, head, 0, head.length, 0), file)
  } finally {
    closeSync(file)
  }
}

/** The path of the dynamic loader that an ELF file asks for; `undefined` where it names none. */
const interpreterOf = (path: string): string | undefined =>
  readHead(path, (head, size, file) => {
    const segment = segmentsIn(head, size).find(({ type }) => type === PT_INTERP)
    if (segment === undefined) return undefined
    const length = Math.min(segment.length, head.length)
    // Mostly it stands in what was read already.
    const { place } = segment
    if (place + length <= size) return head.toString('latin1', place, place + length)
    return head.toString('latin1', 0, readSync(file, head, 0, length, place))
  })

/** How long a file is, and how long its segments have it be. */
const lengthsOf = (path: string): [there: number, needed: number] =>
  readHead(path, (head, size, file) => {
    const mapped = segmentsIn(head, size).filter(({ type }) => type === PT_LOAD)
    return [fstatSync(file).size, Math.max(0, ...mapped.map(({ place, length }) => place + length))]
  })

/**
 * A binary whose end is missing, as of a copy that was broken off, would be mapped all the same, and the process would
 * die of the first access behind its end.
 * @throws {Error} where it is shorter than its segments
 */
function checkLength(path: string): void {
  let lengths: [there: number, needed: number]
  try {
    lengths = lengthsOf(path)
  } catch {
    return // The loader will say why it cannot be read.
  }
  const [there, needed] = lengths
  if (there < needed) throw new Error(`${path}: truncated: it has ${there} bytes, of at least ${needed}`)
}

function libcNamed(text: string): Libc | undefined {
  if (text.includes('/ld-musl-')) return 'musl'
  return text.includes('/ld-linux-') || text.includes('/libc.so.6') ? 'gnu' : undefined
}

/**
 * The C library of this process: what its program asks for, which costs a read of one page. A program that was started
 * through its loader (then that is what runs), or that may not be read, has its libraries mapped all the same.
 */
export function libcOf(execPath: string, maps = '/proc/self/maps'): Libc | undefined {
  // Deno asks its user before it reads another file, and knows what it was built for.
  const { Deno: deno } = globalThis as { Deno?: { build?: { target?: unknown } } }
  const built = /-linux-(gnu|musl)/.exec(String(deno?.build?.target))
  if (built !== null) return built[1] as Libc
  const questions = [() => interpreterOf(execPath) ?? '', () => readFileSync(maps, 'latin1')]
  for (const ask of questions) {
    try {
      const libc = libcNamed(ask())
      if (libc !== undefined) return libc
    } catch {
      // Files may be forbidden (Deno's permissions, a sandbox without /proc): the next question, or none.
    }
  }
  return undefined
}

/** The targets whose binaries may fit, best first: folders of prebuilds/, as scripts/prebuild/targets.js names them. */
export function targetsFor({ platform, arch, execPath }: Platform): readonly string[] {
  const name = `${platform}-${arch}`
  if (platform !== 'linux') return [name]
  const libc = libcOf(execPath)
  // glibc refuses a binary for musl, where musl might take one for glibc.
  return libc === undefined ? [`${name}-musl`, `${name}-gnu`] : [`${name}-${libc}`]
}

/** What was tried, and what the dynamic loader said to it. */
interface Attempt {
  readonly path: string
  readonly error: unknown
}

/** What the loader said, and of which file, each once; without the list of who required whom. */
function told({ path, error }: Attempt): string {
  const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\nRequire stack:')
  return text.includes(path) ? text : `${path}: ${text}`
}

const COMMAND = 'scripts/build-from-source.js'

function prebuiltTargets(root: string): string[] {
  try {
    return readdirSync(join(root, 'prebuilds')).filter((name) =>
      existsSync(join(root, 'prebuilds', name, 'berkeley.node')),
    )
  } catch {
    return []
  }
}

/** Whether Node.js loads no addon at all, so that another binary would not help. */
const isForbidden = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ERR_DLOPEN_DISABLED'

/** The runtime and its version, such as `Node.js 20.19.0`. */
function runtime(): string {
  const { bun, deno, electron, node } = process.versions as Record<string, string | undefined>
  if (bun !== undefined) return `Bun ${bun}`
  if (deno !== undefined) return `Deno ${deno}`
  return electron === undefined ? `Node.js ${node}` : `Electron ${electron}`
}

/** What is typed in a shell to have this runtime run a script. */
function commandFor(script: string): string {
  const { bun, deno } = process.versions as Record<string, string | undefined>
  const program = bun !== undefined ? 'bun' : deno !== undefined ? 'deno run -A' : 'node'
  // What double quotes would leave its meaning.
  return `${program} ${/["$`\\!]/.test(script) ? `'${script.replaceAll("'", "'\\''")}'` : `"${script}"`}`
}

/**
 * The package has no binary that runs here. `code` is `'ERR_BERKELEY_NO_BINARY'` where there is none for this platform,
 * `'ERR_BERKELEY_LOAD_FAILED'` where one is there and did not load; `cause` is then what the first of them met.
 */
export class BinaryError extends Error {
  readonly code: 'ERR_BERKELEY_NO_BINARY' | 'ERR_BERKELEY_LOAD_FAILED'
  /** The platform found, such as `'linux-x64-musl'`. */
  readonly target: string
  /** The platforms whose binaries the package has. */
  readonly available: readonly string[]
  /** The shell command that builds one from source, which helps unless Node.js may load no addon at all. */
  readonly buildCommand: string

  /** @param isNamed whether `BERKELEY_ADDON` names the one that was tried */
  constructor(root: string, targets: readonly string[], attempts: readonly Attempt[], isNamed = false) {
    const available = prebuiltTargets(root)
    const target = targets.length === 1 ? (targets[0] as string) : `${process.platform}-${process.arch}`
    const script = join(root, COMMAND)
    const isPackage = existsSync(script)
    const buildCommand = isPackage ? commandFor(script) : 'npx berkeley build'
    const unknown = targets.length === 1 ? '' : ' (whether its C library is glibc or musl was not to be seen)'
    const lines = [
      `berkeley: the native addon could not be loaded for ${target}${unknown}, ${runtime()}.`,
      available.length > 0 ? `Prebuilt here: ${available.join(', ')}.` : 'There are no prebuilt binaries here.',
      ...(isNamed ? ['BERKELEY_ADDON names the file to load, and no other was tried.'] : []),
      ...attempts.map(told),
      // In a bundle the files of the package are elsewhere.
      ...(isPackage ? [] : [`${root} is not the folder of the package: a bundler has to leave it outside the bundle.`]),
      attempts.some(({ error }) => isForbidden(error))
        ? 'Node.js was told to load no addon: --permission takes --allow-addons beside it, --no-addons has to go.'
        : `To build it from source, with a C++17 compiler: ${buildCommand}`,
    ]
    super(lines.join('\n'), attempts.length > 0 ? { cause: attempts[0]?.error } : undefined)
    this.code = attempts.length > 0 ? 'ERR_BERKELEY_LOAD_FAILED' : 'ERR_BERKELEY_NO_BINARY'
    this.target = target
    this.available = available
    this.buildCommand = buildCommand
  }
}

Object.defineProperty(BinaryError.prototype, 'name', { value: 'BinaryError', configurable: true, writable: true })

/**
 * Loads the binary: `build/Release/`, which a build from source makes, before `prebuilds/`.
 * @param root the folder of the package
 * @param load `require`
 * @param named the one file to load instead, where there is a name; from the current folder, where that does not begin
 *   with a slash
 * @throws {BinaryError}
 */
export function loadBinary(
  root: string,
  load: (path: string) => unknown,
  platform: Platform = process,
  named: string | undefined = undefined,
): unknown {
  const attempts: Attempt[] = []
  if (named) {
    const path = resolve(named)
    try {
      // Of another name it would be read as a program.
      if (!path.endsWith('.node')) throw new Error(`${path}: the name of an addon ends in .node`)
      checkLength(path)
      return load(path)
    } catch (error) {
      throw new BinaryError(root, targetsFor(platform), [{ path, error }], true)
    }
  }
  const attempt = (...parts: string[]): unknown => {
    const path = join(root, ...parts, 'berkeley.node')
    if (!existsSync(path)) return undefined
    try {
      checkLength(path)
      return load(path)
    } catch (error) {
      attempts.push({ path, error })
      return undefined
    }
  }
  const built = attempt('build', 'Release')
  if (built !== undefined) return built
  const targets = targetsFor(platform)
  for (const target of targets) {
    const binary = attempt('prebuilds', target)
    if (binary !== undefined) return binary
  }
  throw new BinaryError(root, targets, attempts)
}
