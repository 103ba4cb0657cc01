import { open, readFile, writeFile } from 'node:fs/promises'
import { home } from './lib/command.js'
import { grouped } from './lib/groups.js'
import { toHtml } from './lib/html.js'
import { machineOf, watch } from './lib/machine.js'
import { microTable, runMicro } from './lib/micro.js'
import { modulesOf } from './lib/modules.js'
import { chosen, parseOptions, USAGE } from './lib/options.js'
import { showProgress } from './lib/progress.js'
import { fromJson, toJson, toMarkdownPage } from './lib/report.js'
import { begin, runRound } from './lib/rounds.js'
import { roundsAfter, runPasses } from './lib/schedule.js'
import { BASE, measuredIn, noiseTable, SUBJECT, sweepTable, tablesOf, targetTable, troublesOf } from './lib/tables.js'
import { paint, toTerminal } from './lib/terminal.js'

/** @import { Case, CaseResult, Driver } from './lib/types.js' */
/** @import { Report } from './lib/report.js' */

// A short look at the machine while nothing of the bench runs.
const LOOK_MS = 400
const BUSY = 0.3
const MICRO = 'micro'

/**
 * @param {unknown} why
 * @returns {never}
 */
function stop(why) {
  console.error(why instanceof Error ? why.message : why)
  process.exit(2)
}

/**
 * @template T
 * @param {() => T} read
 */
function orStop(read) {
  try {
    return read()
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  }
}

const options = orStop(() => parseOptions(process.argv.slice(2)))
if (options.help) {
  console.log(USAGE)
  process.exit()
}
const cases = /** @type {Map<string, Case>} */ (await modulesOf('cases'))
const drivers = /** @type {Map<string, Driver>} */ (await modulesOf('drivers'))
if (options.list) {
  for (const { name, about } of cases.values()) console.log(`${name.padEnd(27)}${about}`)
  console.log(`drivers: ${[...drivers.keys()].join(', ')}`)
  process.exit()
}
// Learned now, not after ten minutes of measuring. Appending leaves what is there as it is.
for (const file of [options.json, options.html]) {
  if (file !== undefined) await open(file, 'a').then((opened) => opened.close(), stop)
}
const report = options.from === undefined ? await measure() : await readReport(options.from)
show(report)
if (options.json !== undefined) await writeFile(options.json, toJson(report))
if (options.html !== undefined) await writeFile(options.html, await toHtml(report))
if (options.write) {
  await writeFile(`${home}RESULTS.md`, toMarkdownPage(report))
  await writeFile(`${home}results.html`, await toHtml(report))
}
// A missed target is a finding; a program that failed is a fault, and so is the lack of a driver that was asked for.
const failed =
  report.micro.failures.length > 0 ||
  report.results.some((result) => troublesOf(result).some((trouble) => trouble.includes('FAILED')))
const lacking = (options.drivers?.split(',') ?? []).some((name) => report.missing[name] !== undefined)
if (failed || lacking) process.exitCode = 1

/**
 * @param {string} file
 * @returns {Promise<Report>}
 */
async function readReport(file) {
  try {
    return fromJson(await readFile(file, 'utf8'))
  } catch (error) {
    return stop(`--from takes what --json wrote, not ${file}: ${error instanceof Error ? error.message : error}`)
  }
}

