/**
 * Runs the fuzz targets of test/fuzz/ over the native sources that know no Node-API, with libFuzzer, AddressSanitizer and
 * UndefinedBehaviorSanitizer: `npm run fuzz -- [--seconds 30] [--keep] [target ...]`. The seconds are shared by the
 * targets. What ends a run is kept in a temporary folder and printed. `--keep` adds to the corpus what reaches
 * more than it did.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nativeSources } from './native-sources.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = join(root, 'test/fuzz')

/** What is no target of its own. */
const shared = ['replay.cc']

/** The names of all targets. */
export const targets = readdirSync(folder)
  .filter((name) => name.endsWith('.cc') && !shared.includes(name))
  .map((name) => basename(name, '.cc'))

/** The inputs that are kept of a target. @param {string} target */
export const corpusOf = (target) => join(folder, 'corpus', target)

/**
 * Whether a source, and all that it includes, can be compiled without Node's headers.
 * @param {string} path
 * @returns {boolean}
 */
function isPure(path) {
  const text = readFileSync(path, 'utf8')
  if (/#include <(napi|node_api|uv)\.h>/.test(text)) return false
  return [...text.matchAll(/#include "(.+)"/g)].every(([, name]) =>
    isPure(join(dirname(path), /** @type {string} */ (name))),
  )
}

const pureSources = () =>
  nativeSources(process.platform)
    .map((source) => join(root, source))
    .filter(isPure)

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (error !== undefined || status !== 0) throw new Error(`${command} ${args.join(' ')}\n${error?.message ?? stderr}`)
}

/**
 * Compiles programs of test/fuzz over the pure sources.
 * @param {{ compiler: string, objectFlags: string[], programFlags: string[], extra: string[], names: string[], output: string }} how
 * @returns {string[]} their paths, in the order of `names`
 */
export function build({ compiler, objectFlags, programFlags, extra, names, output }) {
  const flags = ['-std=c++17', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-fno-omit-frame-pointer']
  const archive = join(output, 'pure.a')
  for (const source of pureSources()) {
    const object = join(output, `${source.slice(root.length).replaceAll('/', '_')}.o`)
    run(compiler, [...flags, ...objectFlags, '-c', source, '-o', object])
    run('ar', ['rc', archive, object])
  }
  return names.map((name) => {
    const program = join(output, name)
    const sources = [`${name}.cc`, ...extra].map((file) => join(folder, file))
    run(compiler, [...flags, ...programFlags, ...sources, archive, '-o', program])
    return program
  })
}

const SANITIZERS = 'address,undefined'
const NO_RECOVERY = '-fno-sanitize-recover=undefined'

/** The targets as programs that are given files: for any compiler with sanitizers. @param {string} output a folder */
export const buildReplays = (output) =>
  build({
    compiler: process.env.CXX ?? 'g++',
    objectFlags: [`-fsanitize=${SANITIZERS}`, NO_RECOVERY],
    programFlags: [`-fsanitize=${SANITIZERS}`, NO_RECOVERY],
    extra: ['replay.cc'],
    names: targets,
    output,
  })

/** Says what is missing on this machine, if anything is. @param {string} compiler @param {string} output a folder */
function explainMissing(compiler, output) {
  const install = 'apt-get install clang libclang-rt-14-dev  (Debian 12; elsewhere: clang with compiler-rt)'
  if (spawnSync(compiler, ['--version']).error !== undefined) return `${compiler} is missing. Install with: ${install}`
  const probe = spawnSync(
    compiler,
    ['-x', 'c++', '-', `-fsanitize=fuzzer,${SANITIZERS}`, '-o', join(output, 'probe')],
    { input: 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }', encoding: 'utf8' },
  )
  return probe.status === 0
    ? null
    : `${compiler} has no libFuzzer or no sanitizers: ${probe.stderr}\nInstall with: ${install}`
}

const LONGEST_INPUT = 192

/**
 * @param {string} program @param {string} target @param {number} seconds @param {string} output a folder
 * @returns {{ isFine: boolean, found: string }} `found`: the folder of the inputs that reach something new
 */
function fuzz(program, target, seconds, output) {
  const found = join(output, `${target}.found`)
  const crashes = join(output, `${target}.crashes`)
  for (const name of [found, crashes, corpusOf(target)]) mkdirSync(name, { recursive: true })
  const { status, signal, stderr } = spawnSync(
    program,
    [
      ...[`-max_total_time=${seconds}`, `-max_len=${LONGEST_INPUT}`, '-timeout=10', '-print_final_stats=1'],
      ...[`-artifact_prefix=${crashes}/`, found, corpusOf(target)],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1' } },
  )
  const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 'no'
  if (status === 0) {
    console.log(`${target}: ${runs} runs, nothing found`)
    return { isFine: true, found }
  }
  console.error(`${stderr.slice(-8000)}\n${target}: failed (${signal ?? status}), after:`)
  for (const name of readdirSync(crashes)) {
    const path = join(crashes, name)
    console.error(`  ${path}: ${readFileSync(path).toString('hex')}`)
  }
  return { isFine: false, found }
}

/** Adds to the corpus what reaches more than it does. @param {string} program @param {string} target @param {string} found */
function keep(program, target, found) {
  run(program, ['-merge=1', `-max_len=${LONGEST_INPUT}`, corpusOf(target), found])
  console.log(`${target}: ${readdirSync(corpusOf(target)).length} inputs in the corpus`)
}

function main() {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: 'string', default: '30' }, keep: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const names = positionals.length > 0 ? positionals : targets
  const unknown = names.filter((name) => !targets.includes(name))
  if (unknown.length > 0) throw new Error(`no target ${unknown.join(', ')}; there are ${targets.join(', ')}`)
  const seconds = Number(values.seconds)
  if (!(seconds >= names.length)) throw new Error(`--seconds takes a number of at least ${names.length}`)

  const compiler = process.env.CLANGXX ?? 'clang++'
  const output = mkdtempSync(join(tmpdir(), 'bk-fuzz-'))
  const missing = explainMissing(compiler, output)
  if (missing !== null) {
    rmSync(output, { recursive: true })
    console.error(missing)
    process.exit(1)
  }
  const how = {
    compiler,
    objectFlags: [`-fsanitize=fuzzer-no-link,${SANITIZERS}`, NO_RECOVERY],
    programFlags: [`-fsanitize=fuzzer,${SANITIZERS}`, NO_RECOVERY],
    extra: [],
    names,
    output,
  }
  let programs
  try {
    programs = build(how)
  } catch (error) {
    rmSync(output, { recursive: true })
    throw error
  }
  let isFine = true
  for (const [index, target] of names.entries()) {
    const program = /** @type {string} */ (programs[index])
    const outcome = fuzz(program, target, Math.floor(seconds / names.length), output)
    if (outcome.isFine && values.keep) keep(program, target, outcome.found)
    isFine &&= outcome.isFine
  }
  // What failed stays there, with the program to try it on.
  if (isFine) rmSync(output, { recursive: true })
  process.exit(isFine ? 0 : 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
