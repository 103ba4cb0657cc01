/** What is printed of the tests that ran. */
import { writeSync } from 'node:fs'

/** @typedef {import('../suite.js').Result & { subject: string }} Told */

/** @param {string} line */
export function printLine(line) {
  const bytes = Buffer.from(`${line}\n`)
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(1, bytes, sent)
    } catch (error) {
      // A full pipe that somebody has made non-blocking.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error
    }
  }
}

const WORDS = /** @type {const} */ ({ passed: 'ok', failed: 'not ok', skipped: 'skip' })

/**
 * Prints results and counts them.
 * @param {boolean} isJson
 */
export function reporterOf(isJson) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  return {
    get passed() {
      return counts.passed
    },
    get failed() {
      return counts.failed
    },
    /** @param {Told} result */
    tell(result) {
      counts[result.outcome]++
      if (isJson) return printLine(JSON.stringify(result))
      const { subject, name, outcome, reason, ms } = result
      const detail = outcome === 'passed' ? ` (${ms} ms)` : outcome === 'skipped' ? ` # ${reason}` : ''
      printLine(`${WORDS[outcome]} - ${subject}: ${name}${detail}`)
      if (outcome === 'failed') printLine(String(reason).replace(/^/gm, '    '))
    },
    summary() {
      const { passed, failed, skipped } = counts
      printLine(isJson ? JSON.stringify(counts) : `${passed} passed, ${failed} failed, ${skipped} skipped`)
    },
  }
}
