import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { parseArgs, styleText } from 'node:util'
import { home } from './lib/command.js'
import { modulesOf } from './lib/modules.js'
import { toJson, toPage } from './lib/report.js'
import { runCase } from './lib/rounds.js'
import { tablesOf, targetTable, toText, troublesOf } from './lib/tables.js'

/** @import { Case, Driver } from './lib/types.js' */

const USAGE = `node bench/run.js [case ...] [options]
  --drivers a,b   only these, and c; one that is not installed is then an error, not skipped
  --rounds N      how often each driver runs each case (9)
  --quick         a smoke test: tiny counts, one round, checks bytes and judges no time
  --json FILE     writes all figures, single runs included
  --write         writes bench/RESULTS.md
  --list          names the cases and drivers`

/**
 * @param {string[]} wanted
 * @param {Map<string, unknown>} known
 * @param {string} what
 */
function refuseUnknown(wanted, known, what) {
  const unknown = wanted.filter((name) => !known.has(name))
  if (unknown.length > 0) stop(`no ${what} ${unknown.join(', ')}; there are ${[...known.keys()].join(', ')}`)
}

/**
 * @param {string} why
 * @returns {never}
 */
function stop(why) {
  console.error(why)
  process.exit(2)
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        drivers: { type: 'string' },
        rounds: { type: 'string', default: '9' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  }
}

const { values: options, positionals } = parse()
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
const wanted = options.drivers?.split(',') ?? [...drivers.keys()]
refuseUnknown(positionals, cases, 'case')
refuseUnknown(wanted, drivers, 'driver')
const rounds = options.quick ? 1 : Number(options.rounds)
if (!Number.isInteger(rounds) || rounds < 1) stop(`--rounds takes a whole number from 1 on, not ${options.rounds}`)
if (options.write && (options.quick || positionals.length > 0)) stop('--write takes a full run of all cases')
const names = [...new Set(['c', ...wanted])]

const began = performance.now()
const load = loadavg()[0] ?? 0
if (load > 0.5) console.log(styleText('yellow', `other work keeps ${load.toFixed(1)} CPUs busy: expect a wide spread`))
/** @type {Map<string, string>} */
const missing = new Map()
/** @type {Record<string, string>} */
const versions = {}
for (const name of names) {
  try {
    versions[name] = (await drivers.get(name)?.probe()) ?? ''
    console.log(`${name.padEnd(10)}${versions[name]}`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    missing.set(name, reason)
    console.log(styleText('yellow', `${name.padEnd(10)}SKIPPED: ${reason}`))
  }
}
if (missing.has('c')) stop('nothing to compare with: the C programs could not be built')

const live = process.stdout.isTTY
const results = []
for (const benchmark of positionals.length > 0 ? positionals.map((name) => cases.get(name)) : cases.values()) {
  if (!benchmark) continue
  console.log(`\n${styleText('bold', benchmark.name)}: ${benchmark.about}`)
  const result = await runCase(benchmark, drivers, missing, {
    names,
    rounds,
    quick: options.quick,
    onRun(text) {
      if (live) process.stdout.write(`\r\x1b[K  ${text}`)
    },
  })
  if (live) process.stdout.write('\r\x1b[K')
  results.push(result)
  if (options.quick) {
    const passed = Object.keys(result.drivers).filter((name) => result.drivers[name]?.runs.length)
    console.log(`  passed: ${passed.join(', ') || 'none'}`)
  } else {
    for (const table of tablesOf(result)) console.log(toText(table))
  }
  for (const trouble of troublesOf(result)) console.log(styleText('yellow', `  ${trouble}`))
}

const report = { results, versions, rounds, load, seconds: (performance.now() - began) / 1000 }
if (!options.quick) console.log(`\n${styleText('bold', 'Targets')}\n${toText(targetTable(results))}`)
console.log(`\n${report.seconds.toFixed(0)} s`)
if (options.json !== undefined) await writeFile(options.json, toJson(report))
if (options.write) await writeFile(`${home}RESULTS.md`, toPage(report))
// A missed target is a finding; a program that failed is a fault, and so is the lack of a driver that was asked for.
const failed = results.some(({ drivers }) => Object.values(drivers).some(({ failure }) => failure !== undefined))
if (failed || (options.drivers !== undefined && missing.size > 0)) process.exitCode = 1
