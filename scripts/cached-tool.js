/**
 * Tools that are too large, or too seldom used, to be dependencies: npm packages, installed when first asked for into
 * node_modules/.cache/tools, each in a folder of its own that is kept.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const cacheFolder = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

/**
 * The folder of an installed package. `version` is exact, so that what a machine keeps is what a new one gets.
 * @param {string} name of the package
 * @param {string} version
 * @param {{ scripts?: boolean }} [options] whether its install scripts are to run; they do not otherwise
 * @returns {string} node_modules/.cache/tools/name@version/node_modules/name
 */
export function cachedTool(name, version, { scripts = false } = {}) {
  const folder = join(cacheFolder, 'tools', `${name.replace('/', '+')}@${version}`)
  const installed = join(folder, 'node_modules', name)
  if (existsSync(join(folder, 'complete'))) return installed
  mkdirSync(dirname(folder), { recursive: true })
  // Elsewhere, and from the start: what an interrupted install leaves looks whole to the next, and two may run at once.
  const fresh = mkdtempSync(`${folder}.`)
  try {
    install(fresh, `${name}@${version}`, scripts)
    writeFileSync(join(fresh, 'complete'), '')
    place(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return installed
}

/** @param {string} fresh @param {string} folder */
function place(fresh, folder) {
  try {
    renameSync(fresh, folder)
  } catch (error) {
    // Another process was faster; or one was cut off here, as long as tools were installed in their own place.
    if (existsSync(join(folder, 'complete'))) return
    if (!existsSync(folder)) throw error
    rmSync(folder, { recursive: true })
    renameSync(fresh, folder)
  }
}

/** @param {string} folder @param {string} spec @param {boolean} scripts */
function install(folder, spec, scripts) {
  writeFileSync(join(folder, 'package.json'), '{}')
  // Forced, as some are of another architecture, to be run under emulation.
  const args = ['install', '--force', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', spec]
  if (!scripts) args.push('--ignore-scripts')
  const { status, error } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${spec} could not be installed${error ? `: ${error.message}` : ''}`)
}
