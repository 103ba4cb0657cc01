/** What the bench writes of a run: JSON that can be read back, Markdown, and a page that needs no network. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { recorded } from '../../bench/lib/histogram.js'
import { pageScript, toHtml } from '../../bench/lib/html.js'
import { escaped, prose } from '../../bench/lib/markup.js'
import { fromJson, type Report, toJson, toMarkdownPage } from '../../bench/lib/report.js'
import { aResult, printed } from './made-up.js'

function report(): Report {
  const timed = aResult(
    {
      name: 'tcp-pingpong-1B',
      about: 'bytes & "quotes" of </script> and <b>, as `code`',
      targets: [
        { driver: 'berkeley', metric: 'time', against: 'c', atMost: 1.15 },
        { driver: 'berkeley', metric: 'time', against: 'bun', atMost: 1 },
      ],
    },
    { c: [10, 11, 10], berkeley: [11, 11.5, 11], 'c-again': [10, 10.5, 10.1] },
  )
  const histogram = recorded(printed([12_000, 13_000, 90_000])).histogram ?? ''
  for (const run of timed.drivers.berkeley?.runs ?? []) run.histogram = histogram
  const failed = aResult({ name: 'async-echo-1' }, { c: [], berkeley: [] })
  failed.drivers.berkeley = { runs: [], failure: 'round 1: the <server> died' }
  const sizes = [4096, 65536].flatMap((x) =>
    ['copy', 'zero'].map((line, i) =>
      aResult({ name: `${line}-${x}`, series: { name: 'zerocopy', x, line } }, { c: [x / 100 + 200 * i, x / 100 + i] }),
    ),
  )
  return {
    format: 1,
    when: '2026-11-23',
    machine: '2 x a CPU',
    kernel: 'Linux 6.18',
    versions: { c: 'cc 12', berkeley: 'berkeley 0.1.0' },
    missing: { bun: 'bun is not installed' },
    controls: ['c-again'],
    abouts: {},
    quick: false,
    rounds: { done: 12, left: 3 },
    seconds: 60,
    load: { others: [0.1, 0.2], steal: 0.01 },
    results: [timed, failed, ...sizes],
    micro: { results: [{ suite: 'calls', name: 'send', hz: 1e6, rme: 1.5, samples: 20 }], failures: [] },
  }
}

test('JSON holds every run, and a summary; what is read back makes the same pages', async () => {
  const text = toJson(report())
  const { summary } = JSON.parse(text)
  expect(summary[0].metrics[0].drivers[1]).toMatchObject({ driver: 'berkeley', value: { median: 11 } })
  expect(summary[0].targets[0]).toMatchObject({ met: true })
  const again = fromJson(text)
  expect(again.results[0]?.drivers.c?.runs.map(({ values }) => values.time)).toEqual([10, 11, 10])
  expect(toMarkdownPage(again)).toBe(toMarkdownPage(report()))
  expect(await toHtml(again)).toBe(await toHtml(report()))
  expect(() => fromJson('{"format": 2}')).toThrow('a report of format 2, not 1')
})

test('Markdown tells targets, who is missing, what failed, the noise, and what there was no time for', () => {
  const page = toMarkdownPage(report())
  expect(page).toMatch(/tcp-pingpong-1B .*at most 1\.15 of c's.*1\.100.*met.*4\.3 % to spare/)
  expect(page).toMatch(/at most 1\.00 of bun's.*no figure.*not judged/)
  expect(page).toContain('- bun: skipped: bun is not installed')
  expect(page).toContain('- berkeley FAILED: round 1: the <server> died')
  expect(page).toContain('c-again / c')
  expect(page).toContain('- rounds: 12 in 60 s; 3 more did not fit into the time')
  expect(page).toMatch(/zerocopy +\| +c \|.*zero/)
  expect(page).toContain('calls: send')
})

test('the page has all in it: no address that a browser would load', async () => {
  const html = await toHtml(report())
  expect(html).toContain("default-src 'none'")
  const [head = '', ...scripts] = html.split(/<script\b/)
  expect(scripts).toHaveLength(3)
  const markup = [head, ...scripts.map((text) => text.slice(text.indexOf('</script>')))].join('')
  expect(markup).not.toMatch(/\b(src|srcset|data-src|action|poster)\s*=|@import|url\(|<link|<iframe|<img/i)
  for (const [, target = ''] of markup.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/)
  const ids = new Set([...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))
  for (const [, target = ''] of markup.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
  expect(await pageScript()).not.toMatch(/\bimport\b.*from|fetch\(|XMLHttpRequest|https?:/)
  expect(html.length).toBeLessThan(1.5e6)
})

test('the page of a smoke test judges nothing, and has no links to what it lacks', async () => {
  expect(await toHtml(report())).toMatch(/targets met[\s\S]*<a href="#targets">[\s\S]*✓ met/)
  const html = await toHtml({ ...report(), quick: true })
  expect(html).toContain('A smoke test (--quick)')
  expect(html.slice(0, html.indexOf('<script'))).not.toMatch(/targets met|#targets|✓ met|✗ missed/)
  const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))
  for (const [, target = ''] of html.matchAll(/<a [^>]*href="#([^"]*)"/g)) expect(ids).toContain(target)
})

test('what a case says of itself is text, not markup', async () => {
  const html = await toHtml(report())
  expect(html).toContain('Bytes &amp; &quot;quotes&quot; of &lt;/script&gt; and &lt;b&gt;, as <code>code</code>.')
  expect(html).toContain('the &lt;server&gt; died')
  const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html)?.[1] ?? ''
  expect(JSON.parse(data).cases[0].about).toBe('bytes & "quotes" of </script> and <b>, as `code`')
})

test('elements are closed in the order they were opened', async () => {
  const html = (await toHtml(report())).replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '')
  const open: string[] = []
  for (const [, close, name = '', , self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*?)(\/?)>/gi)) {
    if (/^(meta|br|path|rect|circle)$/.test(name) || self === '/') continue
    if (close === '') open.push(name)
    else expect(open.pop(), html.slice(0, 80)).toBe(name)
  }
  expect(open).toEqual([])
})

test('its scripts are JavaScript, and its charts have words beside them', async () => {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--check'], {
    input: await pageScript(),
  })
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  const html = await toHtml(report())
  const canvases = html.match(/<canvas\b[^>]*>/g) ?? []
  expect(canvases.length).toBeGreaterThan(5)
  for (const canvas of canvases) expect(canvas).toContain('role="img"')
  // What main.js gives the charts of cases when it draws them.
  expect(readFileSync('bench/page/main.js', 'utf8')).toContain("setAttribute('aria-label'")
})

test('the little Markdown of the method', () => {
  expect(prose('# Gone\n\ntext `a < b`\n\n- one\n  more\n- two\n\n## Head')).toBe(
    '\n<p>text <code>a &lt; b</code></p>\n<ul><li>one\n  more</li>\n<li>two</li></ul>\n<h3>Head</h3>',
  )
  expect(prose('```sh\nnpm run x\n\n# y\n```')).toContain('npm run x\n\n# y</code></pre>')
  expect(escaped('<"&">')).toBe('&lt;&quot;&amp;&quot;&gt;')
})
