/** What a report looks like, and what runs in it. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --card: #fff; --ink: #1b1e24; --soft: #59606c; --line: #e2e3e0;
  --c0: #2456d6; --c1: #0f8a5f; --c2: #b3261e; --bad-wash: #fbe7e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #111318; --card: #191c23; --ink: #e8eaee; --soft: #a3abb8; --line: #2b303a;
    --c0: #82a8ff; --c1: #6fd39b; --c2: #ff8f86; --bad-wash: #3a1a18;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .25rem; }
h3 { font-size: .95rem; margin: 1.25rem 0 .25rem; }
p { margin: .25rem 0; }
a { color: var(--c0); }
.soft, dt, th { color: var(--soft); font-weight: normal; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin-top: 1.25rem; }
.notice { background: var(--bad-wash); border-radius: .4rem; padding: .5rem .75rem; margin: .75rem 0; }
.head { font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
ul { margin: .5rem 0; padding-left: 1.1rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.chart { position: relative; height: 17rem; }
@media (max-width: 30rem) { main { padding: 1.25rem .75rem 3rem; } .card { padding: .75rem; } .chart { height: 14rem; } }
@media print { .card { break-inside: avoid; } }
`

/** Draws each chart, in the colours of the page, and again where those change. No `</` may stand in it. */
export const SCRIPT = `
'use strict'
const charts = JSON.parse(document.getElementById('charts').textContent)
const drawn = []
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
function axis(text, more) {
  return { title: { display: true, text }, grid: { color: color('--line') }, beginAtZero: true, ...more }
}
function draw() {
  for (const chart of drawn.splice(0)) chart.destroy()
  Chart.defaults.color = color('--soft')
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily
  charts.forEach(({ labels, x, y, right, isLogarithmic, series }, index) => {
    const scales = {
      x: axis(x, { ticks: { maxTicksLimit: 9, maxRotation: 0 } }),
      y: axis(y, isLogarithmic ? { type: 'logarithmic', ticks: { maxTicksLimit: 7 } } : {}),
    }
    if (right) {
      const ticks = right === 'retransmits' ? { precision: 0 } : {}
      scales.right = axis(right, { position: 'right', grid: { drawOnChartArea: false }, ticks })
    }
    const datasets = series.map(({ label, color: number, data, right: isRight }) => ({
      label, data, yAxisID: isRight ? 'right' : 'y', borderColor: color('--c' + number), backgroundColor: color('--c' + number),
      borderWidth: 2, pointRadius: data.length > 40 ? 0 : 2, borderDash: isRight ? [4, 3] : [],
    }))
    drawn.push(new Chart(document.getElementById('chart-' + index), {
      type: 'line',
      data: { labels, datasets },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, interaction: { mode: 'index', intersect: false },
        scales, plugins: { legend: { display: datasets.length > 1, labels: { boxWidth: 14, boxHeight: 2 } } },
      },
    }))
  })
  document.documentElement.dataset.drawn = String(drawn.length)
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
draw()
`
