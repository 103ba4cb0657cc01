/** Fills the page: makes one chart after the other, and all again when the colours change. */
import { barChart, curveChart, glanceChart, sweepChart } from './charts.js'
import { colourOf, isDark } from './theme.js'

/** @import { Chart as ChartClass, ChartConfiguration } from 'chart.js' */
/** @import { PageData } from '../lib/page-data.js' */

const { Chart } = /** @type {{ Chart: typeof ChartClass }} */ (/** @type {unknown} */ (globalThis))
/** @type {PageData} */
const data = JSON.parse(document.getElementById('data')?.textContent ?? '')

/** @type {Map<Element, { make: () => ChartConfiguration, chart?: ChartClass }>} */
const charts = new Map()

/** @param {Element} canvas */
function draw(canvas) {
  const entry = charts.get(canvas)
  if (!entry || !(canvas instanceof HTMLCanvasElement)) return
  entry.chart?.destroy()
  entry.chart = new Chart(canvas, entry.make())
}

/**
 * @param {Element | null} canvas
 * @param {() => ChartConfiguration} make
 * @param {number} height
 */
function show(canvas, make, height) {
  if (!(canvas instanceof HTMLCanvasElement) || !canvas.parentElement) return
  canvas.parentElement.style.height = `${height}px`
  const before = charts.get(canvas)
  charts.set(canvas, { ...before, make })
  if (before) draw(canvas)
  // Each in a task of its own, so that the page can be read and scrolled meanwhile.
  else setTimeout(draw, 0, canvas)
}

function redraw() {
  for (const canvas of charts.keys()) draw(canvas)
  for (const button of document.querySelectorAll('.legend button')) {
    if (button instanceof HTMLElement) button.style.setProperty('--dot', colourOf(button.textContent ?? ''))
  }
}

// The cases: a button for each metric and for the percentiles.
for (const card of document.querySelectorAll('[data-case]')) {
  const one = data.cases.find(({ name }) => name === card.getAttribute('data-case'))
  const canvas = card.querySelector('canvas')
  const buttons = [...card.querySelectorAll('.tabs button')]
  if (!one || !canvas) continue
  const choose = (/** @type {string} */ wanted) => {
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(button.getAttribute('data-metric') === wanted))
    const metric = one.metrics.find(({ name }) => name === wanted)
    if (wanted === 'curves') {
      canvas.setAttribute('aria-label', `${one.name}: latency by percentile; the figures are in the table below`)
      show(canvas, () => /** @type {ChartConfiguration} */ (curveChart(one)), 330)
    } else if (metric) {
      const text = metric.bars.map(({ driver, median }) => `${driver} ${median.toLocaleString('en-US')}`).join(', ')
      canvas.setAttribute('aria-label', `${one.name}, ${metric.unit}, medians: ${text}`)
      const height = 66 + 28 * metric.bars.length
      show(canvas, () => /** @type {ChartConfiguration} */ (barChart(metric, data.subject)), height)
    }
  }
  for (const button of buttons) button.addEventListener('click', () => choose(button.getAttribute('data-metric') ?? ''))
  choose(one.metrics[0]?.name ?? '')
}

// The sweeps.
for (const canvas of document.querySelectorAll('canvas[data-sweep]')) {
  const sweep = data.sweeps[Number(canvas.getAttribute('data-sweep'))]
  if (sweep) show(canvas, () => /** @type {ChartConfiguration} */ (sweepChart(sweep)), 360)
}

// All cases at once, with a button for each driver.
const glance = document.querySelector('#glance canvas')
const legend = document.querySelector('#glance .legend')
if (glance && legend) {
  const found = new Set(data.glance.flatMap(({ dots }) => dots.map(({ driver }) => driver)))
  const drivers = [data.subject, ...[...found].filter((name) => name !== data.subject)].filter((name) =>
    found.has(name),
  )
  const shown = new Set(drivers.filter((name) => !data.controls.includes(name)))
  const height = 74 + 25 * data.glance.length
  const update = () => {
    const wanted = drivers.filter((name) => shown.has(name))
    show(glance, () => /** @type {ChartConfiguration} */ (glanceChart(data.glance, wanted, data.subject)), height)
  }
  for (const driver of drivers) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = driver
    button.style.setProperty('--dot', colourOf(driver))
    button.setAttribute('aria-pressed', String(shown.has(driver)))
    button.addEventListener('click', () => {
      if (!shown.delete(driver)) shown.add(driver)
      button.setAttribute('aria-pressed', String(shown.has(driver)))
      update()
    })
    legend.append(button)
  }
  update()
}

document.getElementById('theme')?.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark'
  redraw()
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
