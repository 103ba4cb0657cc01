/** The documentation is true: its programs run and print what it says, its links and commands lead somewhere. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as berkeley from 'berkeley'
import * as select from 'berkeley/select'
import * as selectors from 'berkeley/selectors'
import * as socketserver from 'berkeley/socketserver'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Program } from './support/process.js'
import { hasPython } from './support/python.js'

const GUIDES = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md', ...GUIDES]

/** A fenced block of JavaScript, TypeScript or Python. */
interface Block {
  /** The page and the line where it begins. */
  place: string
  language: string
  /** What the fence says after the language, such as `no-run`. */
  info: string
  code: string
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8')
  return [...text.matchAll(/^```(js|ts|python)\b *(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    const [, language = '', info = '', code = ''] = match
    return { place: `${page}:${line}`, language, info, code }
  })
}

/** The lines that a program says it prints, `…` standing for anything. */
function expectedLines(code: string): unknown[] {
  return [...code.matchAll(/(?:\/\/|#) -> (.*)$/gm)].map(([, line = '']) => {
    if (!line.includes('…')) return line
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return expect.stringMatching(new RegExp(`^${parts.join('.*')}$`))
  })
}

const pages = ['README.md', ...GUIDES]
const blocks = pages.flatMap(blocksOf)
const programs = blocks.filter(({ info }) => info === '')

/** A project of a user's: every program is a file of it, and `berkeley` is installed. */
const project = mkdtempSync(join(tmpdir(), 'bk-docs-'))
const fileOf = ({ place, language }: Block): string => join(project, `${place.replace(/\W+/g, '-')}.${language}`)

beforeAll(() => {
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(resolve('.'), join(project, 'node_modules/berkeley'), 'dir')
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  for (const block of programs) writeFileSync(fileOf(block), block.code)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

async function run(command: string, file: string, { code: source }: Block): Promise<void> {
  await using program = new Program(command, [file]).input('')
  const { code, signal, stdout, stderr } = await program.ended()
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  const expected = expectedLines(source)
  if (expected.length > 0) expect(stdout.trimEnd().split('\n')).toEqual(expected)
}

const of = (language: string): Block[] => programs.filter((block) => block.language === language)

describe('the programs', () => {
  test('are there, and no fence is of a language that nobody runs', () => {
    expect(programs.length).toBeGreaterThan(30)
    for (const page of pages) {
      const languages = [...readFileSync(page, 'utf8').matchAll(/^```(\S+)/gm)].map(([, language]) => language)
      expect(['js', 'ts', 'python', 'sh'], page).toEqual(expect.arrayContaining(languages))
    }
  })

  test.each(blocks.filter(({ info }) => info !== ''))('$place is not run, and says why', ({ info, code }) => {
    expect(info).toBe('no-run')
    expect(code).toMatch(/^\/\/ Not run: \S/)
  })

  test.each(of('js'))('$place runs and prints what it says', (block) => run(process.execPath, fileOf(block), block))

  test.each(of('ts'))('$place runs and prints what it says', async (block) => {
    const { outputText } = ts.transpileModule(block.code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    const file = fileOf(block).replace(/ts$/, 'js')
    writeFileSync(file, outputText)
    await run(process.execPath, file, block)
  })

  test.skipIf(!hasPython).each(of('python'))('$place runs and prints what it says [needs python3]', (block) =>
    run('python3', fileOf(block), block),
  )

  test('are of the right types', { timeout: 60_000 }, () => {
    const files = of('ts').map(fileOf)
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

/** A page without its code, where brackets mean links. */
const prose = (page: string): string =>
  readFileSync(page, 'utf8')
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '')

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe.each(PAGES)('%s', (page) => {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

  test.each(links.filter((link) => !/^https?:/.test(link)))('has a link that leads somewhere: %s', (link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    expect(existsSync(target)).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor)
  })

  // Two branches that told the same leave it twice when they are merged.
  test('says nothing twice', () => {
    const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
    const lines = text.split('\n').filter((line) => line.startsWith('## ') || (line.length > 70 && /\w/.test(line)))
    const tableHeads = /^\| (name|Python|call) \|/
    expect(lines.filter((line, index) => lines.indexOf(line) !== index && !tableHeads.test(line))).toEqual([])
  })

  test('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    const text = readFileSync(page, 'utf8')
    const commands = [...text.matchAll(/\bnpm (?:run (?:-\S+ )*([\w:-]+)|(start|test)\b)/g)]
    for (const [, name, short] of commands) expect(Object.keys(scripts)).toContain(name ?? short)
  })
})

