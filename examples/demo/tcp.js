/** A conversation over TCP: bind, listen, accept, connect, send and receive, all of them blocking. */
import { AF_INET, SOCK_STREAM, socket } from 'berkeley'
import { inTwoThreads, narrator } from './narrate.js'

function server(ready) {
  const { ask, note } = narrator('server')
  const listener = socket(AF_INET, SOCK_STREAM)
  note('port 0: the kernel chooses a free one')
  ask(() => listener.bind(['127.0.0.1', 0]))

  const other = socket(AF_INET, SOCK_STREAM)
  const address = ['127.0.0.1', 0]
  note("the same with a variable: const address = ['127.0.0.1', 0]")
  ask(() => other.bind(address))
  ask(
    () => other.getsockname(),
    ([host, port]) => host === '127.0.0.1' && port > 0,
  )
  other.close()

  ask(() => listener.listen())
  const bound = ask(
    () => listener.getsockname(),
    ([host, port]) => host === '127.0.0.1' && port > 0,
  )
  ready(bound)

  const [conn] = ask(() => listener.accept())
  const request = ask(
    () => conn.recv(1024),
    (data) => data.toString() === 'hello, kernel',
  )
  ask(() => conn.sendall(request.toString().toUpperCase()))
  conn.close()
  listener.close()
}

function client(address) {
  const { ask } = narrator('client')
  const conn = socket(AF_INET, SOCK_STREAM)
  ask(() => conn.connect(address))
  ask(
    () => conn.getpeername(),
    ([, port]) => port === address[1],
  )
  ask(
    () => conn.send('hello, kernel'),
    (sent) => sent === 13,
  )
  ask(
    () => conn.recv(1024),
    (data) => data.toString() === 'HELLO, KERNEL',
  )
  ask(
    () => conn.recv(1024),
    (data) => data.length === 0,
  )
  conn.close()
}

const text = 'TCP: a server and a client, each blocking in a thread of its own'
await inTwoThreads({ url: import.meta.url, text, server, client })