/** @returns {Promise<Report>} */
async function measure() {
  const wanted = options.drivers?.split(',') ?? [...drivers.keys()]
  const unknown = wanted.filter((name) => !drivers.has(name))
  if (unknown.length > 0) stop(`no driver ${unknown.join(', ')}; there are ${[...drivers.keys()].join(', ')}`)
  const everything = options.wanted.length === 0
  const some = options.wanted.filter((word) => word !== MICRO)
  const selected = everything ? [...cases.keys()] : orStop(() => chosen(some, [...cases.keys()]))
  // In the order in which tables and charts have them.
  const place = (/** @type {string} */ name) =>
    drivers.get(name)?.control ? 3 : name === BASE ? 0 : name.startsWith(SUBJECT) ? 1 : 2
  const names = [...new Set([BASE, ...wanted])]
    .filter((name) => !options.quick || !drivers.get(name)?.control)
    .sort((a, b) => place(a) - place(b))

  const began = performance.now()
  const machine = watch()
  const load = await machine.look(3 * LOOK_MS)
  if (load > BUSY) console.log(paint('yellow', `other work keeps ${load.toFixed(1)} CPUs busy: expect a wide spread`))
  const { versions, missing } = await probe(names)
  if (missing.has(BASE)) stop('nothing to compare with: the C programs could not be built')

  const results = selected.flatMap((name) => {
    const benchmark = cases.get(name)
    if (!benchmark) return []
    const one = options.quick ? { ...benchmark, effort: 1 } : benchmark
    return [begin(one, drivers, missing, names)]
  })
  const total = results.reduce((sum, result) => sum + roundsAfter(result.case.effort ?? 1, options.rounds), 0)
  let done = 0
  const progress = showProgress({ budgetMs: options.quick ? Number.POSITIVE_INFINITY : options.budgetMs })
  const rounds = await runPasses(results, {
    passes: options.rounds,
    least: options.least,
    budgetMs: options.budgetMs,
    onPass: async (pass) => {
      if (pass > 0) await machine.look(LOOK_MS)
    },
    async round(result, round) {
      const { name } = result.case
      const before = new Set(failuresOf(result))
      const ran = () => Object.keys(result.drivers).filter((key) => result.drivers[key]?.runs.at(-1)?.round === round)
      await runRound(result, round, drivers, {
        quick: options.quick,
        onRun: (driver) => progress.running({ name, round, driver, done, wanted: total }),
      })
      done++
      progress.ran(name, round, ran())
      for (const failure of failuresOf(result)) if (!before.has(failure)) progress.say(`${name}: ${failure}`)
    },
  })
  const micro =
    everything || some.length < options.wanted.length
      ? await runMicro({ quick: options.quick, onSuite: (name) => progress.ran(`micro: ${name}`, 0, []) })
      : { results: [], failures: [] }
  progress.end()
  const { others, steal } = machine.found()
  return {
    format: 1,
    when: new Date().toISOString().slice(0, 10),
    ...machineOf(),
    versions,
    missing: Object.fromEntries(missing),
    controls: names.filter((name) => drivers.get(name)?.control),
    abouts: Object.fromEntries(names.map((name) => [name, drivers.get(name)?.about ?? ''])),
    quick: options.quick,
    rounds,
    seconds: (performance.now() - began) / 1000,
    load: { others, steal },
    results,
    micro,
  }
}

/** @param {CaseResult} result */
function failuresOf(result) {
  return troublesOf(result).filter((trouble) => trouble.includes('FAILED'))
}

/** @param {string[]} names */
async function probe(names) {
  /** @type {Map<string, string>} */
  const missing = new Map()
  /** @type {Record<string, string>} */
  const versions = {}
  for (const name of names) {
    try {
      versions[name] = (await drivers.get(name)?.probe()) ?? ''
      console.log(`${name.padEnd(16)}${versions[name]}`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      missing.set(name, reason)
      console.log(paint('yellow', `${name.padEnd(16)}SKIPPED: ${reason}`))
    }
  }
  return { versions, missing }
}

/** @param {Report} report */
function show({ results, micro, quick, controls, rounds, seconds, load }) {
  for (const [heading, members] of grouped(results)) {
    console.log(`\n${paint(['bold', 'underline'], heading)}`)
    for (const result of members) {
      console.log(`\n${paint('bold', result.case.name)}: ${result.case.about}`)
      if (quick) console.log(`  passed: ${measuredIn(result).join(', ') || 'none'}`)
      else for (const table of tablesOf(result)) console.log(toTerminal(table, [SUBJECT]))
      for (const trouble of troublesOf(result)) console.log(paint('yellow', `  ${trouble}`))
    }
  }
  if (!quick) {
    const tables = /** @type {const} */ ([
      ['Sweeps', sweepTable(results)],
      ['Micro-benchmarks', microTable(micro.results)],
      ['Noise: the same C program against itself', noiseTable(results, controls)],
      ['Targets', targetTable(results)],
    ])
    for (const [heading, table] of tables) {
      if (table.length > 1) console.log(`\n${paint('bold', heading)}\n${toTerminal(table)}`)
    }
  }
  for (const failure of micro.failures) console.log(paint('yellow', `micro-benchmarks FAILED: ${failure}`))
  const left = rounds.left > 0 && !quick ? `, ${rounds.left} more did not fit into the time` : ''
  console.log(`\n${rounds.done} rounds in ${seconds.toFixed(0)} s${left}`)
  const others = load.others.map((cpus) => cpus.toFixed(1)).join(', ')
  console.log(
    `CPUs busy with other work between passes: ${others}; stolen by the host: ${(load.steal * 100).toFixed(1)} %`,
  )
}
