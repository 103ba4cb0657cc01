/** How a call that blocks in the kernel is ended: by a signal, which a process may have been started without. */
import { describe, expect, test } from 'vitest'
import { hasPython } from './support/python.js'
import { ended, startChild, startWrapped } from './support/worker.js'

/** Ends workers that block, each in its first wait and in one that follows many, and tells how it went. */
const TERMINATE = `
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  const source = (calls) => \`import * as berkeley from '\${import.meta.resolve('berkeley')}'
    import { parentPort } from 'node:worker_threads'
    const [near, far] = berkeley.socketpair()
    for (let i = 0; i < \${calls}; i++) {
      near.send('x')
      far.recv(1)
    }
    parentPort.postMessage('blocking')
    far.recvInto(new Uint8Array(1000))\`
  for (const calls of [0, 100]) {
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source(calls))))
    await once(worker, 'message')
    await new Promise((resolve) => setTimeout(resolve, 30))
    console.log(await worker.terminate())
  }`

/** Replaces itself by its arguments after a statement about all signals that the C library lets a program have. */
const signalsBefore = (statement: string): string[] => [
  'python3',
  '-c',
  `import os, signal, sys
every = [s for s in signal.valid_signals() if s not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD)]
${statement}
os.execvp(sys.argv[1], sys.argv[1:])`,
]

describe('a thread that blocks is reached', () => {
  test.skipIf(!hasPython)('where the process was started with every signal blocked [needs python3]', async () => {
    const block = signalsBefore('signal.pthread_sigmask(signal.SIG_BLOCK, every)')
    expect(await ended(startWrapped(block, TERMINATE))).toMatchObject({ code: 0, stdout: '1\n1\n', stderr: '' })
  })

  test.skipIf(!hasPython)('where it was started with none to spare [needs python3]', async () => {
    const ignore = signalsBefore('for s in every[31:]: signal.signal(s, signal.SIG_IGN)')
    expect(await ended(startWrapped(ignore, TERMINATE))).toMatchObject({ code: 0, stdout: '1\n1\n', stderr: '' })
  })

  test('by several threads at once, and by those that come after them', async () => {
    const child = startChild(`
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      const code = \`import * as berkeley from '\${import.meta.resolve('berkeley')}'
        import { parentPort } from 'node:worker_threads'
        parentPort.postMessage('blocking')
        berkeley.socketpair()[0].recv(1)\`
      for (let round = 0; round < 2; round++) {
        const workers = Array.from({ length: 4 }, () => new Worker(new URL('data:text/javascript,' + encodeURIComponent(code))))
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        console.log(...(await Promise.all(workers.map((worker) => worker.terminate()))))
      }`)
    expect(await ended(child)).toMatchObject({ code: 0, stdout: '1 1 1 1\n1 1 1 1\n', stderr: '' })
  })

  test('and a call goes on where nothing ends it: what comes after many signals arrives', async () => {
    const child = startChild(`
      import { Worker } from 'node:worker_threads'
      const [near, far] = berkeley.socketpair()
      const code = \`import * as berkeley from '\${import.meta.resolve('berkeley')}'
        import { workerData } from 'node:worker_threads'
        const far = berkeley.Socket.adopt(workerData)
        for (const pause of [10, 40, 60, 120]) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
          far.send(String(pause))
        }
        far.close()\`
      new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)), { workerData: far.detach() })
      for (let i = 0; i < 4; i++) console.log(String(near.recv(100)))
      near.close()`)
    expect(await ended(child)).toMatchObject({ code: 0, stdout: '10\n40\n60\n120\n', stderr: '' })
  })
})