describe('what the pages must not forget', () => {
  test.each(GUIDES)('README.md lists %s, once', (guide) => {
    const [, list = ''] = /^- Guides: ([\s\S]*?)^- /m.exec(readFileSync('README.md', 'utf8')) ?? []
    expect(list.split(`](${guide})`)).toHaveLength(2)
  })

  test.each(readdirSync('examples').filter((name) => name.endsWith('.js')))(
    'examples/README.md lists %s',
    (example) => {
      expect(readFileSync('examples/README.md', 'utf8')).toContain(example)
    },
  )

  test.each(['native', 'lib', 'lib/operations', 'lib/options', 'lib/select', 'lib/selectors', 'lib/socketserver'])(
    'the map of CONTRIBUTING.md has every source of %s/',
    (folder) => {
      const map = readFileSync('CONTRIBUTING.md', 'utf8')
      const sources = readdirSync(folder).filter((name) => /\.(cc|h|ts)$/.test(name))
      expect(sources.length).toBeGreaterThan(5)
      for (const source of sources) expect(map).toMatch(new RegExp(`\`${source.replace(/\.\w+$/, '')}\\b`))
    },
  )

  test.each(Object.keys({ ...select, ...selectors }).filter((name) => !/^(E?POLL|KQ_|PIPE_)/.test(name)))(
    'the guide to waiting names %s',
    (name) => {
      expect(readFileSync('docs/select.md', 'utf8')).toMatch(new RegExp(`\\b${name}\\b`))
    },
  )

  const servers = readFileSync('docs/servers.md', 'utf8')
  const ofClasses = [socketserver.ThreadingUDPServer, socketserver.AsyncUDPServer, socketserver.StreamRequestHandler]
  const members = new Set<string>(['run', 'runAsync', 'shutdownFlag', 'RequestHandlerClass'])
  for (const one of ofClasses) {
    for (let { prototype } = one as { prototype: object }; prototype !== Object.prototype; ) {
      for (const name of Object.getOwnPropertyNames(prototype)) members.add(name)
      prototype = Object.getPrototypeOf(prototype) as object
    }
  }
  const INTERNAL =
    /^(constructor|dispatcher|attribute|setAttribute|fail|requestTimeout|refuseRequests|abortRequest|finishAsync)$/

  test.each([...Object.keys(socketserver), ...members].filter((name) => !INTERNAL.test(name)))(
    'the guide to servers names %s',
    (name) => {
      expect(servers).toMatch(new RegExp(`\\b${name}\\b`))
    },
  )

  test.each(Object.keys(socketserver))('the table for Python’s users names %s of socketserver', (name) => {
    expect(readFileSync('docs/porting-from-python.md', 'utf8')).toMatch(new RegExp(`\\b${name}\\b`))
  })

  const porting = readFileSync('docs/porting-from-python.md', 'utf8')

  test.each(
    Object.entries(berkeley)
      .filter(([, value]) => value !== undefined && typeof value !== 'number')
      .map(([name]) => name),
  )('the table for Python’s users names %s', (name) => {
    expect(porting).toMatch(new RegExp(`\`${name}\\b`))
  })

  test.each(Object.getOwnPropertyNames(berkeley.Socket.prototype).filter((name) => name !== 'constructor'))(
    'the table for Python’s users names the socket’s %s',
    (name) => {
      expect(porting).toMatch(new RegExp(`\`(?:sock\\.)?${name}\\b`))
    },
  )
})
