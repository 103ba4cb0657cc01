/**
 * Builds the addon from source where the package has no binary that fits: `node scripts/build-from-source.js`, in an
 * installed package as in a checkout. It takes a C++17 compiler and nothing else: no package, no Python, no make, no
 * network. The result is build/Release/berkeley.node in the folder of the package, which the loader takes first, or the
 * file of `--output file`.
 */
import { execFile, execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { explainMissing, isThere, tools } from './build-tools.js'
import { linkFlags, releaseFlags } from './native-flags.js'
import { addonApiHeaders, nodeHeaders, packedHeaders } from './native-headers.js'
import { nativeSources } from './native-sources.js'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Runs a compiler in the folder of the package. @param {string} command with arguments @param {readonly string[]} args */
function run(command, args) {
  const [program = '', ...own] = command.split(' ')
  return new Promise((resolve, reject) => {
    execFile(program, [...own, ...args], { cwd: root, maxBuffer: 1 << 26 }, (error, _, stderr) =>
      error ? reject(new Error(`${command} ${args.join(' ')}\n${stderr || error.message}`)) : resolve(undefined),
    )
  })
}

function compiler() {
  const found = tools.compiler.commands.find(isThere)
  if (found === undefined) throw new Error(explainMissing([tools.compiler]))
  return found
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
 * @returns {Promise<string>} the file
 * @throws {Error} (rejects) whose message says what is missing, or what the compiler said
 */
export async function buildFromSource({ output = join(root, 'build/Release/berkeley.node'), log = () => {} } = {}) {
  const command = compiler()
  const includes = existsSync(packedHeaders) ? [packedHeaders] : [nodeHeaders(), addonApiHeaders()]
  makeWritable(dirname(output))
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-build-'))
  // Beside the result, so that it takes its place at once.
  const linked = `${output}.${process.pid}`
  try {
    const objects = nativeSources(process.platform).map((source) => ({
      source,
      object: join(folder, `${source.replaceAll('/', '-')}.o`),
    }))
    log(`compiling ${objects.length} sources with ${command}`)
    const left = objects.values()
    const work = async () => {
      for (const { source, object } of left) {
        await run(command, [
          ...releaseFlags,
          ...includes.flatMap((path) => ['-isystem', path]),
          '-c',
          source,
          '-o',
          object,
        ])
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, work))
    await run(command, [...objects.map(({ object }) => object), ...linkFlags(process.platform), '-o', linked])
    check(linked)
    renameSync(linked, output)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(linked, { force: true })
  }
  return output
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { output: { type: 'string' } } })
    const output = values.output && { output: resolve(values.output) }
    console.log(`built ${await buildFromSource({ ...output, log: console.log })}`)
  } catch (error) {
    console.error(`berkeley: the native addon was not built.\n${/** @type {Error} */ (error).message}`)
    process.exit(1)
  }
}
