/** The page of charts: one file that opens from a disk, with the library, the figures and all else in it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { home } from './command.js'
import { grouped, groupOf } from './groups.js'
import { escaped, inline, prose, slug, tableOf } from './markup.js'
import { METHOD } from './method.js'
import { microTable } from './micro.js'
import { noiseFloor, pageData } from './page-data.js'
import { machineLines, sentence } from './report.js'
import { judge } from './stats.js'
import { foundOf, marginText, measuredIn, noiseTable, SUBJECT, tablesOf, troublesOf, wordsOf } from './tables.js'

/** @import { CaseResult, Metric } from './types.js' */
/** @import { Report } from './report.js' */

/** In the order in which one needs the other. */
const SCRIPTS = ['theme.js', 'charts.js', 'main.js']

/** Chart.js as one script for browsers, with its licence in the first line. */
async function library() {
  const file = join(dirname(createRequire(import.meta.url).resolve('chart.js')), 'chart.umd.min.js')
  const text = await readFile(file, 'utf8')
  return text.replace(/^\/\/# sourceMappingURL.*$/m, '')
}

/** The modules of bench/page as one script. */
export async function pageScript() {
  const texts = await Promise.all(SCRIPTS.map((name) => readFile(`${home}page/${name}`, 'utf8')))
  return texts
    .map((text) =>
      text
        .replaceAll(/^import .* from '\.\/.*'$/gm, '')
        .replaceAll(/^\/\*\* @import .*$/gm, '')
        .replaceAll(/^export (?=const|function)/gm, ''),
    )
    .join('\n')
}

/** What ends a script must not stand in one. @param {string} text */
function inScript(text) {
  return text.replaceAll('</', '<\\/')
}

/** @param {Report} report */
export async function toHtml(report) {
  const [css, chart, script] = await Promise.all([readFile(`${home}page/page.css`, 'utf8'), library(), pageScript()])
  const data = JSON.stringify(pageData(report)).replaceAll('<', '\\u003c')
  const { results, controls, micro } = report
  const groups = grouped(results)
  // A smoke test judges no time.
  const targets = report.quick ? '' : targetSection(groups.flatMap(([, members]) => members))
  const links = [
    ...(targets === '' ? [] : ['Targets']),
    ...(hasGlance(report) ? ['At a glance'] : []),
    ...groups.map(([name]) => name),
    'Method',
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="description" content="How fast the sockets of berkeley are, beside C and other runtimes.">
<title>Benchmarks of berkeley</title>
<style>
${css}</style>
</head>
<body>
<a class="skip" href="#${slug(links[0] ?? '')}">To the figures</a>
<div class="page">
<header class="top">
<h1>Benchmarks of berkeley</h1>
<p class="soft">The BSD socket API for Node.js, beside the same programs in C and in other runtimes. ${escaped(report.machine)},
${escaped(report.kernel)}, ${escaped(report.when)}.</p>
${report.quick ? '<p><strong>A smoke test (--quick): it checked bytes, with tiny counts and cold programs. Its figures say nothing of speed.</strong></p>' : ''}
${tiles(report)}
</header>
<nav aria-label="Sections">
${links.map((name) => `<a href="#${slug(name)}">${escaped(name)}</a>`).join('\n')}
<button id="theme" type="button">Light or dark</button>
</nav>
<main>
${targets}
${hasGlance(report) ? GLANCE : ''}
${sweepSection(report)}
${groups.map(([name, members]) => groupSection(name, members)).join('\n')}
${micro.results.length > 0 ? microSection(report) : ''}
${noiseSection(results, controls)}
<h2 id="method">Method</h2>
<section class="card" aria-label="Machine"><dl>
${machineLines(report)
  .map(([name, value]) => `<dt>${escaped(name ?? '')}</dt><dd>${escaped(value ?? '')}</dd>`)
  .join('\n')}
</dl></section>
<section class="prose" aria-label="How it is measured">
${prose(METHOD)}
</section>
</main>
</div>
<script type="application/json" id="data">${data}</script>
<script>${inScript(chart)}</script>
<script type="module">
${inScript(script)}</script>
</body>
</html>
`
}

const GLANCE = `<h2 id="at-a-glance">At a glance</h2>
<p class="soft">What each driver costs in each case, C being 1: the first figure of the case, a rate turned round.
The large dot is berkeley; to the left is better, and the axis is logarithmic.</p>
<section class="card" id="glance" aria-label="All cases at a glance">
<div class="legend" role="group" aria-label="Drivers shown"></div>
<div class="figure"><canvas role="img" aria-label="Cost of each driver in each case, relative to C; the tables of the cases have the figures"></canvas></div>
</section>`

/** @param {Report} report */
function hasGlance({ results }) {
  return results.some((result) => !result.case.series && measuredIn(result).length > 1)
}

/** @param {Report} report */
function tiles({ results, controls, rounds, seconds, quick }) {
  const verdicts = results.flatMap((result) => judge(result)).filter(({ met }) => met !== undefined)
  const met = verdicts.filter((verdict) => verdict.met).length
  const noise = noiseFloor(results, controls)
  const drivers = new Set(results.flatMap(measuredIn))
  const rows = [
    ...(quick || verdicts.length === 0 ? [] : [[`${met} of ${verdicts.length}`, 'targets met']]),
    [String(results.length), results.length === 1 ? 'case' : 'cases'],
    [String(drivers.size), 'drivers'],
    [`${rounds.done}`, `rounds in ${Math.round(seconds)} s`],
    ...(noise === undefined ? [] : [[`± ${(noise * 100).toFixed(1)} %`, 'C against C: the noise floor']]),
  ]
  return `<ul class="tiles">
${rows.map(([figure, what]) => `<li><strong>${escaped(figure ?? '')}</strong><span>${escaped(what ?? '')}</span></li>`).join('\n')}
</ul>`
}

/**
 * Where the figure lies beside its bound, in the middle, which is nothing but a picture of the column before.
 * @param {ReturnType<typeof judge>[number]} verdict
 */
function gauge({ target, found, met }) {
  const bound = target.atLeast ?? target.atMost
  if (!found || bound === undefined) return ''
  const at = (/** @type {number} */ value) => Math.max(2, Math.min(118, 60 * (value / bound))).toFixed(1)
  const good = target.atLeast === undefined ? 'x="0"' : 'x="60"'
  const colour = met ? 'var(--good)' : 'var(--bad)'
  return `<svg width="120" height="18" aria-hidden="true"><rect y="6" width="120" height="6" rx="3" fill="var(--track)"/>
<rect ${good} y="6" width="60" height="6" fill="var(--good-wash)"/><path d="M60 1V17" stroke="var(--soft)" stroke-width="1.5"/>
<path d="M${at(found.low)} 9H${at(found.high)}" stroke="${colour}" stroke-width="2"/>
<circle cx="${at(found.median)}" cy="9" r="4.5" fill="${colour}"/></svg>`
}

/** @param {CaseResult[]} results */
function targetSection(results) {
  const rows = results.flatMap((result) =>
    judge(result).map((verdict) => {
      const { met } = verdict
      const [word, name] = met === undefined ? ['not judged', ''] : met ? ['✓ met', 'met'] : ['✗ missed', 'missed']
      const link = `<a href="#case-${slug(result.case.name)}">${escaped(result.case.name)}</a>`
      return `<tr><th scope="row">${link}</th><td>${escaped(wordsOf(verdict.target, result.case))}</td>
<td>${escaped(foundOf(verdict, result.case))}</td><td>${gauge(verdict)}</td><td><span class="badge ${name}">${word}</span></td>
<td>${escaped(marginText(verdict))}</td></tr>`
    }),
  )
  if (rows.length === 0) return ''
  return `<h2 id="targets">Targets</h2>
<p class="soft">Each bound is for the median of the ratios within rounds, quartiles in brackets. In the picture the line is
the bound and the shaded side the good one.</p>
<section class="card wide" tabindex="0" aria-label="Targets"><table class="targets">
<thead><tr><th scope="col">case</th><th scope="col">target</th><th scope="col">found</th><th scope="col">beside the bound</th>
<th scope="col">verdict</th><th scope="col">by</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></section>`
}

/** @param {Report} report */
function sweepSection(report) {
  const { sweeps } = pageData(report)
  if (sweeps.length === 0) return ''
  const cards = sweeps.map(
    ({ name, metric, winners }, i) => `<article class="card"><h3>${escaped(name)}</h3>
<p>${escaped(metric)}, over the size.${winners.map((winner) => ` ${escaped(winner)}`).join('')}</p>
<div class="figure"><canvas data-sweep="${i}" role="img" aria-label="${escaped(`${name}: ${metric} over the size. ${winners.join(' ')}`)}"></canvas></div>
</article>`,
  )
  return `<h2 id="sweeps">From which size it wins</h2>\n<div class="cards">${cards.join('\n')}</div>`
}

/**
 * @param {string} name
 * @param {CaseResult[]} members
 */
function groupSection(name, members) {
  return `<h2 id="${slug(name)}">${escaped(name)}</h2>\n<div class="cards">\n${members.map(card).join('\n')}\n</div>`
}

/** Words for the button of a metric. @param {Metric} metric */
function labelOf({ name, unit }) {
  return /^(p\d|max)/.test(name) || name.length > 2 ? name : unit
}

/** @param {CaseResult} result */
function card(result) {
  const { name, about, metrics } = result.case
  const curves = Object.values(result.drivers).some(({ runs }) => runs.some(({ histogram }) => histogram !== undefined))
  const button = (/** @type {string} */ key, /** @type {string} */ label, /** @type {boolean} */ pressed) =>
    `<button type="button" data-metric="${escaped(key)}" aria-pressed="${pressed}">${escaped(label)}</button>`
  const buttons = [
    ...metrics.map((metric, i) => button(metric.name, labelOf(metric), i === 0)),
    ...(curves ? [button('curves', 'percentiles', false)] : []),
  ]
  const tables = tablesOf(result).map((table) =>
    tableOf(table, { caption: `${name}, ${table[0]?.[0] || 'medians'}`, marked: [SUBJECT] }),
  )
  const troubles = troublesOf(result).map((trouble) => `<p class="trouble">${escaped(trouble)}</p>`)
  const chart =
    measuredIn(result).length === 0
      ? ''
      : `${buttons.length > 1 ? `<div class="tabs" role="group" aria-label="What the chart shows">${buttons.join('')}</div>` : ''}
<div class="figure"><canvas role="img"></canvas></div>
<details><summary>Figures</summary>${tables.join('\n')}</details>`
  return `<article class="card" id="case-${slug(name)}" data-case="${escaped(name)}" data-group="${escaped(groupOf(result.case))}">
<h3>${escaped(name)}</h3><p>${inline(sentence(about))}</p>
${chart}${troubles.join('')}
</article>`
}

/** @param {Report} report */
function microSection({ micro }) {
  return `<h2 id="micro">Micro-benchmarks</h2>
<p class="soft">Calls of berkeley alone, by Benchmark.js: where a microsecond goes, and what became dearer since the last time.</p>
<section class="card">${tableOf(microTable(micro.results), { caption: 'Calls per second, with the 95 % confidence interval' })}</section>`
}

/**
 * @param {CaseResult[]} results
 * @param {string[]} controls
 */
function noiseSection(results, controls) {
  const table = noiseTable(results, controls)
  if (table.length === 1) return ''
  return `<h2 id="noise">Noise</h2>
<p class="soft">The same C program against itself: a ratio that is no farther from 1 than these says nothing.</p>
<section class="card">${tableOf(table, { caption: 'Ratios of two runs of one program in the same round' })}</section>`
}
