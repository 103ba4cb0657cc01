/** The charts of the page, each made from figures of the run. */
import { colourOf, paint } from './theme.js'

/** @import { ChartConfiguration, Plugin, TooltipItem } from 'chart.js' */
/** @import { Bar, CaseData, GlanceRow, MetricData, PageData } from '../lib/page-data.js' */

const FONT = { family: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif', size: 12 }

/**
 * @param {number} value
 * @param {number} [digits]
 */
function figure(value, digits = 0) {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** For axes: 20K, 1.5M. */
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 })

/** @param {string} text */
function title(text) {
  return { display: true, text, color: paint('soft'), font: FONT }
}

/** On a logarithmic axis 1, 2 and 5 of each decade are told. @param {string | number} value */
function decade(value) {
  return /^[0.]*[125]0*$/.test(String(value)) ? SHORT.format(Number(value)) : null
}

/** What every axis has. */
function axis() {
  return {
    grid: { color: paint('line') },
    border: { display: false },
    ticks: { color: paint('soft'), font: FONT },
  }
}

function tooltip() {
  return {
    backgroundColor: paint('ink'),
    titleColor: paint('card'),
    bodyColor: paint('card'),
    displayColors: false,
    padding: 10,
    titleFont: { ...FONT, weight: /** @type {const} */ ('bold') },
    bodyFont: FONT,
  }
}

/**
 * A dot for each run and a whisker from the lower to the upper quartile, over the bars of medians.
 * @param {Bar[]} bars
 * @returns {Plugin<'bar'>}
 */
function spread(bars) {
  return {
    id: 'spread',
    afterDatasetsDraw(chart) {
      const { ctx, scales } = chart
      const x = scales.x
      if (!x) return
      ctx.save()
      bars.forEach(({ low, high, runs }, i) => {
        const y = chart.getDatasetMeta(0).data[i]?.y ?? 0
        ctx.fillStyle = paint('ink')
        ctx.globalAlpha = 0.28
        for (const run of runs) {
          ctx.beginPath()
          ctx.arc(x.getPixelForValue(run), y, 2, 0, 2 * Math.PI)
          ctx.fill()
        }
        ctx.globalAlpha = 1
        ctx.strokeStyle = paint('ink')
        ctx.lineWidth = 1.5
        const [from, to] = [x.getPixelForValue(low), x.getPixelForValue(high)]
        ctx.beginPath()
        ctx.moveTo(from, y)
        ctx.lineTo(to, y)
        for (const end of [from, to]) {
          ctx.moveTo(end, y - 4)
          ctx.lineTo(end, y + 4)
        }
        ctx.stroke()
      })
      ctx.restore()
    },
  }
}

/**
 * Medians from zero on, so that lengths can be compared, with their spread.
 * @param {MetricData} metric
 * @param {string} subject
 * @returns {ChartConfiguration<'bar'>}
 */
