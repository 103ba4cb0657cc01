import { parseArgs } from 'node:util'

export const USAGE = `node bench/run.js [case ... | micro] [options]
  case            its name, or the beginning of several ones (tcp-pingpong); micro: the micro-benchmarks
  --drivers a,b   only these, and c; one that is not installed is then an error, not skipped
  --minutes N     no round begins that would end later, but for the first three (8)
  --rounds N      at most so many rounds of each case (15); with --minutes 0 at least three
  --quick         a smoke test: tiny counts, one round, checks bytes and judges no time
  --json FILE     writes all figures, single runs included
  --html FILE     writes the page of charts, one file that needs no network
  --from FILE     measures nothing: shows and writes what an earlier --json has
  --write         writes bench/RESULTS.md and bench/results.html
  --list          names the cases and drivers`

/** Rounds that each case gets, whatever the time: less has no quartiles. */
const LEAST = 3

/**
 * @param {string[]} args
 * @throws {Error} for what is none of them
 */
export function parseOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      drivers: { type: 'string' },
      minutes: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '15' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      html: { type: 'string' },
      from: { type: 'string' },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const rounds = values.quick ? 1 : Number(values.rounds)
  const minutes = Number(values.minutes)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds takes a whole number from 1 on, not ${values.rounds}`)
  }
  if (!(minutes >= 0 && minutes < 1e6)) throw new Error(`--minutes takes a number from 0 on, not ${values.minutes}`)
  if (values.write && (values.quick || positionals.length > 0)) throw new Error('--write takes a full run of all cases')
  return { ...values, rounds, least: Math.min(LEAST, rounds), budgetMs: minutes * 60_000, wanted: positionals }
}

/**
 * The cases asked for: by their names, or by how these begin.
 * @param {string[]} wanted
 * @param {string[]} known
 * @returns {string[]}
 * @throws {Error} for a word that is no case
 */
export function chosen(wanted, known) {
  const found = new Set()
  for (const word of wanted) {
    const matching = known.includes(word) ? [word] : known.filter((name) => name.startsWith(`${word}-`))
    if (matching.length === 0) throw new Error(`no case ${word}; there are ${known.join(', ')}`)
    for (const name of matching) found.add(name)
  }
  return known.filter((name) => found.has(name))
}
