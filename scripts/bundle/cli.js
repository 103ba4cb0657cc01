/** The command-line tool, with the libraries it uses: dist/cli.js, and in dist/cli/ what it loads when it is called. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { input, pathOf } from './modules.js'

/** What stands for the folder of the entry points, until it is known where the importing file is. */
const OWN = 'berkeley-dist:'

/**
 * @param {string} root
 * @param {Record<string, string>} entries the package's own files, which it imports as they are
 */
export async function buildCli(root, entries) {
  const own = new Map(Object.entries(entries).map(([name, path]) => [join(root, path), `${OWN}${name}.js`]))
  const folder = join(root, 'lib/cli')
  rmSync(join(root, 'dist/cli'), { recursive: true, force: true })
  const build = await rolldown({
    ...input,
    cwd: root,
    input: { cli: join(folder, 'main.ts') },
    // Libraries may be dropped where nothing of them is used.
    treeshake: { moduleSideEffects: true },
    plugins: [
      {
        name: 'cli',
        resolveId: (source, importer) => {
          if (importer === undefined || !/^[./]/.test(source) || !importer.startsWith(folder)) return null
          const path = pathOf(source, importer)
          const file = own.get(path)
          if (file !== undefined) return { id: file, external: 'absolute' }
          if (!path.startsWith(folder)) throw new Error(`${relative(root, importer)} imports ${source}: not exported`)
          return path
        },
        renderChunk: (code, { fileName }) => code.replaceAll(`"${OWN}`, fileName.includes('/') ? '"../' : '"./'),
      },
    ],
  })
  const { output } = await build.write({
    dir: join(root, 'dist'),
    entryFileNames: '[name].js',
    chunkFileNames: 'cli/[name].js',
    sourcemap: false,
    comments: { legal: true, annotation: false, jsdoc: false },
    minify: { compress: false, mangle: false, codegen: false },
  })
  await build.close()
  chmodSync(join(root, 'dist/cli.js'), 0o755)
  // What reports of `bench` contain, for browsers.
  const charts = join(dirname(createRequire(join(root, 'package.json')).resolve('chart.js')), 'chart.umd.min.js')
  const text = readFileSync(charts, 'utf8').replace(/^\/\/# sourceMappingURL.*$/m, '')
  writeFileSync(join(root, 'dist/cli/chart.umd.min.js'), text)
  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []))
  writeFileSync(join(root, 'dist/cli-licenses.txt'), licensesOf([...modules, charts]))
}

/** The licenses of the libraries that modules are of. @param {string[]} modules */
function licensesOf(modules) {
  /** @type {Map<string, string>} */
  const notices = new Map()
  for (const path of modules) {
    if (!path.includes('/node_modules/')) continue
    const folder = folderOf(path)
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((each) => /^(licen[sc]e|copying)/i.test(each))
    if (file === undefined) throw new Error(`${name} has no license file to copy`)
    const text = readFileSync(join(folder, file), 'utf8').trim()
    notices.set(name, `${name} ${version} (${license})\n\n${text}\n`)
  }
  const head = 'The command-line tool of berkeley (dist/cli.js, dist/cli/) contains these libraries.\n'
  const parts = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, notice]) => notice)
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`)
}

/** The folder of the package that a module is of. @param {string} path */
function folderOf(path) {
  let folder = dirname(path.replace(/\?.*$/, '').replace(/^\0/, ''))
  const isPackage = () =>
    existsSync(join(folder, 'package.json')) &&
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version !== undefined
  while (!isPackage()) folder = dirname(folder)
  return folder
}
