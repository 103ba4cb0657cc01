/** Runs one suite of micro-benchmarks and prints a line of JSON for each. */
import Benchmark from 'benchmark'
import { number, text } from './program.js'

/** @import { Suite } from './micro.js' */

const name = text('suite')
const quick = number('quick') === 1
const { default: suite } = /** @type {{ default: Suite }} */ (await import(`../micro/${name}.js`))
const options = { maxTime: 0.25, minTime: 0.02, minSamples: 12 }

/** @param {Benchmark} done */
function print({ name: of, hz, stats, error }) {
  // Benchmark.js swallows what a function throws.
  if (error !== undefined) throw error
  console.log(JSON.stringify({ suite: name, name: of, hz, rme: stats.rme, samples: stats.sample.length }))
}

for (const [of, run] of Object.entries(suite.benchmarks ?? {})) {
  // Once alone: it throws where it does the wrong thing.
  run()
  if (!quick) print(new Benchmark(of, run, options).run())
}
for (const [of, run] of Object.entries(suite.asynchronous ?? {})) {
  await run()
  if (!quick) print(await deferred(of, run))
}

/**
 * @param {string} of
 * @param {() => Promise<void>} run
 * @returns {Promise<Benchmark>}
 */
function deferred(of, run) {
  return new Promise((resolve, reject) => {
    const fn = (/** @type {{ resolve(): void }} */ one) => {
      run().then(() => one.resolve(), reject)
    }
    const benchmark = new Benchmark(of, { ...options, defer: true, fn, onComplete: () => resolve(benchmark) })
    benchmark.run({ async: true })
  })
}
