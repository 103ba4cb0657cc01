/** Puts the published package together in a folder of its own, so that packing leaves the checkout alone. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { targets } from '../prebuild/targets.js'
import { BUILD_FROM_SOURCE, contentsOf } from './contents.js'
import { headersOfPackage } from './headers.js'

/** The fields of package.json that mean something to who installs the package; the rest is for the checkout. */
const FIELDS = [
  'name',
  'version',
  'description',
  'keywords',
  'homepage',
  'bugs',
  'repository',
  'license',
  'author',
  'type',
  'sideEffects',
  'preferUnplugged',
  'engines',
  'os',
  'main',
  'types',
  'exports',
  'bin',
]

/** The targets that have a binary; each is prebuilds/target/berkeley.node. */
export const TARGETS = targets.map(({ name }) => name).sort()

/**
 * package.json as it is published.
 * @param {Record<string, unknown>} manifest that of the checkout
 * @param {string} [repository] its address on the web, as CI knows it: https://host/owner/name
 */
export function publishedManifest(manifest, repository) {
  const known = repository === undefined ? manifest : { ...manifest, ...addressesOf(repository) }
  const entries = FIELDS.map((name) => [name, known[/** @type {keyof typeof known} */ (name)]])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** @param {string} repository */
function addressesOf(repository) {
  const { protocol, pathname, href } = new URL(repository)
  if (protocol !== 'https:' || !/^\/[\w.-]+\/[\w.-]+$/.test(pathname)) {
    throw new Error(`--repository is https://host/owner/name, not ${repository}`)
  }
  return {
    repository: { type: 'git', url: `git+${href}.git` },
    homepage: `${href}#readme`,
    bugs: { url: `${href}/issues` },
  }
}

/** The target of this process. */
export function thisTarget() {
  if (process.platform !== 'linux') return `${process.platform}-${process.arch}`
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return `linux-${process.arch}-${header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
}

/**
 * Fills an empty folder with the package.
 * @param {string} root the checkout, built
 * @param {string} folder
 * @param {{ local?: boolean, repository?: string | undefined }} [options] `local`: binaries may be missing, and this
 *   machine's own build stands in for its target's
 * @returns {{ files: string[], targets: string[] }} what it holds, and for which targets there are binaries
 */
export function stage(root, folder, { local = false, repository } = {}) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const files = contentsOf(root, manifest)
  const binaries = binariesOf(root, local)
  for (const path of files) {
    makeParent(join(folder, path))
    copyWithoutMap(join(root, path), join(folder, path))
  }
  const headers = existsSync(join(root, BUILD_FROM_SOURCE)) ? headersOfPackage() : new Map()
  for (const [path, from] of [...binaries, ...headers]) {
    makeParent(join(folder, path))
    copyFileSync(from, join(folder, path))
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest, repository), null, 2)}\n`)
  const built = [...binaries.keys()].map((path) => /** @type {string} */ (path.split('/')[1]))
  return { files: ['package.json', ...files, ...binaries.keys(), ...headers.keys()].sort(), targets: built }
}

/** @param {string} path */
const makeParent = (path) => mkdirSync(dirname(path), { recursive: true })

/**
 * Source maps are not published: the bundle is not minified and keeps its names, so that a stack can be read as it is.
 * What names one would only make tools look for it.
 * @param {string} from @param {string} to
 */
function copyWithoutMap(from, to) {
  if (!/\.([cm]?js|d\.ts)$/.test(from)) return copyFileSync(from, to)
  writeFileSync(to, readFileSync(from, 'utf8').replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'))
}

/**
 * The binaries, by their paths in the package.
 * @param {string} root @param {boolean} local
 * @returns {Map<string, string>}
 */
function binariesOf(root, local) {
  const pathOf = (/** @type {string} */ target) => `prebuilds/${target}/berkeley.node`
  /** @type {Map<string, string>} */
  const found = new Map()
  const missing = []
  for (const target of TARGETS) {
    const path = join(root, pathOf(target))
    const own = join(root, 'build/Release/berkeley.node')
    if (local && target === thisTarget() && existsSync(own)) found.set(pathOf(target), own)
    else if (existsSync(path)) found.set(pathOf(target), path)
    else missing.push(target)
  }
  const there = existsSync(join(root, 'prebuilds')) ? readdirSync(join(root, 'prebuilds')) : []
  const unknown = there.filter((name) => !TARGETS.includes(name))
  if (unknown.length > 0) throw new Error(`prebuilds/ holds ${unknown.join(', ')}, which is no target`)
  if (missing.length > 0 && !local) {
    throw new Error(
      `No binary for ${missing.join(', ')}. Run: npm run prebuilds (or pack with --local, to try it here)`,
    )
  }
  return found
}
