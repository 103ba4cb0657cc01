/** The documentation's links and commands lead somewhere, and it forgets nothing; docs-programs.test.ts runs it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as berkeley from 'berkeley'
import * as select from 'berkeley/select'
import * as selectors from 'berkeley/selectors'
import * as socketserver from 'berkeley/socketserver'
import { describe, expect, test } from 'vitest'
import { GUIDES, PAGES } from './support/pages.js'

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
  test.each(GUIDES)('README.md lists %s among the guides, once', (guide) => {
    const [, list = ''] = /^## Guides\n([\s\S]*?)^## /m.exec(readFileSync('README.md', 'utf8')) ?? []
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
