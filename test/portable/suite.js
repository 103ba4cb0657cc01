/**
 * Where the files of the portable suite register their tests, and how one is run. Plain JavaScript over node:assert, so
 * that it runs unchanged wherever the package does.
 */
import { gapOf } from './support/gaps.js'
import { missing } from './support/needs.js'
import { openDescriptors, settled } from './support/open-descriptors.js'
import { slowness } from './support/runtime.js'

/** @typedef {{ close(): void } | { [Symbol.dispose](): void } | { [Symbol.asyncDispose](): Promise<void> }} Closable */
/**
 * @typedef {object} Options
 * @property {readonly import('./support/needs.js').Need[]} [needs] what the machine must have; probed
 * @property {number} [timeout] seconds, on a machine of usual speed; 10 where left out
 */
/** @typedef {{ name: string, body: (t: Context) => unknown, needs: readonly string[], timeout: number }} Test */
/** @typedef {{ name: string, outcome: 'passed' | 'failed' | 'skipped', reason?: string, ms: number }} Result */

/** What a test gets: it closes everything that it was given, last first. */
export class Context {
  /** @type {(() => unknown)[]} */
  #endings = []

  /**
   * @template {Closable} T
   * @param {T} thing
   * @returns {T}
   */
  add(thing) {
    this.after(() => {
      if ('close' in thing) return thing.close()
      return Symbol.asyncDispose in thing ? thing[Symbol.asyncDispose]() : thing[Symbol.dispose]()
    })
    return thing
  }

  /** @param {() => unknown} ending what is called when the test ends */
  after(ending) {
    this.#endings.push(ending)
  }

  async end() {
    for (const ending of this.#endings.splice(0).reverse()) await ending()
  }
}

/** @type {Test[]} */
const registered = []

/**
 * Registers a test.
 * @param {string} name
 * @param {(t: Context) => unknown} body
 * @param {Options} [options]
 */
export function test(name, body, { needs = [], timeout = 10 } = {}) {
  registered.push({ name, body, needs, timeout })
}

/** The tests that were registered since the last call. */
export const takeTests = () => registered.splice(0)

/**
 * Runs one: never throws.
 * @param {Test} test
 * @returns {Promise<Result>}
 */
export async function runTest({ name, body, needs, timeout }) {
  const began = performance.now()
  /** @type {(outcome: Result['outcome'], reason?: string) => Result} */
  const result = (outcome, reason) => ({
    name,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ms: Math.round(performance.now() - began),
  })
  const lacking = gapOf(name) ?? missing(needs)
  if (lacking !== undefined) return result('skipped', lacking)

  const before = openDescriptors()
  const context = new Context()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  /** @type {unknown[]} */
  const errors = []
  try {
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${timeout * slowness} s`)), timeout * slowness * 1000)
    })
    await Promise.race([(async () => body(context))(), limit])
  } catch (error) {
    errors.push(error)
  }
  clearTimeout(timer)
  try {
    await context.end()
    const leaked = await settled(before)
    if (leaked.length > 0) errors.push(new Error(`descriptors left open: ${leaked.join(', ')}`))
  } catch (error) {
    errors.push(error)
  }
  if (errors.length === 0) return result('passed')
  return result('failed', errors.map((error) => (error instanceof Error ? error.stack : String(error))).join('\n'))
}
