/**
 * Takes pictures of the built site, at the width of a desk and of a phone, light and dark, into `site-screenshots/`, and
 * fails where a page scrolls sideways, complains, or asks anything of the network. It needs Chromium.
 *
 *     node scripts/docs/screenshots.js
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBrowser, Page } from './browser.js'

const FOLDER = 'site-screenshots'
const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } }

/** Waits until the search has found something. */
const FIND = `(async () => {
  document.querySelector('#tsd-search-trigger').click()
  const input = document.querySelector('#tsd-search-input')
  input.value = 'recvmsg'
  for (let turn = 0; turn < 100; turn++) {
    // Not in each turn: it waits for a pause in the typing.
    if (turn % 20 === 0) input.dispatchEvent(new Event('input'))
    await new Promise((f) => setTimeout(f, 50))
    if (document.querySelectorAll('#tsd-search-results li a, #tsd-search-results li').length > 2) return true
  }
  return false
})()`

/** What reaches beyond the page. */
const WIDE = `[...document.querySelectorAll('body *')]
  .filter((each) => each.getBoundingClientRect().right > screen.width && !each.closest('pre, table, .tsd-signature'))
  .slice(0, 3).map((each) => each.outerHTML.slice(0, 80)).join(' ')`

/** It slides in for 0.4 seconds. */
const OPEN_MENU = `(async () => {
  document.querySelector('#tsd-toolbar-menu-trigger').dispatchEvent(new MouseEvent('mouseup', { bubbles: true }))
  await new Promise((f) => setTimeout(f, 600))
})()`

/** What is looked at, and what is done there first. */
const SHOTS = /** @type {const} */ ([
  ['front', 'index.html', ''],
  ['guide', 'guides/options.html', ''],
  ['guide-code', 'guides/async.html', ''],
  ['guide-table', 'guides/options.html#every-socket', ''],
  ['guide-list', 'guides/security.html#lengths', ''],
  ['names', 'guides/names.html', ''],
  ['start', 'guides/getting-started.html#a-server-and-a-client', ''],
  ['results', 'guides/results.html#call-overhead', ''],
  ['changes', 'project/changelog.html', ''],
  ['example', 'examples/hot-restart.html', ''],
  ['class', 'api/classes/berkeley.Socket.html', ''],
  ['method', 'api/classes/berkeley.Socket.html#recvmsg', ''],
  ['function', 'api/functions/berkeley.createConnectionAsync.html', ''],
  ['module', 'api/berkeley.html', ''],
  ['constants', 'constants/sockets.html#MSG_PEEK', ''],
  ['search', 'index.html', FIND],
  ['menu', 'guides/blocking.html', OPEN_MENU],
])

const browser = findBrowser()
if (browser === undefined) {
  console.log('no pictures: there is no Chromium on this machine')
  process.exit(0)
}
mkdirSync(FOLDER, { recursive: true })
const page = new Page(browser)
await page.open()
let wrong = 0
for (const [size, place] of Object.entries(SIZES)) {
  for (const dark of [false, true]) {
    await page.look({ ...place, dark })
    for (const [name, path, script] of SHOTS) {
      const file = `${name}-${size}-${dark ? 'dark' : 'light'}.png`
      const [target, anchor] = path.split('#')
      await page.go(`${pathToFileURL(join('site', /** @type {string} */ (target)))}${anchor ? `#${anchor}` : ''}`)
      if (script !== '' && (await page.evaluate(script)) === false) page.complaints.push('the search finds nothing')
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'))
      if (width > place.width) page.complaints.push(`is ${width} wide: ${await page.evaluate(WIDE)}`)
      writeFileSync(join(FOLDER, file), await page.screenshot())
      for (const complaint of page.complaints.splice(0)) {
        console.error(`${file}: ${complaint}`)
        wrong++
      }
    }
  }
}
await page.close()
console.log(`${FOLDER}/: ${2 * Object.keys(SIZES).length * SHOTS.length} pictures`)
if (wrong > 0) process.exitCode = 1
