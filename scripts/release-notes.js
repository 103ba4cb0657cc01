/**
 * Prints what CHANGELOG.md says of a version: `node scripts/release-notes.js v1.2.3`. Fails where the tag, package.json
 * and the changelog do not agree.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (/** @type {string} */ name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
  try {
    const { version } = JSON.parse(read('package.json'))
    process.stdout.write(releaseNotes(process.argv[2] ?? '', version, read('CHANGELOG.md')))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
