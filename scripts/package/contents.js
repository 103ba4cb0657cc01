/** Which files the published package has: what its manifest names, and what that reaches. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** What the package has besides programs: read by people. */
const TEXTS = ['README.md', 'CHANGELOG.md', 'LICENSE']

/** The one command that builds from source, which has to work in an installed package. */
export const BUILD_FROM_SOURCE = 'scripts/build-from-source.js'

/** What it compiles. */
const isSource = (/** @type {string} */ name) => /\.(cc|h|inc)$/.test(name)

/** A file of the package that another one refers to, as in `new URL('./worker.js', import.meta.url)`. */
const URLS = /new URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url/g

/**
 * The paths in a manifest that lead to files of the package.
 * @param {any} manifest
 * @returns {string[]}
 */
export function entriesOf(manifest) {
  /** @param {unknown} value @returns {string[]} */
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(/** @type {object} */ (value ?? {})).flatMap(leaves)
  const { exports, bin, main, types } = manifest
  const found = leaves([exports, bin, main, types]).map((path) => posix.normalize(path))
  return [...new Set(found)].filter((path) => path !== 'package.json')
}

/**
 * The files that a file names in imports and URLs.
 * @param {string} path of a program or a declaration
 * @param {string} text its content
 * @returns {string[]} from the package's root
 */
export function reachedFrom(path, text) {
  const isDeclaration = path.endsWith('.d.ts')
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  const urls = [...text.matchAll(URLS)].map(([, url]) => /** @type {string} */ (url))
  return (
    [...imported, ...urls]
      // Others are folders, and binaries, which the loader finds.
      .filter((target) => target.startsWith('.') && /\.(?!node$)\w+$/.test(target))
      .map((target) => posix.join(posix.dirname(path), isDeclaration ? target.replace(/\.js$/, '.d.ts') : target))
  )
}

/**
 * Every file of the package but its manifest and the binaries.
 * @param {string} root the checkout, built
 * @param {any} manifest
 * @returns {string[]} paths from the root, sorted
 */
export function contentsOf(root, manifest) {
  if (!readFileSync(join(root, 'dist/index.js'), 'utf8').includes('from "./core.js"')) {
    throw new Error('dist/ holds what tsc alone has made. Run: npm run build:ts')
  }
  const found = new Set(TEXTS)
  /** @param {string} path @param {string} by */
  const visit = (path, by) => {
    if (found.has(path)) return
    if (!existsSync(join(root, path))) throw new Error(`${by} names ${path}, which is not there. Run: npm run build:ts`)
    found.add(path)
    if (!/\.([cm]?js|d\.ts)$/.test(path)) return
    for (const target of reachedFrom(path, readFileSync(join(root, path), 'utf8'))) visit(target, path)
  }
  for (const path of entriesOf(manifest)) visit(path, 'package.json')
  // Loaded by a name that is put together.
  for (const name of filesIn(join(root, 'dist/lazy'), (name) => name.endsWith('.cjs'))) {
    visit(`dist/lazy/${name}`, 'dist/lazy')
  }
  if (manifest.bin !== undefined) visit('dist/cli-licenses.txt', 'dist/cli.js')
  if (existsSync(join(root, BUILD_FROM_SOURCE))) visit(BUILD_FROM_SOURCE, 'the loader')
  for (const name of filesIn(join(root, 'native'), isSource)) found.add(`native/${name}`)
  return [...found].sort()
}

/** @param {string} folder @param {(name: string) => boolean} isWanted */
const filesIn = (folder, isWanted) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => isWanted(name))
