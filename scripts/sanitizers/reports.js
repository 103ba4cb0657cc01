/**
 * Reads what the sanitizers have written. Node is not built for them and, where `process.exit()` ends it, frees nothing;
 * so a leak counts that was allocated by the addon, or by what the addon has called. No list of suppressions can say
 * that: one that names a function of Node hides every leak below it, and almost everything is below it.
 */

/** Sanitizers, and the words that begin a report. */
const FATAL = [/^.*WARNING: ThreadSanitizer: .*$/m, /^.*ERROR: AddressSanitizer: .*$/m, /^.*: runtime error: .*$/m]

/** A stack's frame in native/, or in the library of faults on purpose. */
const OURS = /(?:native|test\/sanitizers)\/[\w/.]+\.(?:cc|h):\d+|(?:berkeley|faulty)\.node\+/
/** V8 at work, for its own heap or running JavaScript, whoever has asked for that: the memory is its own. */
const V8 = /\bBuiltins_|\bv8::internal::|<unknown module>|\bnapi_make_callback\b|\bnapi_call_function\b/

/**
 * Whether the addon has to answer for a leak.
 * @param {string} leak its paragraph in LeakSanitizer's report
 */
export function isOurs(leak) {
  for (const frame of leak.split('\n').slice(1)) {
    if (OURS.test(frame)) return true
    if (V8.test(frame)) return false
  }
  return false
}

/**
 * What a program's standard error says.
 * @param {string} stderr
 * @returns {{ found: string[], others: number }} the reports that count, and how many leaks are Node's own
 */
export function read(stderr) {
  const leaks = stderr.split('\n\n').filter((paragraph) => /^(?:Direct|Indirect) leak of /m.test(paragraph))
  const ours = leaks.filter(isOurs)
  const fatal = FATAL.flatMap((begin) => {
    const at = begin.exec(stderr)
    return at === null ? [] : [stderr.slice(at.index, at.index + 6000)]
  })
  // A sanitizer that failed itself has looked at nothing.
  const failed = /^.*(?:has encountered a fatal error|CHECK failed|Tracer caught signal).*$/m.exec(stderr)
  return { found: [...fatal, ...(failed === null ? [] : [failed[0]]), ...ours], others: leaks.length - ours.length }
}
