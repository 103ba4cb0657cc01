/** SOCK_SEQPACKET: a connection, in order and without loss, that keeps the bounds of messages. With unix sockets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_UNIX, MSG_TRUNC, SOCK_SEQPACKET, SOCK_STREAM, socket, socketpair } from 'berkeley'

// A stream is bytes: two sends, one receive.
const [writer, reader] = socketpair(AF_UNIX, SOCK_STREAM)
writer.sendmsg(['first ', 'message'])
writer.sendmsg(['second'])
console.log(`a stream: '${reader.recv(100)}'`)
for (const end of [writer, reader]) end.close()

// The same with SOCK_SEQPACKET, which macOS does not have for unix sockets.
const folder = mkdtempSync(join(tmpdir(), 'seqpacket-'))
const listener = socket(AF_UNIX, SOCK_SEQPACKET)
listener.bind(join(folder, 'socket'))
listener.listen()
const client = socket(AF_UNIX, SOCK_SEQPACKET)
client.connect(listener.getsockname())
const [conn] = listener.accept()

client.sendmsg(['first ', 'message']) // one message, gathered from two buffers
client.sendmsg(['second'])
console.log(`packets: '${conn.recv(100)}' and '${conn.recv(100)}'`)

// What does not fit is lost, as of a datagram; recvmsg tells so.
client.sendmsg(['longer than the buffer'])
const [data, , flags] = conn.recvmsg(10)
console.log(`'${data}', cut: ${(flags & MSG_TRUNC) !== 0}`)

// A header of known length and the rest, each into a buffer of its own.
client.sendmsg([Uint8Array.of(7, 4), 'body'])
const [header, body] = [Buffer.alloc(2), Buffer.alloc(100)]
const [length] = conn.recvmsgInto([header, body])
console.log(`type ${header[0]}, ${header[1]} bytes: '${body.subarray(0, length - header.length)}'`)

client.close()
console.log(`the end: ${conn.recv(100).length} bytes`)
for (const sock of [conn, listener]) sock.close()
rmSync(folder, { recursive: true })
