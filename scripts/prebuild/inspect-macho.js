/** The checks of a binary for macOS, without running it. */
import { commonProblems, exportProblems, isOfRuntime } from './inspect-common.js'
import { readMachO } from './macho.js'
import { signatureProblems } from './signature.js'
import { oldestMacos } from './targets.js'

/** @import { Target } from './targets.js' */
/** @import { MachO } from './macho.js' */

const CPUS = { x64: 0x01000007, arm64: 0x0100000c }
/** A library and a bundle: dlopen takes both. */
const TYPES = [6, 8]
const MACOS = 1
const SYSTEM = '/usr/lib/libSystem.B.dylib'
const WRITABLE_AND_EXECUTABLE = 2 | 4
/** Where a symbol is looked for: in the first library; in all that are loaded. */
const FIRST_LIBRARY = 1
const ANYWHERE = -2

/** @param {MachO} macho */
function symbolProblems({ exported, bound }) {
  const problems = exportProblems(exported)
  // A linker that drops the tables of exceptions drops who reads them, too.
  if (!bound.some(({ name }) => name === '_Unwind_SetGR')) problems.push('cannot catch exceptions')
  for (const { name, library } of bound) {
    // The compiler's headers know the system's symbols; what it does not find there it leaves to be found anywhere.
    if (library === ANYWHERE ? !isOfRuntime(name) : library !== FIRST_LIBRARY) {
      problems.push(`needs ${name}, which neither the system nor the runtime has`)
    }
  }
  return problems
}

/**
 * What is wrong with a binary; nothing where the list is empty.
 * @param {Buffer} bytes
 * @param {Target} target for which it is meant, of macOS
 */
export function inspectMachO(bytes, target) {
  const macho = readMachO(bytes)
  const problems = []
  if (macho.cpu !== CPUS[target.arch]) problems.push(`is for processor 0x${macho.cpu.toString(16)}, not ${target.arch}`)
  if (!TYPES.includes(macho.type)) problems.push('is neither a library nor a bundle')
  const { build } = macho
  if (build?.platform !== MACOS || build.oldest !== oldestMacos) {
    problems.push(`is for platform ${build?.platform} from ${build?.oldest} on, not for macOS from ${oldestMacos} on`)
  }
  if (macho.name !== undefined && macho.name !== '@rpath/berkeley.node') problems.push(`calls itself ${macho.name}`)
  for (const name of macho.libraries) if (name !== SYSTEM) problems.push(`needs the library ${name}`)
  if (macho.libraries[0] !== SYSTEM) problems.push(`does not name ${SYSTEM} first`)
  if (macho.paths.length > 0) problems.push('has a path to look for libraries (RPATH)')
  if (macho.segments.some(({ protection }) => (protection & WRITABLE_AND_EXECUTABLE) === WRITABLE_AND_EXECUTABLE)) {
    problems.push('has memory that is writable and executable')
  }
  problems.push(...symbolProblems(macho))
  if (macho.signature !== undefined) problems.push(...signatureProblems(bytes, macho.signature))
  else if (target.arch === 'arm64') problems.push('is not signed')
  return [...problems, ...commonProblems(bytes)]
}
