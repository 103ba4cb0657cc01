/**
 * Packs what is published, installs it as users do and uses it: `npm run test:package [-- options]`.
 *   --tarball path  tests this one in place of one made now
 *   --only text     the checks whose name has this
 *   --prove         spoils the package for each check, which must then fail
 * Needs no network but for the installers, which are kept in node_modules/.cache.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { packFolder } from './pack.js'
import { bundlers } from './package/checks/bundlers.js'
import { installers } from './package/checks/installers.js'
import { linters } from './package/checks/linters.js'
import { programs } from './package/checks/programs.js'
import { source } from './package/checks/source.js'
import { types } from './package/checks/types.js'
import { freshFolder, Project, root } from './package/project.js'
import { stage } from './package/stage.js'

/**
 * @typedef {object} Subject what is tested
 * @property {string} tarball
 * @property {any} manifest
 * @property {readonly string[]} targets for which it has binaries
 * @property {() => Project} installed a project in which it is installed already
 * @property {(project: Project) => void} installInto
 * @property {(name: string) => Project} project a fresh one
 */

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {(subject: Subject) => void | Promise<void>} run throws where something is not as it should be
 * @property {(folder: string) => void} spoil changes a package so that `run` must throw
 * @property {(subject: Subject) => boolean} [needs] whether it can be made here
 */

const { values } = parseArgs({
  options: { tarball: { type: 'string' }, only: { type: 'string' }, prove: { type: 'boolean' } },
})

/** @param {string} tarball @returns {Subject} */
function subjectOf(tarball) {
  /** @type {Project | undefined} */
  let shared
  const installInto = (/** @type {Project} */ project) => {
    project.run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball])
  }
  const installed = () => {
    if (shared === undefined) {
      const project = new Project('installed')
      installInto(project)
      shared = project
    }
    return shared
  }
  return { tarball, manifest, targets, installed, installInto, project: (name) => new Project(name) }
}

/** The package as it is published, in a folder. */
function staged() {
  const folder = join(freshFolder('stage'), 'package')
  mkdirSync(folder)
  if (values.tarball === undefined) {
    const { targets } = stage(root, folder, { local: true })
    console.log(`binaries: ${targets.join(', ') || 'none'}`)
  } else {
    const args = ['-xzf', resolve(values.tarball), '-C', folder, '--strip-components=1']
    const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${values.tarball}: ${stderr}`)
  }
  return folder
}

const folder = staged()
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const targets = existsSync(join(folder, 'prebuilds')) ? readdirSync(join(folder, 'prebuilds')) : []
const original =
  values.tarball === undefined ? packFolder(folder, freshFolder('tarball')).path : resolve(values.tarball)
const subject = subjectOf(original)

/** What a check says of a package that was spoilt for it. @param {Check} check */
async function runOverSpoilt(check) {
  const copy = join(freshFolder('spoilt'), 'package')
  cpSync(folder, copy, { recursive: true })
  check.spoil(copy)
  const { path } = packFolder(copy, freshFolder('tarball'))
  await check.run(subjectOf(path))
}

const counts = { passed: 0, failed: 0, skipped: 0 }

/** @param {'passed' | 'failed' | 'skipped'} outcome @param {string} name @param {string} [why] */
function tell(outcome, name, why = '') {
  counts[outcome]++
  console.log(
    `${{ passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[outcome]} ${name}${why && `\n${why.replace(/^/gm, '     ')}`}`,
  )
}

for (const check of [...installers, ...programs, ...types, ...linters, ...bundlers, ...source]) {
  if (!check.name.includes(values.only ?? '')) continue
  if (check.needs?.(subject) === false) {
    tell('skipped', check.name)
    continue
  }
  try {
    await check.run(subject)
  } catch (error) {
    tell('failed', check.name, String(error).split('\n').slice(0, 25).join('\n'))
    continue
  }
  if (!values.prove) {
    tell('passed', check.name)
    continue
  }
  try {
    await runOverSpoilt(check)
    tell('failed', check.name, 'it passes over a spoilt package, too')
  } catch (error) {
    tell('passed', `${check.name}; spoilt: ${String(error).split('\n').slice(0, 2).join(' ').slice(0, 150)}`)
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1
