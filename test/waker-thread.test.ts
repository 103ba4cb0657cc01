/** The suites of the engine once more, in a process whose engine is woken by a thread of its own. */
process.env.BERKELEY_WAKER = 'thread'
for (const name of [
  './operation.test.js',
  './engine.test.js',
  './async-random.test.js',
  './operations/accept-async.test.js',
  './operations/connect-async.test.js',
  './operations/receive-async.test.js',
  './operations/send-async.test.js',
]) {
  await import(name)
}
