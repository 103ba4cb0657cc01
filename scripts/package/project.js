/** A user's project in a folder of its own, and commands run in it as the user would. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The programs that checks run: each prints `ok` last. */
const programs = join(root, 'test/package')

const LIMIT_MS = 300_000

/** @typedef {{ stdout: string, stderr: string, status: number | null }} Outcome */

/** @type {string | undefined} */
let scratch

/** A fresh folder. Those of all projects go with the process. @param {string} name */
export function freshFolder(name) {
  if (scratch === undefined) {
    // As people name folders; a comma would be too much for yarn.
    const folder = mkdtempSync(join(tmpdir(), 'berkeley projects Übung-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    scratch = folder
  }
  return mkdtempSync(join(scratch, `${name.replace(/\W+/g, '-')}-`))
}

/**
 * A user's environment: their own empty home, and nothing of the npm that has started this.
 * @param {string} home
 */
function environment(home) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE|BERKELEY_|INIT_CWD|FORCE_COLOR)/i.test(name),
  )
  return { ...Object.fromEntries(inherited), HOME: home, XDG_CACHE_HOME: join(home, '.cache'), NO_COLOR: '1', CI: '1' }
}

export class Project {
  /** @param {string} name @param {Record<string, unknown>} [manifest] */
  constructor(name, manifest = {}) {
    this.home = freshFolder(name)
    this.folder = join(this.home, 'project')
    mkdirSync(this.folder)
    this.write(
      'package.json',
      JSON.stringify({ name: 'somebodys-project', version: '1.0.0', private: true, ...manifest }),
    )
  }

  /** @param {string} path */
  in(path) {
    return join(this.folder, path)
  }

  /** @param {string} path @param {string} text */
  write(path, text) {
    mkdirSync(dirname(this.in(path)), { recursive: true })
    writeFileSync(this.in(path), text)
  }

  /** Copies one of the programs of test/package. @param {string} name @param {string} [as] */
  copy(name, as = name) {
    copyFileSync(join(programs, name), this.in(as))
  }

  /** Gives it a package of the checkout. @param {string} name */
  link(name) {
    const place = this.in(`node_modules/${name}`)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), place)
  }

  /**
   * Runs a command.
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Record<string, string>} [variables]
   * @returns {Outcome}
   */
  try(command, args, variables = {}) {
    const env = { ...environment(this.home), ...variables }
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder,
      env,
      encoding: 'utf8',
      timeout: LIMIT_MS,
    })
    if (error !== undefined) throw new Error(`${command}: ${error.message}`)
    return { status, stdout, stderr }
  }

  /**
   * Runs a command that must succeed and has nothing to complain of.
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Record<string, string>} [variables]
   * @returns {string} what it has written
   */
  run(command, args, variables = {}) {
    const { status, stdout, stderr } = this.try(command, args, variables)
    const call = [basename(command), ...args.map((arg) => basename(arg))].join(' ')
    if (status !== 0) throw new Error(`${call} ended with ${status}:\n${stdout}${stderr}`)
    if (stderr !== '') throw new Error(`${call} has something to say:\n${stderr}`)
    return stdout
  }

  /**
   * Copies a program of test/package and runs it.
   * @param {string} name
   * @param {{ by?: readonly string[], variables?: Record<string, string> }} [options] `by`: Node by default
   */
  runProgram(name, { by = [process.execPath], variables = {} } = {}) {
    this.copy(name)
    const [command, ...args] = /** @type {[string, ...string[]]} */ (by)
    const stdout = this.run(command, [...args, name], variables)
    if (!stdout.endsWith('ok\n')) throw new Error(`${name} printed:\n${stdout}`)
  }
}

/**
 * What is not as it should be.
 * @param {boolean} condition
 * @param {string} otherwise
 * @returns {asserts condition}
 */
export function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise)
}
