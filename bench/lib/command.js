import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The folder bench/. */
export const home = fileURLToPath(new URL('..', import.meta.url))

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A short command's output, trimmed; rejects with one line where it fails.
 * @param {string} file
 * @param {string[]} args
 */
export async function outputOf(file, args) {
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd: home, timeout: 30_000 })
    return stdout.trim()
  } catch (error) {
    const { code, stderr, message } = /** @type {import('node:child_process').ExecFileException} */ (error)
    if (code === 'ENOENT') throw new Error(`${file} is not installed`)
    throw new Error(reasonIn(stderr?.trim() || message))
  }
}

/**
 * Of what a program wrote before it failed, the line that says why.
 * @param {string} text
 */
export function reasonIn(text) {
  const lines = text.trim().split('\n')
  const line = lines.findLast((line) => /^\S*Error\b.*:/.test(line)) ?? lines.find((line) => /error:/i.test(line))
  return (line ?? lines.at(-1) ?? '').trim().replaceAll(root, '')
}

/**
 * A program of a driver that runs in this Node.
 * @param {string} folder
 * @param {string} program
 */
export function nodeCommand(folder, program) {
  if (program !== 'async-idle') return [process.execPath, `${home}${folder}/${program}.js`]
  return [process.execPath, '--expose-gc', '--import', `${home}lib/collect.js`, `${home}${folder}/async-echo.js`]
}

/** Compiles every program of bench/c into bench/.build. */
export async function compile() {
  const sources = (await readdir(`${home}c`)).filter((name) => name.endsWith('.c'))
  await mkdir(`${home}.build`, { recursive: true })
  const cc = process.env.CC ?? 'cc'
  const jobs = sources.map((name) => outputOf(cc, ['-O2', '-o', `.build/${name.slice(0, -2)}`, `c/${name}`]))
  await Promise.all(jobs)
  return (await outputOf(cc, ['--version'])).split('\n')[0] ?? cc
}
