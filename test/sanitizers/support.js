/**
 * What the scripts for the sanitizers share. Each runs alone, without a test runner, whose threads and modules would be
 * looked at, too.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { parentPort, Worker } from 'node:worker_threads'

/** @typedef {import('berkeley').Socket} Socket */

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

/** Runs a thread to its end, which must be a good one. @param {string} url @param {unknown} [workerData] */
export async function run(url, workerData) {
  const [code] = await once(new Worker(new URL(url), { workerData }), 'exit')
  assert.equal(code, 0)
}

/** A promise must be rejected with an error of one of those codes or names. @param {Promise<unknown>} promise @param {string[]} codes */
export async function fails(promise, ...codes) {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason) => reason,
  )
  assert.ok(codes.includes(error.code) || codes.includes(error.name), error)
}

/** The last line of a script that has done all that it was to do, over the addon that it was to do it over. */
export function done() {
  const addon = process.env.BERKELEY_ADDON
  assert.ok(addon === undefined || readFileSync('/proc/self/maps', 'utf8').includes(addon), `${addon} was not loaded`)
  console.log('done')
}

/** Says in a thread that it has begun. */
export function begun() {
  parentPort?.postMessage('begun')
}
