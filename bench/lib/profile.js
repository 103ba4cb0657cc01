/** Where a program's CPU time goes: samples of perf-record(1), sorted into layers, and counts of strace(1). */
import { execFile } from 'node:child_process'
import { access, readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runOnce } from './once.js'

/** @import { Case, Driver } from './types.js' */

/**
 * From the socket to the user's code. The first whose test is true of a sample's object and symbol has it.
 * @type {{ name: string, about: string, has: (object: string, symbol: string) => boolean }[]}
 */
export const LAYERS = [
  {
    name: 'kernel',
    about: 'system calls, from the instruction that enters to the one that leaves',
    has: (object) => /^\[(kernel|guest|vdso|vsyscall)/.test(object),
  },
  { name: 'addon', about: "the package's C++", has: (object) => object.endsWith('berkeley.node') },
  {
    name: 'Node-API',
    about: "V8's and Node's way from JavaScript into C++ and back",
    has: (object, symbol) =>
      isNode(object) && /napi|v8impl|Api(Callback|Function)|node::(Internal)?(Make)?Callback/i.test(symbol),
  },
  {
    name: 'JavaScript',
    about: "compiled code, V8's built-in functions (promises, typed arrays) and interpreter",
    has: (object, symbol) => object.startsWith('[JIT]') || object.includes('perf-') || symbol.startsWith('Builtins_'),
  },
  {
    name: 'garbage',
    about: 'the collector, on any thread',
    has: (object, symbol) =>
      isNode(object) && /Scaveng|MarkCompact|Marking|Sweep|Heap|Evacuat|Space|GCTracer|Collector/.test(symbol),
  },
  { name: 'event loop', about: 'libuv', has: (object, symbol) => isNode(object) && /^_?uv_/.test(symbol) },
  {
    name: 'V8, Node',
    about: 'all else of the node binary: compilers, runtime functions',
    has: (object) => isNode(object),
  },
  {
    name: 'program',
    about: 'of other drivers: the program itself, its interpreter or runtime',
    has: (object) => !isLibrary(object),
  },
  { name: 'libc', about: 'the C and C++ libraries, system call stubs among them', has: () => true },
]

const isNode = (/** @type {string} */ object) => /\/node$/.test(object)
const isLibrary = (/** @type {string} */ object) => /\/lib[^/]*\.so|\/ld-/.test(object)

/** @param {string} object @param {string} symbol */
export function layerOf(object, symbol) {
  return LAYERS.find(({ has }) => has(object, symbol))?.name ?? 'libc'
}

/**
 * @typedef {{ driver: string, nsPerCount: number, samples: number, layers: Map<string, number>, symbols: [string, number][] }} Profile
 *   CPU time of one operation, and the share of each layer and of the dearest symbols in it.
 */

/** With fewer samples the shares mean nothing. */
const LEAST = 100

/**
 * @param {Case} benchmark
 * @param {Driver} driver
 * @param {Map<string, Driver>} drivers
 * @param {string} folder for perf's data
 * @returns {Promise<Profile>}
 */
export async function profileOf(benchmark, driver, drivers, folder) {
  const data = `${folder}/${benchmark.name}-${driver.name}.data`
  const recorder = `perf record -q -F 2999 -o '${data}' -p $$ >/dev/null 2>'${data}.log'; echo $$ >'${data}.done'`
  const named = ['--perf-basic-prof', '--interpreted-frames-native-stack', `--logfile=${folder}/v8.log`]
  const result = await runOnce(benchmark, observed(driver, recorder, named), drivers, benchmark.full)
  await appears(`${data}.done`)
  const fields = ['script', '-i', data, '-F', 'time,ip,sym,dso']
  const { stdout } = await promisify(execFile)('perf', fields, { maxBuffer: 1 << 28 }).catch(async (error) => {
    const log = await readFile(`${data}.log`, 'utf8').catch(() => '')
    throw new Error(log.trim() || error.message)
  })
  await rm(data)
  // Where Node has written the names of its compiled code.
  await rm(`/tmp/perf-${(await readFile(`${data}.done`, 'utf8')).trim()}.map`, { force: true })
  await rm(`${data}.done`)
  const found = sorted(stdout, result.ns)
  if (found.samples < LEAST) {
    throw new Error(
      `${benchmark.name}: too few samples (${found.samples}); a program that measures short rounds has no phase`,
    )
  }
  return { driver: driver.name, nsPerCount: result.cpuNs / result.count, ...found }
}

/**
 * What `perf script -F time,ip,sym,dso` prints, a sample a line: `12.345678: ffffffff81e3d5f7 __alloc_skb ([kernel.kallsyms])`.
 * The measured phase is the last of a program, so only samples of the last `ns` count.
 * @param {string} text
 * @param {number} ns
 */
export function sorted(text, ns) {
  /** @type {Map<string, number>} */
  const layers = new Map()
  /** @type {Map<string, number>} */
  const symbols = new Map()
  let samples = 0
  const lines = [...text.matchAll(/^\s*([\d.]+):\s+[0-9a-f]+\s+(.*) \((.*)\)\s*$/gm)]
  const from = Number(lines.at(-1)?.[1]) - ns / 1e9
  for (const [, time, symbol = '', object = ''] of lines) {
    if (Number(time) < from) continue
    samples++
    const layer = layerOf(object, symbol)
    const name = `${layer}: ${symbol.replace(/ file:.*\//, ' ')}`
    layers.set(layer, (layers.get(layer) ?? 0) + 1)
    symbols.set(name, (symbols.get(name) ?? 0) + 1)
  }
  const share = (/** @type {Map<string, number>} */ counts) =>
    [...counts].map(([name, count]) => /** @type {[string, number]} */ ([name, count / samples]))
  return { samples, layers: new Map(share(layers)), symbols: share(symbols).sort((a, b) => b[1] - a[1]) }
}

/**
 * System calls of one operation by name, all of the process's threads together; those of its start are spread over
 * the run and vanish in it.
 * @param {Case} benchmark
 * @param {Driver} driver
 * @param {Map<string, Driver>} drivers
 * @param {string} folder
 * @returns {Promise<[string, number][]>}
 */
export async function callsOf(benchmark, driver, drivers, folder) {
  const file = `${folder}/${benchmark.name}-${driver.name}.calls`
  const tracer = `strace -f -c -o '${file}' -p $$ >/dev/null 2>&1; touch '${file}.done'`
  const counts = {
    ...benchmark.full,
    warmup: 0,
    timed: 0,
    checked: 1,
    count: Math.ceil((benchmark.full.count ?? 1) / 4),
  }
  const { count } = await runOnce(benchmark, observed(driver, tracer, []), drivers, counts)
  await appears(`${file}.done`)
  // % time, seconds, usecs/call, calls, errors (which may be blank), name
  const rows = (await readFile(file, 'utf8')).matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z_]\w*)$/gm)
  return [...rows]
    .filter(([, , name]) => name !== 'total')
    .map(([, calls, name = '']) => /** @type {[string, number]} */ ([name, Number(calls) / count]))
    .filter(([, calls]) => calls >= 0.02)
    .sort((a, b) => b[1] - a[1])
}

/**
 * The driver with an observer attached to each of its programs: a shell starts it, then becomes the program, so that
 * the process keeps its number.
 * @param {Driver} driver
 * @param {string} observer a shell command; `$$` is the process
 * @param {string[]} flags for Node
 * @returns {Driver}
 */
function observed(driver, observer, flags) {
  return {
    ...driver,
    command(program) {
      const [file = '', ...rest] = driver.command(program)
      const own = file === process.execPath ? flags : []
      return ['sh', '-c', `{ ${observer}; } & sleep 0.3; exec "$@"`, 'sh', file, ...own, ...rest]
    },
  }
}

/** @param {string} file */
async function appears(file) {
  for (let tries = 0; tries < 200; tries++) {
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return
    await sleep(50)
  }
  throw new Error(`nothing was recorded: ${file} is missing`)
}
