/** A headless Chromium, asked over a pipe: as much of the DevTools protocol as looking at pages needs. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
]

/** The browser of this machine, if it has one. @returns {string | undefined} */
export function findBrowser() {
  return NAMES.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

/** @typedef {{ text: string, exception?: { description?: string } }} ExceptionDetails */

/**
 * What a browser says of itself, as far as it is listened to.
 * @typedef {object} Params
 * @property {ExceptionDetails} [exceptionDetails]
 * @property {{ level: string, text: string }} [entry]
 * @property {{ url: string }} [request]
 */

/** @typedef {{ id?: number, method?: string, params?: Params, result?: unknown, error?: { message: string } }} Message */

/**
 * What the methods answer whose answer is looked at.
 * @typedef {{
 *   'Target.createTarget': { targetId: string },
 *   'Target.attachToTarget': { sessionId: string },
 *   'Runtime.evaluate': { result: { value?: unknown }, exceptionDetails?: ExceptionDetails },
 *   'Page.captureScreenshot': { data: string },
 * }} Results
 */

/** One page in a browser of its own, without a profile of anybody's. */
export class Page {
  #next = 1
  #session = ''
  #profile = mkdtempSync(join(tmpdir(), 'bk-browser-'))
  #process
  #pipe
  /** @type {Map<number, (message: Message) => void>} */
  #answers = new Map()
  /** @type {Map<string, () => void>} */
  #waiting = new Map()
  /** What the page complained of, and what it asked others for. @type {string[]} */
  complaints = []

  /** @param {string} browser */
  constructor(browser) {
    this.#process = spawn(browser, [...FLAGS, `--user-data-dir=${this.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.#pipe = /** @type {import('node:stream').Writable} */ (this.#process.stdio[3])
    let rest = ''
    const out = /** @type {import('node:stream').Readable} */ (this.#process.stdio[4])
    out.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      const parts = (rest + text).split('\0')
      rest = /** @type {string} */ (parts.pop())
      for (const part of parts) this.#take(JSON.parse(part))
    })
  }

  /** @param {Message} message */
  #take(message) {
    if (message.id !== undefined) {
      this.#answers.get(message.id)?.(message)
      this.#answers.delete(message.id)
      return
    }
    const { method = '', params: { exceptionDetails, entry, request } = {} } = message
    this.#waiting.get(method)?.()
    if (method === 'Runtime.exceptionThrown' && exceptionDetails) {
      this.complaints.push(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    // Of a page on the disk a browser takes no icons from a file; a script of TypeDoc's has them for that case.
    const isError = entry?.level === 'error' && !/icons\.svg#/.test(entry.text)
    if (method === 'Log.entryAdded' && isError) this.complaints.push(entry.text)
    if (method === 'Network.requestWillBeSent' && request && !/^(file|data|blob|about):/.test(request.url)) {
      this.complaints.push(`asks for ${request.url}`)
    }
  }

  /**
   * @template {string} Method
   * @param {Method} method
   * @param {object} [params]
   * @returns {Promise<Method extends keyof Results ? Results[Method] : unknown>}
   */
  async call(method, params = {}) {
    const id = this.#next++
    const session = this.#session === '' ? {} : { sessionId: this.#session }
    /** @type {Promise<Message>} */
    const answer = new Promise((resolve) => this.#answers.set(id, resolve))
    this.#pipe.write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    const { result, error } = await answer
    if (error) throw new Error(`${method}: ${error.message}`)
    return /** @type {Method extends keyof Results ? Results[Method] : unknown} */ (result)
  }

  async open() {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true })
    this.#session = sessionId
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.call(`${domain}.enable`)
  }

  /** @param {{ width: number, height: number, dark: boolean }} how */
  async look({ width, height, dark }) {
    await this.call('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    })
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]
    await this.call('Emulation.setEmulatedMedia', { features })
  }

  /** @param {string} url */
  async go(url) {
    // To another place of the same page there would be nothing to load.
    for (const each of ['about:blank', url]) {
      const loaded = new Promise((resolve) => this.#waiting.set('Page.loadEventFired', () => resolve(undefined)))
      await this.call('Page.navigate', { url: each })
      await loaded
    }
    await this.evaluate('new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))')
  }

  /** The value of a script, awaited. @param {string} expression */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** @returns {Promise<Buffer>} PNG */
  async screenshot() {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png' })
    return Buffer.from(data, 'base64')
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#session = ''
    this.#pipe.write(`${JSON.stringify({ id: this.#next++, method: 'Browser.close' })}\0`)
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
