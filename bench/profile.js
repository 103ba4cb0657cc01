/** Where the CPU time of an operation goes, for cases of the benchmark. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { modulesOf } from './lib/modules.js'
import { callsOf, LAYERS, profileOf } from './lib/profile.js'

/** @import { Case, Driver } from './lib/types.js' */
/** @import { Profile } from './lib/profile.js' */

const USAGE = `node bench/profile.js [case ...] [options]   (Linux; needs perf and strace)
  --drivers a,b   whose programs (c,berkeley)
  --top N         the N dearest functions too (0)
  --write         writes the tables of docs/profiles.md`

const PAGE = new URL('../docs/profiles.md', import.meta.url)
/** What the page shows unless cases are named. */
const USUAL = [
  'call-overhead',
  'tcp-pingpong-1B',
  'async-echo-1',
  'async-echo-64',
  'async-echo-1000',
  'async-echo-64x16',
]
const BULK = ['tcp-bulk-recvInto-one-cpu', 'tcp-bulk-sendall-one-cpu', 'async-bulk-recv', 'async-accept']

/** Runs of each driver, by turns; the one in the middle is told. */
const RUNS = 3

/** @param {string} program @returns {(driver: Driver) => boolean} */
const has = (program) => (driver) => driver.programs.includes(program)

/**
 * @param {unknown} why
 * @returns {never}
 */
function stop(why) {
  console.error(why instanceof Error ? why.message : why)
  process.exit(2)
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        drivers: { type: 'string', default: 'c,berkeley' },
        top: { type: 'string', default: '0' },
        write: { type: 'boolean', default: false },
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
const wanted = options.drivers.split(',')
for (const [what, known, asked] of /** @type {const} */ ([
  ['case', cases, positionals],
  ['driver', drivers, wanted],
])) {
  const unknown = asked.filter((name) => !known.has(name))
  if (unknown.length > 0) stop(`no ${what} ${unknown.join(', ')}; there are ${[...known.keys()].join(', ')}`)
}
if (!/^\d+$/.test(options.top)) stop(`--top takes a whole number from 0 on, not ${options.top}`)
for (const tool of ['perf', 'strace']) {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
  } catch {
    stop(`${tool} is not installed, which this needs (Debian: apt-get install linux-perf strace)`)
  }
}

await drivers.get('c')?.probe()
const folder = await mkdtemp(`${tmpdir()}/berkeley-profile-`)
const names = positionals.length > 0 ? positionals : [...USUAL, ...BULK].filter((name) => cases.has(name))
let page = ''
/** @type {unknown} */
let failure
try {
  for (const name of names) page += await section(name)
} catch (error) {
  failure = error
}
await rm(folder, { recursive: true, force: true })
if (failure !== undefined) stop(failure)
if (options.write) {
  const text = await readFile(PAGE, 'utf8')
  await writeFile(
    PAGE,
    text.replace(/(<!-- tables -->\n)[\s\S]*(<!-- end -->)/, (_, start, end) => `${start}\n${page}${end}`),
  )
}

/**
 * A case's table, printed as it comes.
 * @param {string} name
 */
async function section(name) {
  const benchmark = cases.get(name)
  if (!benchmark) return ''
  let text = `### ${name}\n\n${benchmark.about[0]?.toUpperCase()}${benchmark.about.slice(1)}.\n\n`
  const profiles = []
  const calls = []
  const measured = wanted.flatMap((one) => drivers.get(one) ?? []).filter(has(benchmark.program))
  for (const driver of measured) await driver.probe()
  /** @type {Profile[]} */
  const runs = []
  for (let run = 0; run < RUNS; run++) {
    for (const driver of measured) runs.push(await profileOf(benchmark, driver, drivers, folder))
  }
  for (const driver of measured) {
    const own = runs.filter((run) => run.driver === driver.name).sort((a, b) => a.nsPerCount - b.nsPerCount)
    profiles.push(...own.slice((RUNS - 1) / 2, (RUNS + 1) / 2))
    calls.push(`- ${driver.name}: ${written(await callsOf(benchmark, driver, drivers, folder))}`)
  }
  text += `${table(profiles)}\nSystem calls of one operation:\n\n${calls.join('\n')}\n\n`
  console.log(text)
  for (const { driver, symbols } of profiles) {
    for (const [symbol, share] of symbols.slice(0, Number(options.top))) {
      console.log(`${driver.padEnd(12)}${(100 * share).toFixed(1).padStart(5)} %  ${symbol}`)
    }
  }
  return text
}

/**
 * Nanoseconds of CPU time per operation, a column per driver.
 * @param {Profile[]} profiles
 */
function table(profiles) {
  const cells = (/** @type {string[]} */ row) => `| ${row.join(' | ')} |\n`
  let text = cells(['ns of CPU per operation', ...profiles.map(({ driver }) => driver)])
  text += cells(['---', ...profiles.map(() => '---:')])
  for (const { name } of LAYERS) {
    if (!profiles.some(({ layers }) => (layers.get(name) ?? 0) >= 0.002)) continue
    text += cells([
      name,
      ...profiles.map(({ layers, nsPerCount }) => {
        const share = layers.get(name) ?? 0
        return share === 0 ? '' : `${(share * nsPerCount).toFixed(0)} (${(100 * share).toFixed(0)} %)`
      }),
    ])
  }
  return text + cells(['**all**', ...profiles.map(({ nsPerCount }) => `**${nsPerCount.toFixed(0)}**`)])
}

/** @param {[string, number][]} calls */
function written(calls) {
  return calls.map(([name, count]) => `${count.toFixed(2)} \`${name}\``).join(', ') || 'none that shows'
}
