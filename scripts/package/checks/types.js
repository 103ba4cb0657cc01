/** The installed package's declarations, as TypeScript resolves them in each of its modes. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, Project, root } from '../project.js'
import { change } from './installers.js'

/** @import { Check } from '../../test-package.js' */

const TSC = join(root, 'node_modules/typescript/bin/tsc')

/** What the strictest of users has set. */
const STRICT = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  target: 'es2022',
  outDir: 'out',
  rootDir: '.',
}

/**
 * Compiles test/package/consumer.ts and runs what comes of it.
 * @param {Project} project
 * @param {string} name of the program in the project, by whose ending the compiler knows its kind
 * @param {Record<string, unknown>} options
 */
function compile(project, name, options) {
  project.link('@types/node')
  project.copy('consumer.ts', name)
  project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: [name] }))
  const { status, stdout, stderr } = project.try(process.execPath, [TSC, '-p', '.'])
  expect(status === 0, `the compiler says:\n${stdout}${stderr}`)
  const emitted = `out/${name.replace(/ts$/, 'js')}`
  expect(project.run(process.execPath, [emitted]) === 'ok\n', `${emitted} did not run`)
}

/** @param {string} folder */
const loseDeclarations = (folder) => rmSync(join(folder, 'dist/errors.d.ts'))

/** Types are found by this condition only by who imports. @param {string} folder */
const typesForImport = (folder) =>
  change(folder, ({ exports, ...manifest }) => ({
    ...manifest,
    exports: { '.': { import: { types: './dist/index.d.ts', default: './dist/index.js' } } },
  }))

/** @param {string} folder */
function loseReferences(folder) {
  for (const entry of ['index', 'select', 'selectors', 'socketserver']) {
    const path = join(folder, `dist/${entry}.d.ts`)
    writeFileSync(path, readFileSync(path, 'utf8').replace('/// <reference types="node"', '//'))
  }
}

/** @param {string} what @param {string} name @param {Record<string, unknown>} options @param {Check['spoil']} spoil */
const check = (what, name, options, spoil = loseDeclarations) => ({
  name: `types: ${what}`,
  run: (/** @type {Parameters<Check['run']>[0]} */ { installInto }) => {
    const project = new Project('types', { type: 'module' })
    installInto(project)
    compile(project, name, options)
  },
  spoil,
})

/** @type {Check[]} */
export const types = [
  check('module node16, an ES module', 'consumer.mts', { module: 'node16', types: ['node'] }),
  check('module nodenext, an ES module', 'consumer.mts', { module: 'nodenext', types: ['node'] }),
  check('module nodenext, CommonJS', 'consumer.cts', { module: 'nodenext', types: ['node'] }, typesForImport),
  check('module node20, CommonJS', 'consumer.cts', { module: 'node20', types: ['node'] }, typesForImport),
  check('resolution bundler', 'consumer.ts', { module: 'esnext', moduleResolution: 'bundler', types: ['node'] }),
  check("no types named, as by the compiler's default", 'consumer.ts', { module: 'preserve' }, loseReferences),
]
