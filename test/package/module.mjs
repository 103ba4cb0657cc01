// The installed package, imported: each entry point, what is loaded later, a server's threads.
import assert from 'node:assert/strict'
import * as berkeley from 'berkeley'
import manifest from 'berkeley/package.json' with { type: 'json' }
import { select } from 'berkeley/select'
import { DefaultSelector, EVENT_READ } from 'berkeley/selectors'
import { TCPServer } from 'berkeley/socketserver'

const { AF_UNIX, createConnectionAsync, createServer, errno, getaddrinfo, socket, socketpair } = berkeley

assert.equal(manifest.name, 'berkeley')
assert.match(import.meta.resolve('berkeley'), /\/dist\/index\.js$/)

const [near, far] = socketpair()
near.sendall('hello')
assert.deepEqual(select([far], [near], [], 0), [[far], [near], []])
assert.equal(far.recv(5).toString(), 'hello')
near.sendmsg(['with ', 'parts'])
assert.equal(far.recvmsg(100, 100)[0].toString(), 'with parts')
assert.equal(typeof near.getOption('receiveBufferSize'), 'number')

const selector = new DefaultSelector()
selector.register(far, EVENT_READ)
assert.equal(selector.select(0).length, 0)
selector.close()

const listener = createServer(['127.0.0.1', 0])
const client = await createConnectionAsync(listener.getsockname())
const [conn] = await listener.acceptAsync()
await conn.sendallAsync('later')
assert.equal((await client.recvAsync(100)).toString(), 'later')
assert.equal(getaddrinfo('127.0.0.1', 80)[0]?.[4][0], '127.0.0.1')
const lost = socket(AF_UNIX)
assert.equal(lost.connect_ex('/nowhere/at/all'), errno.ENOENT)
assert.throws(() => conn.recv(-1), RangeError)
assert.equal(typeof TCPServer, 'function')
for (const sock of [near, far, client, conn, listener, lost]) sock.close()
console.log('ok')
