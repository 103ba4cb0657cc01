/** The documentation's site: its list of pages, the Markdown made for it, and the check of what was built. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kinds } from '../scripts/constants/kinds.js'
import { namesOf } from '../scripts/constants/names.js'
import { errnos, selectTable, table } from '../scripts/constants/table.js'
import { checkSite } from '../scripts/docs/check.js'
import { guides } from '../scripts/docs/pages.js'
import { rewritten } from '../scripts/docs/prepare.js'

const listed = guides.flatMap(([, names]) => names)

test.each(readdirSync('docs').filter((name) => name.endsWith('.md')))('the sidebar has docs/%s, once', (name) => {
  expect(listed.filter((each) => `${each}.md` === name)).toHaveLength(1)
})

test('every kind of constants is described, and none that is not there', () => {
  const there = new Set(namesOf([...table, ...selectTable, errnos]).map(({ kind }) => kind))
  expect([...kinds.keys()].sort()).toEqual([...there].sort())
})

describe('links between pages', () => {
  const page = (path: string) => ({ path, url: '', section: '', title: '', text: '' })
  const pages = ['docs/async.md', 'examples/demo.js', 'examples/demo/tcp.js', 'LICENSE'].map(page)
  test.each([
    ['a guide', '[a](async.md#x)', '[a](async.md#x)'],
    ['a program', '[a](../examples/demo.js)', '[a](../examples/demo.js.md)'],
    ['a folder', '[a](../examples/demo/)', '[a](../examples/demo/tcp.js.md)'],
    ['a text', '[a](../LICENSE)', '[a](../LICENSE.md)'],
    ['elsewhere', '[a](https://nodejs.org/)', '[a](https://nodejs.org/)'],
    ['code, where they are none', '```js no-run\n[a](LICENSE)\n```', '```js\n[a](LICENSE)\n```'],
    ['a heading with code', '## The `x`', '## The x'],
  ])('to %s', (_, text, expected) => {
    expect(rewritten('docs/blocking.md', text, pages)).toBe(expected)
  })
})

describe('the check of a site', () => {
  const root = mkdtempSync(join(tmpdir(), 'bk-site-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const complaintsOf = (text: string): string[] => {
    write('guides/page.html', text)
    return checkSite(root).complaints
  }
  beforeAll(() => {
    write('index.html', '<h1 id="top"></h1><a href="guides/page.html#here">page</a>')
    write('assets/style.css', 'a { background: url("data:image/png;base64,AA") }')
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test('has nothing against a whole one', () => {
    const text =
      '<h2 id="here"></h2><a class="x" href="../index.html#top">front</a><a href="https://nodejs.org/api/">node</a>'
    expect(complaintsOf(text)).toEqual([])
  })

  test.each([
    [
      'a page that is not there',
      '<a href="../other.html">',
      /page\.html leads to \.\.\/other\.html, which is not there/,
    ],
    ['an anchor that is not there', '<a href="../index.html#bottom">', /#bottom, which has no such anchor/],
    ['an anchor of its own', '<a href="#there">', /#there, which has no such anchor/],
    ['a place outside', '<a href="../../secret.html">', /which is not there/],
    ['a folder', '<a href="../">', /which is not there/],
    ['a host that nobody named', '<a href="https://example.com/">', /leads to https:\/\/example\.com/],
    ['a script from elsewhere', '<script src="https://nodejs.org/x.js"></script>', /loads https:\/\/nodejs\.org/],
    ['a font from elsewhere', '<link rel="stylesheet" href="//fonts.example/x.css">', /loads \/\/fonts\.example/],
    ['a picture from elsewhere', '<img alt="" src="http://nodejs.org/x.png">', /loads http:\/\/nodejs\.org/],
  ])('finds %s', (_, tag, complaint) => {
    expect(complaintsOf(`<p id="here"></p>${tag}`)).toEqual([expect.stringMatching(complaint)])
  })

  test('finds a style sheet that loads something', () => {
    write('assets/more.css', '@import "https://fonts.example/x.css"; b { src: url(x.woff2) }')
    expect(complaintsOf('<p id="here"></p>')).toHaveLength(2)
    rmSync(join(root, 'assets/more.css'))
  })
})
