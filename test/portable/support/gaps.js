/**
 * What a runtime cannot do, with the reason in words: docs/runtimes.md quotes it. A gap is of the runtime; a defect of
 * this package has no place here.
 */
import { runtime } from './runtime.js'

/** @type {readonly { runtime: import('./runtime.js').RuntimeName, tests: RegExp, reason: string }[]} */
export const gaps = [
  {
    runtime: 'deno',
    tests: /^terminate\(\) ends a worker in /,
    reason: 'terminate() of Deno does not stop a worker that is busy: not even an endless loop in JavaScript',
  },
]

/**
 * Why this runtime cannot run a test.
 * @param {string} name of the test
 * @returns {string | undefined}
 */
export const gapOf = (name) => gaps.find((gap) => gap.runtime === runtime && gap.tests.test(name))?.reason