export function barChart({ unit, digits, better, bars }, subject) {
  return {
    type: 'bar',
    data: {
      labels: bars.map(({ driver }) => driver),
      datasets: [
        {
          data: bars.map(({ median }) => median),
          backgroundColor: bars.map(({ driver }) => `${colourOf(driver)}${driver === subject ? '' : '8c'}`),
          borderRadius: 3,
          barPercentage: 0.92,
          categoryPercentage: 0.82,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { right: 8 } },
      scales: {
        x: {
          ...axis(),
          // Whiskers and dots beyond the longest bar are seen too.
          suggestedMax: Math.max(...bars.map(({ high }) => high)),
          beginAtZero: true,
          ticks: { ...axis().ticks, maxRotation: 0, callback: (value) => SHORT.format(Number(value)) },
          title: title(`${unit} · ${better} is better`),
        },
        y: { ...axis(), grid: { display: false }, ticks: { color: paint('ink'), font: FONT, autoSkip: false } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltip(),
          callbacks: {
            label: ({ dataIndex }) => {
              const bar = bars[dataIndex]
              if (!bar) return ''
              const { median, low, high, runs, toBase, ofSubject } = bar
              return [
                `median ${figure(median, digits)}, quartiles ${figure(low, digits)} to ${figure(high, digits)}`,
                ...(toBase ? [`${toBase.median.toFixed(2)} of C's`] : []),
                ...(ofSubject ? [`${subject} has ${ofSubject.median.toFixed(2)} of it`] : []),
                `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`,
              ]
            },
          },
        },
      },
    },
    plugins: [spread(bars)],
  }
}

const NINES = ['0 %', '90 %', '99 %', '99.9 %', '99.99 %', '99.999 %', '99.9999 %']

/**
 * Latency over percentiles, whose axis gives each further nine the same room.
 * @param {CaseData} data
 * @returns {ChartConfiguration<'line'>}
 */
export function curveChart({ curves }) {
  const most = Math.max(...curves.flatMap(({ points }) => points.map(({ x }) => x)))
  return {
    type: 'line',
    data: {
      datasets: curves.map(({ driver, points }) => ({
        label: driver,
        data: points,
        borderColor: colourOf(driver),
        backgroundColor: colourOf(driver),
        borderWidth: 2,
        ...(driver === 'c-again' ? { borderDash: [4, 4] } : {}),
        pointRadius: 0,
        pointHitRadius: 6,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: {
          ...axis(),
          type: 'linear',
          min: 0,
          max: most,
          title: title('percentile of the latencies of all runs'),
          ticks: {
            ...axis().ticks,
            stepSize: 1,
            callback: (value) => NINES[Number(value)],
          },
        },
        y: {
          ...axis(),
          type: 'logarithmic',
          title: title('us, logarithmic'),
          ticks: { ...axis().ticks, callback: decade },
        },
      },
      plugins: {
        legend: { labels: { color: paint('ink'), font: FONT, boxWidth: 12, boxHeight: 2 } },
        tooltip: {
          ...tooltip(),
          callbacks: {
            title: ([item]) => `${(100 * (1 - 10 ** -Number(item?.parsed.x))).toPrecision(5)} % took at most`,
            label: ({ dataset, parsed }) => `${dataset.label}: ${figure(Number(parsed.y), 1)} us`,
          },
        },
      },
    },
  }
}

/**
 * A figure over a size: a line per driver, dashed for all techniques but the first.
 * @param {PageData['sweeps'][number]} sweep
 * @returns {ChartConfiguration<'line'>}
 */
export function sweepChart({ metric, ticks, lines }) {
  const techniques = [...new Set(lines.map(({ line }) => line))]
  return {
    type: 'line',
    data: {
      datasets: lines.map(({ driver, line, points }) => ({
        label: line === '' ? driver : `${driver}, ${line}`,
        data: points.map(({ x, y }) => ({ x, y })),
        borderColor: colourOf(driver),
        backgroundColor: colourOf(driver),
        borderWidth: 2,
        borderDash: techniques.indexOf(line) > 0 ? [6, 4] : [],
        pointRadius: 3.5,
        pointStyle: techniques.indexOf(line) > 0 ? 'rectRot' : 'circle',
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          ...axis(),
          type: 'logarithmic',
          // Room for the points at both ends.
          min: (ticks[0]?.x ?? 1) / 1.15,
          max: (ticks.at(-1)?.x ?? 1) * 1.15,
          ticks: { ...axis().ticks, callback: (value) => ticks.find(({ x }) => x === value)?.label },
          afterBuildTicks: (scale) => {
            scale.ticks = ticks.map(({ x }) => ({ value: x }))
          },
        },
        y: {
          ...axis(),
          type: 'logarithmic',
          title: title(`${metric}, logarithmic`),
          ticks: { ...axis().ticks, callback: decade },
        },
      },
      plugins: {
        legend: { labels: { color: paint('ink'), font: FONT, usePointStyle: true, boxHeight: 6, boxWidth: 10 } },
        tooltip: {
          ...tooltip(),
          callbacks: {
            title: ([item]) => ticks.find(({ x }) => x === item?.parsed.x)?.label ?? '',
            label: ({ dataset, parsed }) => `${dataset.label}: ${figure(Number(parsed.y), 1)}`,
          },
        },
      },
    },
  }
}

/**
 * All cases at once: what each driver costs, C being 1.
 * @param {GlanceRow[]} rows
 * @param {string[]} drivers those to be shown
 * @param {string} subject
 * @returns {ChartConfiguration<'scatter'>}
 */
export function glanceChart(rows, drivers, subject) {
  const labels = rows.map(({ label }) => label)
  const costs = rows.flatMap(({ dots }) => dots.map(({ cost }) => cost))
  const datasets = drivers.map((driver) => ({
    label: driver,
    data: rows.flatMap(({ label, dots }) => {
      const dot = dots.find((one) => one.driver === driver)
      return dot ? [/** @type {{ x: number, y: number }} */ ({ x: dot.cost, y: labels.indexOf(label) })] : []
    }),
    backgroundColor: `${colourOf(driver)}${driver === subject ? '' : 'b0'}`,
    borderColor: paint('card'),
    borderWidth: driver === subject ? 1.5 : 0.5,
    pointRadius: driver === subject ? 7 : 4.5,
    pointHoverRadius: driver === subject ? 8 : 6,
    order: driver === subject ? 0 : 1,
  }))
  return {
    type: 'scatter',
    data: { datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { right: 12 } },
      scales: {
        x: {
          ...axis(),
          type: 'logarithmic',
          position: 'top',
          min: Math.min(0.7, ...costs.map((cost) => cost * 0.95)),
          max: Math.max(2, ...costs.map((cost) => cost * 1.05)),
          title: title("times C's cost"),
          afterBuildTicks: (scale) => {
            scale.ticks = [0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100]
              .filter((value) => value >= scale.min && value <= scale.max)
              .map((value) => ({ value }))
          },
          grid: {
            color: ({ tick }) => paint(tick?.value === 1 ? 'ink' : 'line'),
            lineWidth: ({ tick }) => (tick?.value === 1 ? 1.5 : 1),
          },
          ticks: { ...axis().ticks, callback: (value) => `${value}` },
        },
        y: {
          ...axis(),
          type: 'linear',
          reverse: true,
          min: -0.6,
          max: labels.length - 0.4,
          afterBuildTicks: (scale) => {
            scale.ticks = labels.map((_, value) => ({ value }))
          },
          ticks: { color: paint('ink'), font: FONT, autoSkip: false, callback: (value) => labels[Number(value)] ?? '' },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltip(),
          callbacks: {
            title: ([item]) => labels[Number(item?.parsed.y)] ?? '',
            label: (/** @type {TooltipItem<'scatter'>} */ { dataset, parsed }) =>
              `${dataset.label}: ${Number(parsed.x).toFixed(2)} times C's cost`,
          },
        },
      },
    },
  }
}
