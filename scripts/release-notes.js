/**
 * Prints what CHANGELOG.md says of a version: `node scripts/release-notes.js v1.2.3`. Fails where the tag, package.json
 * and the changelog do not agree. With `--dist-tag` it prints instead what npm is to call the version, as a workflow's
 * output: `dist-tag=beta`.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * @param {string} tag such as v1.2.3
 * @param {string} version of package.json
 * @param {string} changelog
 * @returns {string} the part of the changelog below the version's heading
 */
export function releaseNotes(tag, version, changelog) {
  if (tag !== `v${version}`) throw new Error(`the tag is ${tag}, package.json has ${version}`)
  const heading = `## ${version} - `
  const [head = '', ...parts] = changelog.split(/^(?=## )/m)
  const part = parts.find((each) => each.startsWith(heading))
  if (part === undefined || head === '') throw new Error(`CHANGELOG.md has no "${heading}YYYY-MM-DD"`)
  const [first = '', ...lines] = part.split('\n')
  if (!/ - \d{4}-\d\d-\d\d$/.test(first)) throw new Error(`CHANGELOG.md has no date in "${first}"`)
  const notes = lines.join('\n').trim()
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of ${version}`)
  return `${notes}\n`
}

/**
 * Under which name npm is to offer a version that is not finished: what it calls itself, as `beta` for 1.2.3-beta.1.
 * Nothing for one that is finished, of which npm then knows by itself whether it is the latest.
 * @param {string} version
 * @returns {string}
 */
export function distTag(version) {
  const prerelease = /^\d+\.\d+\.\d+-([^+]+)/.exec(version)?.[1]
  if (prerelease === undefined) return ''
  // No name is what npm would take for versions (1, v1, x), or what everybody gets.
  const [name = ''] = /^[a-z]{2,}/.exec(prerelease) ?? []
  return name === '' || name === 'latest' ? 'next' : name
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const read = (/** @type {string} */ name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
  try {
    const { values, positionals } = parseArgs({
      options: { 'dist-tag': { type: 'boolean' } },
      allowPositionals: true,
    })
    const { version } = JSON.parse(read('package.json'))
    const notes = releaseNotes(positionals[0] ?? '', version, read('CHANGELOG.md'))
    process.stdout.write(values['dist-tag'] ? `dist-tag=${distTag(version)}\n` : notes)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
