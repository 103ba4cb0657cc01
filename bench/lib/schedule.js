/** How often each case runs within the time there is. @import { CaseResult } from './types.js' */

/**
 * How many rounds a case of this effort has had after so many passes: one at least.
 * @param {number} effort
 * @param {number} passes
 */
export function roundsAfter(effort, passes) {
  return Math.max(1, Math.round(passes * effort))
}

/**
 * Pass after pass over all cases, each of which so has its rounds spread over the whole time: what disturbs the machine
 * for a minute disturbs no case alone. After `least` passes a round is only begun where it will end in time, as long as
 * the case's last one took.
 * @param {CaseResult[]} results
 * @param {{ passes: number, least: number, budgetMs: number, now?: () => number,
 *   round: (result: CaseResult, round: number) => Promise<void>, onPass?: (pass: number) => Promise<void> }} options
 * @returns {Promise<{ done: number, left: number }>} rounds of all cases together
 */
export async function runPasses(results, { passes, least, budgetMs, round, onPass, now = () => performance.now() }) {
  const until = now() + budgetMs
  const states = results.map((result) => ({ result, effort: result.case.effort ?? 1, done: 0, tookMs: 0 }))
  for (let pass = 0; pass < passes && states.length > 0; pass++) {
    await onPass?.(pass)
    for (const state of states) {
      while (state.done < roundsAfter(state.effort, pass + 1)) {
        if (pass >= least && now() + state.tookMs > until) break
        const began = now()
        await round(state.result, state.done)
        state.tookMs = now() - began
        state.done++
      }
    }
    if (pass + 1 >= least && now() >= until) break
  }
  const done = states.reduce((sum, state) => sum + state.done, 0)
  const wanted = states.reduce((sum, { effort }) => sum + roundsAfter(effort, passes), 0)
  return { done, left: wanted - done }
}
