/**
 * Ends the process where a call blocks for ever, and says which: nothing in the blocked thread could. So a fault that
 * makes a call wait shows as a failed run, not as one that hangs.
 */
import { Worker } from 'node:worker_threads'

const LIMIT_MS = 30_000
const TEXT_SIZE = 4096

const CODE = `
const { workerData: { turn, text, limit } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
for (;;) {
  const now = Atomics.load(turn, 0)
  if (Atomics.wait(turn, 0, now, now === 0 ? Infinity : limit) !== 'timed-out') continue
  writeSync(2, 'blocked for ever: ' + Buffer.from(text.slice(0, Atomics.load(turn, 1))).toString() + '\\n')
  process.kill(process.pid, 'SIGKILL')
}`

export class Watchdog {
  /** The number of the step that is being performed, 0 = none; and the length of its text. */
  readonly #turn = new Int32Array(new SharedArrayBuffer(8))
  readonly #text = new Uint8Array(new SharedArrayBuffer(TEXT_SIZE))
  readonly #worker = new Worker(CODE, {
    eval: true,
    workerData: { turn: this.#turn, text: this.#text, limit: LIMIT_MS },
  })
  #count = 0

  begin(step: string): void {
    const { written } = new TextEncoder().encodeInto(step, this.#text)
    Atomics.store(this.#turn, 1, written)
    this.#count += 1
    this.#set(this.#count)
  }

  end(): void {
    this.#set(0)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #set(turn: number): void {
    Atomics.store(this.#turn, 0, turn)
    Atomics.notify(this.#turn, 0)
  }
}
