/** Unix sockets: between processes of one machine, by a path in the file system; or a pair without any name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_UNIX, SOCK_STREAM, socket, socketpair } from 'berkeley'

// Two sockets, connected to each other from the start.
const [left, right] = socketpair()
left.sendall('to the right')
console.log(`socketpair: '${right.recv(1024)}'`)
right.sendall('to the left')
console.log(`socketpair: '${left.recv(1024)}'`)
left.close()
console.log(`socketpair: ${right.recv(1024).length} bytes, the end of the stream`)
right.close()

// A server with a path. Paths are short: 107 bytes on Linux, 103 on macOS.
const folder = mkdtempSync(join(tmpdir(), 'unix-stream-'))
const path = join(folder, 'socket')
const listener = socket(AF_UNIX, SOCK_STREAM)
listener.bind(path) // makes the file; EADDRINUSE where there is one, even of a server that is gone
listener.listen()
console.log(`listening on ${listener.getsockname()}`)

// One thread can do both here, because a client in the queue counts as connected.
const client = socket(AF_UNIX, SOCK_STREAM)
client.connect(path)
const [conn, address] = listener.accept()
console.log(`a client without a name of its own has the address '${address}'`)
client.sendall('hello')
console.log(`path: '${conn.recv(1024)}'`)

for (const each of [conn, client, listener]) each.close()
rmSync(folder, { recursive: true }) // the file stays when the socket is closed
