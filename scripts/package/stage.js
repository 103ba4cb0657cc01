/** Puts the published package together in a folder of its own, so that packing leaves the checkout alone. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { inspect } from '../prebuild/inspect.js'
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
  const headers = existsSync(join(root, BUILD_FROM_SOURCE)) ? headersOfPackage() : new Map()
  const programs = new Set(Object.values(manifest.bin ?? {}).map((path) => posix.normalize(String(path))))
  const own = files.map((path) => /** @type {[string, string]} */ ([path, join(root, path)]))
  for (const [path, from] of [...own, ...binaries, ...headers]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyWithoutMap(from, join(folder, path))
    // Whatever the umask of who packs it.
    chmodSync(join(folder, path), programs.has(path) ? 0o755 : 0o644)
  }
  const published = join(folder, 'package.json')
  writeFileSync(published, `${JSON.stringify(publishedManifest(manifest, repository), null, 2)}\n`)
  chmodSync(published, 0o644)
  const built = [...binaries.keys()].map((path) => /** @type {string} */ (path.split('/')[1]))
  return { files: ['package.json', ...files, ...binaries.keys(), ...headers.keys()].sort(), targets: built }
}

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
  for (const target of targets) {
    const { name } = target
    const path = join(root, pathOf(name))
    const own = join(root, 'build/Release/berkeley.node')
    if (local && name === thisTarget() && existsSync(own)) {
      found.set(pathOf(name), own)
    } else if (existsSync(path)) {
      // One that was left half written, or that belongs elsewhere.
      const [problem] = inspect(readFileSync(path), target)
      if (problem !== undefined) throw new Error(`${pathOf(name)} ${problem}. Run: npm run prebuilds`)
      found.set(pathOf(name), path)
    } else {
      missing.push(name)
    }
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
