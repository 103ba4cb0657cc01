/**
 * Prints the native sources, one a line: the one list that both build files ask for.
 * Everything in native/, and of the folders of single systems only this one's.
 */
import { readdirSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)

/** @param {string} folder */
const sourcesIn = (folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.cc'))
    .sort()
    .map((name) => `${folder}${name}`)

/** @param {string} platform `process.platform`'s name of the system built for */
export const nativeSources = (platform) => [...sourcesIn('native/'), ...sourcesIn(`native/${platform}/`)]

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(nativeSources(process.argv[2] ?? process.platform).join('\n'))
}
