/**
 * A guided run through the socket calls, on the loopback interface: `npm start`.
 * Each part is a program of its own in demo/; the blocking calls run in worker threads, this one only prints.
 */
import { styleText } from 'node:util'
import { Worker } from 'node:worker_threads'
import { print } from './demo/print.js'

const PARTS = ['tcp', 'recv', 'send', 'connect-ex', 'modes', 'udp', 'async']
// All parts together take about a second. One that hangs is told, not waited for.
const LIMIT_SECONDS = 30

/** Runs a part to its end; throws what went wrong in it. */
async function run(name, number) {
  const worker = new Worker(new URL(`demo/${name}.js`, import.meta.url))
  worker.on('message', ({ title, ...entry }) => print(title === undefined ? entry : { title: `${number}. ${title}` }))
  let limit
  try {
    await new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the thread ended with ${code}`))))
      limit = setTimeout(() => reject(new Error(`no answer within ${LIMIT_SECONDS} seconds`)), LIMIT_SECONDS * 1000)
    })
  } finally {
    clearTimeout(limit)
    await worker.terminate()
  }
}

const started = performance.now()
const failures = []
for (const [index, name] of PARTS.entries()) {
  try {
    await run(name, index + 1)
  } catch (error) {
    failures.push(name)
    console.log(`\n${styleText('red', `Unexpected in part ${index + 1} (${name}): ${error.message}`)}`)
  }
}

const seconds = ((performance.now() - started) / 1000).toFixed(1)
if (failures.length === 0) {
  console.log(`\n${styleText('green', `All answers as expected, in ${seconds} seconds.`)}`)
} else {
  console.log(`\n${styleText('red', `Not as expected: ${failures.join(', ')}.`)}`)
  process.exitCode = 1
}
