import { readdir } from 'node:fs/promises'
import { home } from './command.js'

/**
 * The default exports of a folder's modules, by their names.
 * @template {{ name: string }} T
 * @param {string} folder
 * @returns {Promise<Map<string, T>>}
 */
export async function modulesOf(folder) {
  const files = (await readdir(`${home}${folder}`)).filter((name) => name.endsWith('.js'))
  const modules = await Promise.all(files.map((name) => import(`../${folder}/${name}`)))
  const entries = modules.map(({ default: one }) => /** @type {const} */ ([one.name, one]))
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
