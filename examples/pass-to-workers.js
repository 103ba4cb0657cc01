/**
 * A server on every CPU, II: the main thread accepts and gives each connection to the worker that has the fewest, as a
 * descriptor: `detach` there, `adopt` here. Unlike SO_REUSEPORT this balances by load, and works everywhere.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createServer, Socket, socket } from 'berkeley'

const CLIENTS = 200

class Team {
  #workers = []

  constructor(size) {
    for (let index = 0; index < size; index++) {
      const member = { worker: new Worker(new URL(import.meta.url)), busy: 0, served: 0 }
      member.worker.on('message', () => {
        member.busy--
        member.served++
      })
      this.#workers.push(member)
    }
  }

  give(conn) {
    const least = this.#workers.reduce((a, b) => (b.busy < a.busy ? b : a))
    least.busy++
    least.worker.postMessage(conn.detach()) // the socket here is closed now, the connection is not
  }

  /** Lets each finish what it has; how many connections each has served. */
  async end() {
    const ends = this.#workers.map(({ worker }) => once(worker, 'exit'))
    for (const { worker } of this.#workers) worker.postMessage(null)
    await Promise.all(ends)
    return this.#workers.map(({ served }) => served)
  }
}

async function main() {
  const team = new Team(Math.max(2, availableParallelism()))
  const listener = createServer(['127.0.0.1', 0], { backlog: 128 })
  const address = listener.getsockname()
  console.log(`listening on ${address[0]} port ${address[1]}`)
  const accepting = acceptAll(listener, team)

  const answers = await Promise.all(Array.from({ length: CLIENTS }, (_, number) => ask(address, `${number}`)))
  console.log(`${answers.filter((answer, number) => answer === `hello, ${number}`).length} right answers`)

  listener.close()
  await accepting
  const served = await team.end()
  console.log(`served: ${served.join(' + ')} = ${served.reduce((sum, number) => sum + number)}`)
}

async function acceptAll(listener, team) {
  for await (const [conn] of listener) team.give(conn)
}

async function ask(address, name) {
  const conn = socket()
  await conn.connectAsync(address)
  await conn.sendallAsync(name)
  const answer = await conn.recvAsync(100)
  conn.close()
  return answer.toString()
}

function work() {
  const serving = new Set()
  parentPort.on('message', async (fd) => {
    if (fd === null) {
      await Promise.all(serving)
      parentPort.close()
      return
    }
    const served = answer(Socket.adopt(fd)).finally(() => {
      serving.delete(served)
      parentPort.postMessage('done')
    })
    serving.add(served)
  })
}

async function answer(conn) {
  try {
    for await (const name of conn) await conn.sendallAsync(`hello, ${name}`)
  } catch (error) {
    console.log(error.message) // that client's trouble, not the server's
  } finally {
    conn.close()
  }
}

if (isMainThread) await main()
else work()
