/** What the scripts for the sanitizers share. Each runs alone, without a test runner, whose threads and modules would be looked at, too. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * A thread that runs `url`, once it has said that it has begun.
 * @param {string} url
 * @param {import('node:worker_threads').WorkerOptions} [options]
 */
export async function begin(url, options) {
  const worker = new Worker(new URL(url), options)
  await once(worker, 'message')
  return worker
}

/** Runs a thread to its end, which must be a good one. @param {string} url @param {unknown} workerData */
export async function run(url, workerData) {
  const [code] = await once(new Worker(new URL(url), { workerData }), 'exit')
  assert.equal(code, 0)
}

/** A promise's rejection must be an error of that code. @param {Promise<unknown>} promise @param {string[]} codes */
export async function fails(promise, ...codes) {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason) => reason,
  )
  assert.ok(codes.includes(error.code) || codes.includes(error.name), error)
}

/** That the addon which was to be looked at is the one that ran. */
export function checkAddon() {
  const addon = process.env.BERKELEY_ADDON
  assert.ok(addon !== undefined && readFileSync('/proc/self/maps', 'utf8').includes(addon), `${addon} was not loaded`)
}

/** The last line of a script that has done all that it was to do. */
export function done() {
  checkAddon()
  console.log('done')
}
