/**
 * What the binaries hold of C++'s own libraries: those sources of libc++ and libc++abi that the addon needs, compiled as
 * the compiler's own copy would be, but without the rest. That halves the time of a first build, and saves a third of a
 * binary: a name demangler, locales, streams.
 */
import { join } from 'node:path'

/** @import { Target } from './targets.js' */

const libcxx = [
  ...[
    'algorithm',
    'chrono',
    'condition_variable',
    'condition_variable_destructor',
    'exception',
    'functional',
    'future',
  ],
  ...['hash', 'memory', 'mutex', 'mutex_destructor', 'new', 'stdexcept', 'string', 'system_error', 'thread', 'vector'],
  'verbose_abort',
]

const libcxxabi = [
  ...[
    'abort_message',
    'cxa_aux_runtime',
    'cxa_default_handlers',
    'cxa_exception',
    'cxa_exception_storage',
    'cxa_guard',
  ],
  ...['cxa_handlers', 'cxa_personality', 'cxa_vector', 'cxa_virtual', 'fallback_malloc', 'private_typeinfo'],
  ...['stdlib_exception', 'stdlib_stdexcept', 'stdlib_typeinfo'],
]

/** @param {Target} target @param {string} lib the compiler's folder of libraries */
export function runtimeSources({ platform }, lib) {
  // macOS runs the destructors of threads itself.
  const ofSystem = platform === 'darwin' ? [] : ['cxa_thread_atexit']
  return [
    ...libcxx.map((name) => join(lib, `libcxx/src/${name}.cpp`)),
    ...[...libcxxabi, ...ofSystem].map((name) => join(lib, `libcxxabi/src/${name}.cpp`)),
  ]
}

/** How they are compiled: small, since nothing of them is called often. @param {Target} target @param {string} lib */
export const runtimeFlags = ({ libc }, lib) => [
  ...['-std=c++20', '-Os', '-fPIC', '-w', '-fvisibility=hidden', '-fvisibility-inlines-hidden', '-DNDEBUG'],
  ...['-D_LIBCPP_BUILDING_LIBRARY', '-DLIBCXX_BUILDING_LIBCXXABI', '-D_LIBCXXABI_BUILDING_LIBRARY'],
  ...['-D_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS', '-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS'],
  // What ends the process unexpectedly does so without a message, which would need the demangler.
  '-DLIBCXXABI_SILENT_TERMINATE',
  ...(libc === 'gnu' ? ['-DHAVE___CXA_THREAD_ATEXIT_IMPL'] : []),
  ...[`-I${join(lib, 'libcxx/src')}`, `-I${join(lib, 'libcxxabi/include')}`],
]
