/**
 * Builds the addon from source where the package has no binary that fits: `node scripts/build-from-source.js`, in an
 * installed package as in a checkout. It takes a C++17 compiler and nothing else: no package, no Python, no make, no
 * network. The result is build/Release/berkeley.node in the folder of the package, which the loader takes first, or the
 * file of `--output file`. CXX names another compiler; CPPFLAGS, CXXFLAGS and LDFLAGS add to what it is told.
 */
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { explainMissing, isThere, tools, wordsOf } from './build-tools.js'
import { linkFlags, releaseFlags } from './native-flags.js'
import { addonApiHeaders, nodeHeaders, packedHeaders } from './native-headers.js'
import { nativeSources } from './native-sources.js'

const root = fileURLToPath(new URL('../', import.meta.url))

/** What of the environment a compiler is told besides. @param {readonly string[]} names of variables */
const flagsOf = (...names) => names.flatMap((name) => (process.env[name] ?? '').split(/\s+/).filter(Boolean))

/**
 * Runs a compiler in the folder of the package.
 * @param {string} command with arguments
 * @param {readonly string[]} args
 * @param {AbortSignal} signal ends it
 */
function run(command, args, signal) {
  const [program = '', ...own] = wordsOf(command)
  return new Promise((resolve, reject) => {
    execFile(program, [...own, ...args], { cwd: root, maxBuffer: 1 << 26, signal }, (error, _, stderr) =>
      error ? reject(new Error(`${command} ${args.join(' ')}\n${stderr || error.message}`)) : resolve(undefined),
    )
  })
}

/** The one that CXX names, or the first that is there. */
function compiler() {
  const { CXX } = process.env
  if (CXX && !isThere(CXX)) throw new Error(`CXX is ${JSON.stringify(CXX)}, which cannot be run.`)
  const found = tools.compiler.commands.find(isThere)
  if (found === undefined) throw new Error(`${explainMissing([tools.compiler])}\nOne of another name goes into CXX.`)
  return found
}

/**
 * Does the tasks, as many at a time as there are processors. Where one fails the others are ended, and over by then.
 * @param {((signal: AbortSignal) => Promise<unknown>)[]} tasks
 * @param {AbortController} stop
 */
async function together(tasks, stop) {
  /** @type {unknown[]} */
  const failures = []
  const left = tasks.values()
  const work = async () => {
    for (const task of left) if (!stop.signal.aborted) await task(stop.signal)
  }
  const fail = (/** @type {unknown} */ error) => {
    failures.push(error)
    stop.abort()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, () => work().catch(fail)))
  if (failures.length > 0) throw failures[0]
}

/** Makes the folder, or says who may. @param {string} folder */
function makeWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    const message = `${folder} cannot be written: ${/** @type {Error} */ (cause).message}`
    throw new Error(
      `${message}\nRun this as the owner of the package, or with --output file, and name that file in BERKELEY_ADDON.`,
    )
  }
}

/** Whether the binary loads, asked in another process: one that is broken takes it along. @param {string} file */
function check(file) {
  const code = `process.dlopen({ exports: {} }, ${JSON.stringify(file)})`
  const args =
    process.versions.deno === undefined ? ['-e', code] : ['eval', `import process from 'node:process'; ${code}`]
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/**
 * Builds the addon.
 * @param {object} [options]
 * @param {string} [options.output] the file to write; where the loader looks for it where there is none
 * @param {(line: string) => void} [options.log] is told what is being done
 * @param {AbortSignal} [options.signal] ends it; nothing is left then
 * @returns {Promise<string>} the file
 * @throws {Error} (rejects) whose message says what is missing, or what the compiler said
 */
export async function buildFromSource({
  output = join(root, 'build/Release/berkeley.node'),
  log = () => {},
  signal,
} = {}) {
  const command = compiler()
  const includes = existsSync(packedHeaders) ? [packedHeaders] : [nodeHeaders(), addonApiHeaders()]
  const target = resolve(output)
  makeWritable(dirname(target))
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-build-'))
  // Beside the result, so that it takes its place at once. Of a name of its own: containers share a folder and have the
  // same process number.
  const linked = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`
  const stop = new AbortController()
  signal?.addEventListener('abort', () => stop.abort(), { once: true })
  try {
    const objects = nativeSources(process.platform).map((source) => ({
      source,
      object: join(folder, `${source.replaceAll('/', '-')}.o`),
    }))
    log(`compiling ${objects.length} sources with ${command}`)
    const flags = [
      ...releaseFlags,
      ...includes.flatMap((path) => ['-isystem', path]),
      ...flagsOf('CPPFLAGS', 'CXXFLAGS'),
    ]
    await together(
      objects.map(
        ({ source, object }) =>
          (signal) =>
            run(command, [...flags, '-c', source, '-o', object], signal),
      ),
      stop,
    )
    signal?.throwIfAborted()
    const files = objects.map(({ object }) => object)
    const args = [...flagsOf('CXXFLAGS'), ...files, ...linkFlags(process.platform), ...flagsOf('LDFLAGS')]
    await run(command, [...args, '-o', linked], stop.signal)
    check(linked)
    renameSync(linked, target)
  } finally {
    // A compiler that was ended may be writing still.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    rmSync(linked, { force: true })
  }
  return target
}

async function main() {
  const { values } = parseArgs({ options: { output: { type: 'string' } } })
  if (values.output?.endsWith('.node') === false) throw new Error('--output is a file whose name ends in .node')
  const ended = new AbortController()
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(name, () => ended.abort(name))
  }
  try {
    const output = values.output && { output: values.output }
    console.log(`built ${await buildFromSource({ ...output, log: console.log, signal: ended.signal })}`)
  } catch (error) {
    // As it would have ended at once, had there been nothing to clear away.
    if (!ended.signal.aborted) throw error
    process.kill(process.pid, ended.signal.reason)
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main()
  } catch (error) {
    console.error(`berkeley: the native addon was not built.\n${/** @type {Error} */ (error).message}`)
    process.exit(1)
  }
}
