/** Colours: the page's own, from its style sheet, and one for each driver, to be told apart by colour-blind eyes too. */

/** @type {Record<string, [light: string, dark: string]>} */
const DRIVERS = {
  c: ['#4a5160', '#b4bccb'],
  'c-again': ['#9aa1ad', '#6c7484'],
  'c-uring': ['#6b4f8a', '#b9a3d6'],
  berkeley: ['#2456d6', '#82a8ff'],
  'berkeley-async': ['#9c2bb5', '#e59bf5'],
  'berkeley-uring': ['#5146c9', '#ada3ff'],
  'node-net': ['#1f8a4c', '#5fce8f'],
  'node-dgram': ['#4f9a1e', '#9ed763'],
  bun: ['#c22f78', '#ff8cc0'],
  deno: ['#7c7a00', '#cfcb52'],
  go: ['#00808c', '#4fd0dc'],
  cpython: ['#b86e00', '#f0b04e'],
  asyncio: ['#cf4a1c', '#ff9a72'],
  uvloop: ['#8d5b3f', '#d3a184'],
}
const OTHER = ['#777777', '#aaaaaa']

export function isDark() {
  const chosen = document.documentElement.dataset.theme
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark'
}

/** @param {string} driver */
export function colourOf(driver) {
  return /** @type {string} */ ((DRIVERS[driver] ?? OTHER)[isDark() ? 1 : 0])
}

/** @param {'ink' | 'soft' | 'line' | 'card' | 'accent' | 'good'} name */
export function paint(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}
