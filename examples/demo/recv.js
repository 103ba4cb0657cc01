/** Receiving until the end of the stream, never more than `bufsize` bytes at once. */
import { createServer, socket } from 'berkeley'
import { check, grouped, inTwoThreads, narrator } from './narrate.js'

const LENGTH = 10_000

function server(ready) {
  const { ask } = narrator('server')
  const listener = createServer(['127.0.0.1', 0])
  ready(listener.getsockname())
  const [conn] = listener.accept()
  ask(() => conn.sendall(Buffer.alloc(LENGTH, 'x')))
  ask(() => conn.close())
  listener.close()
}

function client(address) {
  const { ask, note } = narrator('client')
  const conn = socket()
  conn.connect(address)
  note(`the server sends ${grouped(LENGTH)} bytes and closes`)
  let total = 0
  let data
  do {
    data = ask(
      () => conn.recv(4096),
      ({ length }) => length <= 4096,
    )
    total += data.length
  } while (data.length > 0)
  conn.close()
  note(`${grouped(total)} bytes in all`)
  check(total === LENGTH, `recv gave ${total} bytes of ${LENGTH} in all`)
}

const text = 'recv(bufsize) in a loop, until the end of the stream'
await inTwoThreads({ url: import.meta.url, text, server, client })
