/** The shape of the code: which way dependencies point, how long files are, what one list of sources serves. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defines } from '../scripts/native-flags.js'

const files = (folder: string, ...endings: string[]): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => endings.some((ending) => name.endsWith(ending)) && !name.includes('generated'))
    .sort()

/** Every module of lib/ with the modules it imports, types included. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/from '(\.[^']+)\.js'/g)].map(
    ([, target]) => `${normalize(join(dirname(path), target as string))}.ts`,
  )
}

const sources = [...files('lib', '.ts'), ...readdirSync('lib/generated').map((name) => join('lib/generated', name))]
const graph = new Map(sources.map((path) => [path, importsOf(path)]))

describe('modules', () => {
  test('import each other in no circle, type imports included', () => {
    const done = new Set<string>()
    const visit = (path: string, trail: string[]): void => {
      expect(trail, `${[...trail, path].join(' -> ')}`).not.toContain(path)
      if (done.has(path)) return
      for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(done.size).toBeGreaterThan(15)
  })

  test('index only re-exports; operations know nothing of the class; leaves import no operation', () => {
    expect(readFileSync('lib/index.ts', 'utf8')).not.toMatch(/\b(function|class|const|let) /)
    for (const [path, targets] of graph) {
      if (path.startsWith('lib/operations/')) expect(targets, path).not.toContain('lib/socket.ts')
      if (/lib\/(address|errors|validate|bytes|defaults|host|handle)\.ts/.test(path)) {
        expect(
          targets.filter((target) => target.includes('operations')),
          path,
        ).toEqual([])
      }
    }
  })
})

describe('libraries', () => {
  const modules = [...graph.keys()]
  const imports = (path: string): string[] =>
    [...readFileSync(path, 'utf8').matchAll(/(?:\bfrom |\bimport\()'([^'\n]+)'/g)].map(([, source]) => source as string)

  test('are imported in lib/cli only, which nothing else imports', () => {
    for (const path of modules.filter((each) => !each.startsWith('lib/cli/'))) {
      const foreign = imports(path).filter((source) => !/^(\.|node:)/.test(source) || source.includes('/cli/'))
      expect(foreign, path).toEqual([])
    }
  })

  test('the command-line tool imports those of the package that users can import, and its frame none', () => {
    for (const path of modules.filter((each) => each.startsWith('lib/cli/'))) {
      const outside = (graph.get(path) as string[]).filter((target) => !target.startsWith('lib/cli/'))
      for (const target of outside) expect(target, path).toMatch(/^lib\/(index|select|selectors|socketserver)\.ts$/)
    }
    const reached = new Set<string>()
    const visit = (path: string): void => {
      if (reached.has(path)) return
      reached.add(path)
      for (const target of graph.get(path) ?? []) visit(target)
    }
    for (const path of ['lib/cli/main.ts', 'lib/cli/build.ts']) visit(path)
    expect([...reached].filter((path) => !path.startsWith('lib/cli/'))).toEqual([])
  })
})

describe('files', () => {
  const ours = ['lib', 'native', 'test', 'bench', 'scripts', 'examples'].flatMap((folder) =>
    files(folder, '.ts', '.js', '.cc', '.h', '.c', '.py'),
  )

  test.each(ours)('%s is one subject: at most 350 lines', (path) => {
    // The reference page of the class: as long as its documentation.
    const limit = path === 'lib/socket.ts' ? 1150 : 350
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(limit)
  })

  test('nothing in native/ ends the process, and only the seams ask which system it is', () => {
    for (const path of files('native', '.cc', '.h')) {
      const text = readFileSync(path, 'utf8')
      expect(text, path).not.toMatch(/\b(assert|abort)\(|NAPI_FATAL|napi_fatal_error/)
      if (!/native\/(platform\.h|constants_headers\.h|linux\/|darwin\/)/.test(path)) {
        expect(text, path).not.toMatch(/__linux__|__APPLE__/)
      }
    }
  })
})

describe('the build', () => {
  test('both build files ask the one list of sources, which has every file of this system', () => {
    const listed = execFileSync(process.execPath, ['scripts/native-sources.js', 'linux'], { encoding: 'utf8' })
    const expected = files('native', '.cc').filter((path) => !path.startsWith('native/darwin/'))
    expect(listed.trim().split('\n').sort()).toEqual(expected)
    for (const file of ['binding.gyp', 'CMakeLists.txt']) {
      const text = readFileSync(file, 'utf8')
      expect(text).toContain('scripts/native-sources.js')
      expect(text).not.toMatch(/native\/\w+\.cc/)
      // Nor does either define what other builds would lack.
      expect(text).toContain('scripts/native-flags.js')
      for (const define of defines) expect(text).not.toContain(define)
    }
  })

  test('a seam has the same files on both systems', () => {
    // io_uring is behind the poller's seam, on one system only.
    const linux = readdirSync('native/linux')
      .filter((name) => !name.startsWith('io_uring'))
      .map((name) => name.replace('epoll.cc', 'kqueue.cc'))
    expect(readdirSync('native/darwin').sort()).toEqual(linux.sort())
  })
})
