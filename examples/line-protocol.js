/**
 * A protocol of lines with files over sockets: a small dictionary server, which serves many clients at once, and a
 * client that reads and writes as one would in Python, call by call. Run without arguments, it does both.
 *
 *     node examples/line-protocol.js                    the tour
 *     node examples/line-protocol.js serve [port]       the server alone: talk to it with nc or telnet
 */
import { createConnectionAsync, createServer } from 'berkeley'

const words = new Map()

/** What a request is answered. */
function answer(line) {
  const [verb, word, ...meaning] = line.trim().split(' ')
  if (verb === 'SET' && word) {
    words.set(word, meaning.join(' '))
    return 'OK'
  }
  if (verb === 'GET' && word) return words.has(word) ? `FOUND ${words.get(word)}` : 'MISSING'
  return 'ERROR requests are: SET word meaning, GET word, QUIT'
}

async function serve(conn) {
  const file = conn.makefile('rw', { newline: '\r\n' })
  conn.close() // the file keeps the connection, which is closed with it
  try {
    await file.writeAsync('READY\n') // written as \r\n, as telnet wants it
    await file.flushAsync()
    for await (const line of file) {
      if (line.trim() === 'QUIT') break
      await file.writeAsync(`${answer(line)}\n`)
      await file.flushAsync()
    }
  } finally {
    await file.closeAsync()
  }
}

async function acceptAll(listener) {
  for await (const [conn] of listener) {
    serve(conn).catch((error) => console.error(`a client is gone: ${error.message}`))
  }
}

async function tour() {
  const listener = createServer(['127.0.0.1', 0])
  const accepting = acceptAll(listener)
  const sock = await createConnectionAsync(listener.getsockname())
  const file = sock.makefile('rw', { newline: '\r\n' })
  console.log(`server: ${(await file.readlineAsync({ timeout: 5 })).trim()}`)
  const requests = ['SET größe size', 'SET 海 the sea', 'GET 海', 'GET größe', 'GET nothing', 'EAT everything']
  // All at once: the answers come in order.
  file.writelines(requests.map((request) => `${request}\n`))
  await file.flushAsync()
  for (const request of requests) console.log(`${request} -> ${(await file.readlineAsync()).trim()}`)
  await file.writeAsync('QUIT\n')
  await file.flushAsync()
  console.log(`after QUIT there is ${(await file.readAsync()).length === 0 ? 'nothing' : 'something'}`)
  file.close()
  sock.close()
  listener.close()
  await accepting
}

const [command, port = '50007'] = process.argv.slice(2)
if (command === undefined) {
  await tour()
} else if (command === 'serve') {
  const listener = createServer(['127.0.0.1', Number(port)])
  const [host, bound] = listener.getsockname()
  console.log(`listening on ${host} port ${bound}`)
  await acceptAll(listener)
} else {
  console.log('usage: node examples/line-protocol.js [serve [port]]')
}
