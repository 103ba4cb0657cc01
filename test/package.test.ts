/** What is published: the shape of the tarball, and that all it names is in it. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { contentsOf, entriesOf } from '../scripts/package/contents.js'
import { publishedManifest, stage, TARGETS, thisTarget } from '../scripts/package/stage.js'

const MIB = 1024 * 1024
// What a binary of another target may take, where it has not been built: those for macOS are the largest.
const BINARY = 230 * 1024

const isBundled = readFileSync('dist/index.js', 'utf8').includes('from "./core.js"')
const scratch = mkdtempSync(join(tmpdir(), 'berkeley-package-test-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** `npm run pack -- --local` into a folder. */
function pack(out: string) {
  const args = ['scripts/pack.js', '--local', '--out', out]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  const path = stdout.trim().split('\n').at(-1) as string
  const listed = spawnSync('tar', ['-tzf', path], { encoding: 'utf8' })
  const files = listed.stdout
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''))
  return { bytes: readFileSync(path), path, files: new Set(files) }
}

/** The files that each kind of thing in the package may have. */
const ALLOWED = [
  /^package\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  // The entry points and what they share; what is loaded later; declarations.
  /^dist\/[\w-]+\.js$/,
  /^dist\/lazy\/\w+\.cjs$/,
  // The command-line tool, and whose work is bundled with it.
  /^dist\/cli\/[\w-]+\.js$/,
  /^dist\/cli-licenses\.txt$/,
  /^dist\/([\w-]+\/)*[\w-]+\.d\.ts$/,
  new RegExp(`^prebuilds/(${TARGETS.join('|')})/berkeley\\.node$`),
  // What building from source takes.
  /^native\/([\w-]+\/)?\w+\.(cc|h|inc)$/,
  /^scripts\/(build-from-source|build-tools|native-(flags|headers|sources))\.js$/,
  /^include\/((uv\/)?\w+|napi-inl)\.h$/,
  /^include\/LICENSES\.md$/,
]

/** What has no place among them: modules that are in the bundle, and what only a checkout needs. */
const modulesOfBundle = ['core', 'index', 'select', 'selectors', 'socketserver', 'waiting', 'worker-main']

