/** The checks of a binary for Linux, without running it. */
import { readElf } from './elf.js'
import { commonProblems, exportProblems, isOfRuntime } from './inspect-common.js'
import { oldestGlibc } from './targets.js'

/** @import { Target } from './targets.js' */
/** @import { Elf } from './elf.js' */

const MACHINES = { x64: 62, arm64: 183 }
const SHARED_OBJECT = 3
const PT_INTERP = 3
const PT_GNU_STACK = 0x6474e551
const PT_GNU_RELRO = 0x6474e552
const EXECUTABLE = 1
const WRITABLE = 2
const DT_RPATH = 15n
const DT_TEXTREL = 22n
const DT_RUNPATH = 29n
const DT_FLAGS = 30n
const DF_TEXTREL = 4n
const DT_FLAGS_1 = 0x6ffffffbn
const DF_1_NODELETE = 8n

/** What every system with that C library has. */
const LIBRARIES = {
  gnu: ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'],
  musl: ['libc.so'],
}

/** Symbols that may be missing: the start files ask for them. */
const OPTIONAL = /^(__gmon_start__|_ITM_(de)?registerTMCloneTable|__cxa_finalize|__cxa_thread_atexit_impl)$/
/** C++'s own libraries and the compiler's: they have to be in the binary. */
const OF_CXX =
  /^(_Z|__cxa_(?!atexit|finalize|thread_atexit_impl)|__gxx_|_Unwind_|__(u?(div|mod)|mul|float|fix)\w*[sdt]i)/

/** Compares versions as `2.28`. @param {string} one @param {string} other */
function isNewer(one, other) {
  const [[major = 0, minor = 0] = [], [otherMajor = 0, otherMinor = 0] = []] = [one, other].map((version) =>
    version.split('.').map(Number),
  )
  return major > otherMajor || (major === otherMajor && minor > otherMinor)
}

/** @param {Elf} elf @param {Target} target */
function symbolProblems(elf, { libc }) {
  const problems = exportProblems(elf.exported)
  for (const { name, version, isWeak } of elf.wanted) {
    if (isOfRuntime(name) || (isWeak && OPTIONAL.test(name))) continue
    const oldest = version?.match(/^GLIBC_(.*)$/)?.[1]
    if (OF_CXX.test(name)) problems.push(`needs ${name} of C++'s libraries`)
    else if (libc === 'musl' ? version !== undefined : oldest === undefined) {
      problems.push(`needs ${name}${version === undefined ? '' : ` (${version})`}, which the C library does not have`)
    } else if (oldest !== undefined && isNewer(oldest, oldestGlibc)) {
      problems.push(`needs ${name} of glibc ${oldest}, where ${oldestGlibc} is the oldest`)
    }
  }
  return problems
}

/** @param {Elf} elf */
function safetyProblems({ segments, dynamic }) {
  const problems = []
  const stack = segments.find(({ type }) => type === PT_GNU_STACK)
  if (stack === undefined || (stack.flags & EXECUTABLE) !== 0) problems.push('has an executable stack')
  if (segments.some(({ type, flags }) => type === 1 && (flags & EXECUTABLE) !== 0 && (flags & WRITABLE) !== 0)) {
    problems.push('has memory that is writable and executable')
  }
  if (!segments.some(({ type }) => type === PT_GNU_RELRO))
    problems.push('leaves its relocated tables writable (no RELRO)')
  if (dynamic.has(DT_TEXTREL) || ((dynamic.get(DT_FLAGS) ?? 0n) & DF_TEXTREL) !== 0n)
    problems.push('relocates code (TEXTREL)')
  if (((dynamic.get(DT_FLAGS_1) ?? 0n) & DF_1_NODELETE) === 0n) problems.push('may be unloaded (no NODELETE)')
  if (dynamic.has(DT_RPATH) || dynamic.has(DT_RUNPATH)) problems.push('has a path to look for libraries (RPATH)')
  return problems
}

/**
 * What is wrong with a binary; nothing where the list is empty.
 * @param {Buffer} bytes
 * @param {Target} target for which it is meant, of Linux
 */
export function inspectElf(bytes, target) {
  const elf = readElf(bytes)
  const problems = []
  if (elf.machine !== MACHINES[target.arch]) problems.push(`is for machine ${elf.machine}, not ${target.arch}`)
  if (elf.type !== SHARED_OBJECT || elf.segments.some(({ type }) => type === PT_INTERP)) {
    problems.push('is no shared object')
  }
  if (elf.soname !== undefined && elf.soname !== 'berkeley.node') problems.push(`calls itself ${elf.soname}`)
  const allowed = LIBRARIES[target.libc ?? 'gnu']
  for (const name of elf.needed) if (!allowed.includes(name)) problems.push(`needs the library ${name}`)
  return [...problems, ...symbolProblems(elf, target), ...safetyProblems(elf), ...commonProblems(bytes)]
}
