/** The report's headings, in their order; a case that names none is known by its name. @import { Case } from './types.js' */

/** @type {[string, RegExp][]} */
const KNOWN = [
  ['Single calls', /^(call|open-close|pass-|recvmsg-sendmsg|makefile)/],
  ['Ping-pong', /pingpong/],
  ['Servers', /echo|idle/],
  ['Connections', /accept|connect/],
  ['Bulk transfer', /bulk|sendfile/],
  ['UDP', /udp|mmsg|batch|gso|gro/],
  ['Zero copy', /zero|splice|proxy/],
  ['Start', /import|start/],
]
const OTHER = 'Other'

/** @param {Pick<Case, 'name' | 'group'>} benchmark */
export function groupOf({ name, group }) {
  return group ?? KNOWN.find(([, pattern]) => pattern.test(name))?.[0] ?? OTHER
}

/**
 * What belongs together, in the order of the headings; in each group as it came.
 * @template {{ case: Pick<Case, 'name' | 'group'> }} T
 * @param {T[]} results
 * @returns {[string, T[]][]}
 */
export function grouped(results) {
  /** @type {Map<string, T[]>} */
  const byName = new Map()
  for (const result of results) {
    const name = groupOf(result.case)
    byName.set(name, [...(byName.get(name) ?? []), result])
  }
  const order = KNOWN.map(([name]) => name)
  const place = (/** @type {string} */ name) => (order.includes(name) ? order.indexOf(name) : order.length)
  return [...byName].sort(([a], [b]) => place(a) - place(b) || Number(a === OTHER) - Number(b === OTHER))
}