describe.skipIf(!isBundled)('the tarball [needs npm run build:ts]', () => {
  const { bytes, path, files } = isBundled
    ? pack(scratch)
    : { bytes: Buffer.alloc(0), path: '', files: new Set<string>() }
  const unpacked = join(scratch, 'package')
  if (isBundled) spawnSync('tar', ['-xzf', path, '-C', scratch])
  const read = (name: string): string => readFileSync(join(unpacked, name), 'utf8')
  const manifest = isBundled ? JSON.parse(read('package.json')) : {}
  const programs = [...files].filter((name) => /\.[cm]?js$/.test(name))
  const declarations = [...files].filter((name) => name.endsWith('.d.ts'))

  test('holds nothing but the bundle, declarations, binaries, and what building from source takes', () => {
    const others = [...files].filter((name) => !ALLOWED.some((pattern) => pattern.test(name)))
    expect(others).toEqual([])
    expect(files).toContain(`prebuilds/${thisTarget()}/berkeley.node`)
    expect(programs.filter((name) => /^dist\/[^/]+$/.test(name))).toEqual(
      expect.arrayContaining(modulesOfBundle.map((name) => `dist/${name}.js`)),
    )
    // As tsc has left them they are in dist/ too, and would be there once more.
    for (const name of ['socket', 'engine', 'operation', 'binding']) expect(files).not.toContain(`dist/${name}.js`)
    expect(declarations.length).toBeGreaterThan(50)
    expect([...files].filter((name) => name.startsWith('native/')).length).toBeGreaterThan(80)
  })

  test('stays under 2 MiB with a binary for each target', () => {
    const missing = TARGETS.filter((target) => !files.has(`prebuilds/${target}/berkeley.node`))
    expect(bytes.length + missing.length * BINARY).toBeLessThan(2 * MIB)
  })

  test('gives installers nothing to run: no scripts, no binding.gyp, no dependencies', () => {
    expect([...files].filter((name) => /^[^/]*\.gypi?$/.test(name))).toEqual([])
    for (const field of ['scripts', 'dependencies', 'devDependencies', 'gypfile', 'private', 'files', 'allowScripts']) {
      expect(manifest).not.toHaveProperty(field)
    }
    expect(manifest).toMatchObject({ name: 'berkeley', type: 'module', license: 'MIT', preferUnplugged: true })
  })

  test('has each file that its manifest names, types before the program', () => {
    const named = entriesOf(manifest)
    expect(named).toContain('dist/socketserver.d.ts')
    for (const name of named) expect.soft(files).toContain(name)
    for (const [entry, conditions] of Object.entries(manifest.exports)) {
      if (entry !== './package.json') expect(Object.keys(conditions as object)).toEqual(['types', 'default'])
    }
    for (const program of Object.values<string>(manifest.bin ?? {})) {
      expect.soft(read(program)).toMatch(/^#!\/usr\/bin\/env node\n/)
    }
  })

  test('imports nothing that is not in it, and no other package but Node', () => {
    const importsIn = (text: string): string[] =>
      [
        ...text.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s*["']([^"']+)["']/gm),
        ...text.matchAll(/\b(?:import|require)\(["']([^"']+)["']\)/g),
        // Others are folders.
        ...text.matchAll(/new URL\(\s*["'](\.[^"']+\.\w+)["']/g),
      ].map(([, target]) => target as string)
    let seen = 0
    for (const name of [...programs, ...declarations]) {
      for (const target of importsIn(read(name))) {
        if (target.endsWith('.node')) continue
        seen++
        if (!target.startsWith('.')) {
          expect.soft(target, name).toMatch(/^node:\w/)
          continue
        }
        const file = posix.join(posix.dirname(name), target)
        expect.soft(files, name).toContain(name.endsWith('.d.ts') ? file.replace(/\.js$/, '.d.ts') : file)
      }
    }
    expect(seen).toBeGreaterThan(200)
  })

  test('names no source map, and no path of the machine that packed it', () => {
    for (const name of [...programs, ...declarations]) {
      expect.soft(read(name), name).not.toContain('sourceMappingURL')
      expect.soft(read(name), name).not.toContain(process.cwd())
    }
  })

  test('is the same, byte by byte, when it is packed again, by somebody whose files are private', () => {
    const umask = process.umask(0o077)
    const again = pack(join(scratch, 'again'))
    process.umask(umask)
    expect(again.bytes.equals(bytes)).toBe(true)
  })

  test('may be read by everybody, and only programs be run', () => {
    const { stdout } = spawnSync('tar', ['-tvzf', path], { encoding: 'utf8' })
    const bins = new Set(Object.values<string>(manifest.bin ?? {}).map((name) => posix.join('package', name)))
    for (const line of stdout.trim().split('\n')) {
      const [mode, name = ''] = [line.slice(0, 10), line.split(' ').at(-1)]
      expect.soft(mode, name).toBe(bins.has(name) ? '-rwxr-xr-x' : '-rw-r--r--')
    }
  })

  describe('is not packed', () => {
    /** A checkout with what packing reads. */
    const checkout = (name: string): string => {
      const folder = join(scratch, name)
      mkdirSync(join(folder, 'native'), { recursive: true })
      for (const file of ['package.json', 'dist']) cpSync(file, join(folder, file), { recursive: true })
      return folder
    }

    test('where a module of the bundle is missing', () => {
      const folder = checkout('incomplete')
      rmSync(join(folder, 'dist/waiting.js'))
      expect(() => stage(folder, join(scratch, 'never'), { local: true })).toThrow(/dist\/waiting\.js, which is not/)
    })

    test('where there is no bundle', () => {
      const folder = checkout('unbundled')
      writeFileSync(join(folder, 'dist/index.js'), "export * from './socket.js'\n")
      expect(() => contentsOf(folder, {})).toThrow(/npm run build:ts/)
    })

    test('where a binary is for another platform, or was left half written', () => {
      const folder = checkout('broken')
      const target = TARGETS.find((name) => name !== thisTarget()) as string
      mkdirSync(join(folder, 'prebuilds', target), { recursive: true })
      writeFileSync(join(folder, 'prebuilds', target, 'berkeley.node'), '\x7fELF')
      expect(() => stage(folder, join(scratch, 'never'), { local: true })).toThrow(
        `prebuilds/${target}/berkeley.node cannot be read: `,
      )
    })

    test('where binaries are missing, or one is of no known target', () => {
      const folder = checkout('binaries')
      expect(() => stage(folder, join(scratch, 'never'))).toThrow(/No binary for .*linux-arm64-musl.*npm run prebuilds/)
      mkdirSync(join(folder, 'prebuilds/plan9-vax'), { recursive: true })
      expect(() => stage(folder, join(scratch, 'never'), { local: true })).toThrow(/plan9-vax, which is no target/)
      expect(existsSync(join(scratch, 'never'))).toBe(false)
    })
  })
})

test('the published manifest gets its addresses from who publishes it', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(publishedManifest(manifest, 'https://example.com/some/thing')).toMatchObject({
    repository: { type: 'git', url: 'git+https://example.com/some/thing.git' },
    homepage: 'https://example.com/some/thing#readme',
    bugs: { url: 'https://example.com/some/thing/issues' },
  })
  for (const url of ['http://example.com/some/thing', 'https://example.com/thing', 'https://example.com/a/b/c']) {
    expect(() => publishedManifest(manifest, url)).toThrow(/--repository is https/)
  }
  expect(() => publishedManifest(manifest, 'some/thing')).toThrow(/Invalid URL/)
})

test('the checkout cannot be published by mistake', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toHaveProperty('private', true)
})
