/** `send` hands over what the kernel has room for and says how much that was; `sendall` goes on until all is gone. */
import { createServer, SHUT_WR, SO_SNDBUF, SOL_SOCKET, socket } from 'berkeley'
import { grouped, inTwoThreads, narrator } from './narrate.js'

const CLIENTS = 4
const data = Buffer.alloc(4 * 1024 * 1024, 'berkeley')

/** Counts what each client sends and answers the count. */
function server(ready) {
  const listener = createServer(['127.0.0.1', 0])
  ready(listener.getsockname())
  for (let i = 0; i < CLIENTS; i++) {
    const [conn] = listener.accept()
    let total = 0
    let length
    do {
      length = conn.recv(65536).length
      total += length
    } while (length > 0)
    conn.sendall(String(total))
    conn.close()
  }
  listener.close()
}

function client(address) {
  const { ask, note } = narrator('client')

  function open() {
    const conn = socket()
    conn.setsockopt(SOL_SOCKET, SO_SNDBUF, 65536) // little room in the kernel, so that it shows
    conn.connect(address)
    return conn
  }

  /** Closes and compares: has the server counted as many bytes as were said to be sent? */
  function count(conn, sent) {
    conn.setblocking(true)
    conn.shutdown(SHUT_WR)
    const isSame = (answer) => answer.toString() === String(sent)
    ask(
      () => conn.recv(20),
      isSame,
      (answer) => `the server counted ${grouped(Number(answer))} bytes`,
    )
    conn.close()
  }

  const isAll = (sent) => sent === data.length
  const isPart = (sent) => sent > 0 && sent < data.length
  const explain = (sent) => `${grouped(sent)} of ${grouped(data.length)} bytes`

  note('non-blocking: send takes what there is room for')
  const first = open()
  ask(() => first.setblocking(false))
  count(
    first,
    ask(() => first.send(data), isPart, explain),
  )

  note('with a timeout: send waits for room, not for all of it')
  const second = open()
  ask(() => second.settimeout(10))
  count(
    second,
    ask(() => second.send(data), isPart, explain),
  )

  note('sendall goes on until every byte is handed over')
  const third = open()
  ask(() => third.settimeout(10))
  ask(() => third.sendall(data))
  count(third, data.length)

  note('blocking: send does so, too')
  const fourth = open()
  count(
    fourth,
    ask(() => fourth.send(data), isAll, explain),
  )
}

const text = `send against sendall, with ${grouped(data.length)} bytes of data`
await inTwoThreads({ url: import.meta.url, text, server, client })
