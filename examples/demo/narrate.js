/** What the parts of the demo share: they make calls, tell each with its answer, and check the answer. */
import { inspect } from 'node:util'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { errno, Socket, SocketError } from 'berkeley'
import { print } from './print.js'

/** To demo.js, which started this thread; a part that is run by itself prints. */
function tell(entry) {
  if (parentPort) parentPort.postMessage(entry)
  else print(entry)
}

/** The source of `() => conn.recv(5)` without its arrow: what is shown is what is run. */
function codeOf(call) {
  return call
    .toString()
    .replace(/^\(\) =>\s*/, '')
    .replace(/\s+/g, ' ')
}

function describe(answer) {
  if (answer === undefined) return 'done'
  if (answer instanceof Socket) return `a socket, descriptor ${answer.fileno()}`
  if (Buffer.isBuffer(answer)) {
    if (answer.length === 0) return '0 bytes: the end of the stream'
    return `${answer.length} bytes${answer.length > 60 ? '' : ` ${inspect(answer.toString())}`}`
  }
  if (Array.isArray(answer)) return `[${answer.map(describe).join(', ')}]`
  return inspect(answer)
}

/** The name of an errno number, as the `errno` table has it. */
export function errnoName(number) {
  return Object.keys(errno).find((name) => errno[name] === number)
}

/** A number for people: 65,536. */
export function grouped(number) {
  return number.toLocaleString('en')
}

/** Ends the part with `wrong` where an answer is not as it should be. */
export function check(isTrue, wrong) {
  if (!isTrue) throw new Error(wrong)
}

export function title(text) {
  tell({ title: text })
}

/** The voice of one side, `'server'` or `'client'`. */
export function narrator(who) {
  return {
    /** A remark, or a line of code that is no call. */
    note(text) {
      tell({ note: text })
    },

    /** Makes a call that succeeds, and checks its answer. */
    ask(call, isExpected = () => true, explain = describe) {
      const code = codeOf(call)
      tell({ who, code })
      const answer = call()
      tell({ answer: explain(answer) })
      check(isExpected(answer), `${code} answered ${describe(answer)}, and that is not as it should be`)
      return answer
    },

    /** Begins an asynchronous call: its promise, which the story calls `name`. */
    begin(name, call) {
      tell({ who, code: `const ${name} = ${codeOf(call)}` })
      return call()
    },

    /** Makes an asynchronous call, or waits for one that has begun, and checks what its promise gives. */
    async settle(call, isExpected = () => true) {
      const code = `await ${codeOf(call)}`
      tell({ who, code })
      const answer = await call()
      tell({ answer: describe(answer) })
      check(isExpected(answer), `${code} gave ${describe(answer)}, and that is not as it should be`)
    },

    /** Waits for an asynchronous call that ends early, and checks the name of what its promise rejects with. */
    async reject(call, expectedName) {
      const code = `await ${codeOf(call)}`
      tell({ who, code })
      const reason = await call().then(
        (answer) => new Error(`it gave ${describe(answer)}`),
        (error) => error,
      )
      tell({ answer: `rejects with ${reason.name} '${reason.message}'` })
      check(reason.name === expectedName, `${code} was to reject with ${expectedName}: ${reason.message}`)
    },

    /** Makes a call that the kernel refuses, and checks the error's code. */
    refuse(call, expectedCode) {
      const code = codeOf(call)
      tell({ who, code })
      let answer
      try {
        answer = call()
      } catch (error) {
        if (!(error instanceof SocketError)) throw error
        tell({ answer: `throws ${error.name} '${error.message}', errno ${error.errno}` })
        check(error.code === expectedCode, `${code} was to throw ${expectedCode}, not ${error.code}`)
        return
      }
      throw new Error(`${code} was to throw ${expectedCode} and answered ${describe(answer)}`)
    },
  }
}

/**
 * Runs `server(ready)` in a thread of its own and, once that has called `ready(address)`, `client(address)` in this one.
 * Both block, so that neither could run in the other's thread. What the server does meanwhile is told after the
 * client's story.
 */
export async function inTwoThreads({ url, text, server, client }) {
  if (workerData?.role === 'server') {
    server((address) => tell({ address }))
    return
  }
  title(text)
  const worker = new Worker(new URL(url), { workerData: { role: 'server' } })
  const ended = new Promise((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
  const ready = new Promise((resolve) => {
    worker.on('message', (entry) => (entry.address ? resolve(entry.address) : tell(entry)))
  })
  const address = await Promise.race([ready, ended])
  try {
    client(address)
  } catch (error) {
    await worker.terminate()
    await ended // where the server failed first, its error is the one to see
    throw error
  }
  await ended
}
