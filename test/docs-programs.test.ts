/** The documentation is true: its programs run, have right types, and print what it says. */
import { resolve } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Block, blocksOf, isRunByCommands, PAGES } from './support/pages.js'
import { hasPython } from './support/python.js'
import { UserProject } from './support/user-project.js'

const LANGUAGES = ['js', 'ts', 'python', 'sh']

/** A fence without a language holds a drawing, or what something prints. */
const blocks = PAGES.flatMap(blocksOf).filter(({ language }) => language !== '')
/** Those that run everywhere and alone; docs-needs.test.ts and docs-commands.test.ts have the others. */
const programs = blocks.filter((block) => block.language !== 'sh' && block.info === '' && !isRunByCommands(block))
const of = (language: string): Block[] => programs.filter((block) => block.language === language)

let project: UserProject
beforeAll(() => {
  project = new UserProject()
})
afterAll(() => project[Symbol.dispose]())

test('the programs are there, and no fence is of a language that nobody runs', () => {
  expect(programs.length).toBeGreaterThan(100)
  for (const { place, language } of blocks) expect(LANGUAGES, place).toContain(language)
})

describe('the programs', () => {
  test.each(of('js'))('$place runs and prints what it says', (block) =>
    project.run(process.execPath, [project.writeBlock(block)], block),
  )

  test.each(of('ts'))('$place runs and prints what it says', async (block) => {
    const { outputText } = ts.transpileModule(block.code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    await project.run(
      process.execPath,
      [project.write(`${block.place.replace(/\W+/g, '-')}-compiled.js`, outputText)],
      block,
    )
  })

  test.skipIf(!hasPython).each(of('python'))('$place runs and prints what it says [needs python3]', (block) =>
    project.run('python3', [project.writeBlock(block)], block),
  )

  test('are of the right types', { timeout: 120_000 }, () => {
    const files = of('ts').map((block) => project.writeBlock(block))
    expect(files.length).toBeGreaterThan(0)
    const checked = ts.createProgram(files, {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [resolve('node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    })
    const complaints = ts.getPreEmitDiagnostics(checked)
    expect(
      ts.formatDiagnostics(complaints, { ...ts.sys, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }),
    ).toBe('')
  })
})
