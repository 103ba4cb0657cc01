/** The report of `--html`: one file that needs no network, with the figures in words, tables and charts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../../package.js'
import type { Machine } from '../machine.js'
import type { BenchResults, TestResult } from '../results.js'
import { details, headline } from '../summary.js'
import { type Chart, chartsOf } from './charts.js'
import { SCRIPT, STYLE } from './page.js'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (found) => ESCAPES[found] as string)

/** Chart.js for browsers, which the build puts beside the tool. */
function library(): string {
  // What ends a script must not stand in one.
  return readFileSync(join(packageFolder(), 'dist/cli/chart.umd.min.js'), 'utf8').replaceAll('</', '<\\/')
}

const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

function machine(title: string, { berkeley, node, kernel, arch, cpu, cpus }: Machine): string {
  const text = `${kernel}, ${arch}; ${cpus} × ${cpu}; Node.js ${node}, berkeley ${berkeley}`
  return `<dt>${title}</dt><dd>${escaped(text)}</dd>`
}

const ENDS: Readonly<Record<TestResult['status'], string>> = {
  done: '',
  interrupted: 'Interrupted: these are the figures of the time before.',
  failed: 'Failed: ',
}

function notice({ status, error }: TestResult): string {
  if (status === 'done') return ''
  const why = error === null ? '' : `${error.message} (${error.code})`
  return `<p class="notice">${escaped(status === 'failed' ? `${ENDS.failed}${why}` : ENDS[status])}</p>`
}

/** `direction up, parallel 1, seconds 2`: what was asked for, less what was not. */
function settings(result: TestResult): string {
  const given = Object.entries(result.settings).filter(([, value]) => value !== null && value !== false)
  return given.map(([name, value]) => `${name} ${value === true ? 'on' : value}`).join(', ')
}

function section(result: TestResult, index: number, charts: readonly (Chart & { place: number })[]): string {
  const lines = details(result)
    .map((line) => `<li>${escaped(line)}</li>`)
    .join('\n')
  const pictures = charts
    .map(
      ({ title, place }) =>
        `<h3>${escaped(title)}</h3><div class="chart"><canvas id="chart-${place}" role="img" aria-label="${escaped(`${result.title}: ${title}`)}"></canvas></div>`,
    )
    .join('\n')
  return `<section class="card" id="test-${index}">
<h2>${escaped(result.title)}</h2>
<p class="head">${escaped(headline(result))}</p>
${notice(result)}
<ul>
${lines}
<li class="soft">Settings: ${escaped(settings(result))}</li>
</ul>
${pictures}
</section>`
}

/** The whole page. What a server has said stands in it as text only. */
export function reportOf(results: BenchResults): string {
  const { target, client, server, tests, started, seconds, interrupted } = results
  const charts: (Chart & { place: number })[] = []
  const sections = tests.map((result, index) => {
    const own = chartsOf(result).map((chart, i) => ({ ...chart, place: charts.length + i }))
    charts.push(...own)
    return section(result, index, own)
  })
  const rows = tests.map(
    (result, index) =>
      `<tr><td><a href="#test-${index}">${escaped(result.title)}</a></td><td>${escaped(headline(result))}</td></tr>`,
  )
  const title = `Network to ${target.host}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="soft">${escaped(`${target.address} port ${target.port}, ${started.replace('T', ' ').replace(/\..*$/, ' UTC')}, ${seconds.toFixed(1)} s, by berkeley bench`)}</p>
${interrupted ? '<p class="notice">Interrupted: what was not measured by then is not here.</p>' : ''}
<section class="card">
<h2>Summary</h2>
<div class="wide"><table><tbody>
${rows.join('\n')}
</tbody></table></div>
<dl>${machine('client', client)}${machine('server', server)}</dl>
</section>
${sections.join('\n')}
</main>
<script type="application/json" id="charts">${inScript(charts)}</script>
<script>${library()}</script>
<script>${SCRIPT}</script>
</body>
</html>
`
}
