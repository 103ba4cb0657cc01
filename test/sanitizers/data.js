/** All ways that bytes, messages and descriptors go, in the main thread and in another one at once. */
import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import * as berkeley from 'berkeley'
import { done, run } from './support.js'

const { AF_INET, AF_UNIX, MessageBatch, SOCK_DGRAM, socket, socketpair } = berkeley

/** @returns {[client: berkeley.Socket, server: berkeley.Socket]} */
function tcpPair() {
  const listener = berkeley.createServer(['127.0.0.1', 0])
  const client = berkeley.createConnection(listener.getsockname())
  const [server] = listener.accept()
  listener.close()
  return [client, server]
}

async function batches() {
  const receiver = socket(AF_INET, SOCK_DGRAM)
  receiver.bind(['127.0.0.1', 0])
  const sender = socket(AF_INET, SOCK_DGRAM)
  sender.bind(['127.0.0.1', 0])
  const [out, into] = [new MessageBatch(16, 100), new MessageBatch(16, 100, { ancbufsize: 200 })]
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 16; i++) out.set(i, `${round}.${i}`, receiver.getsockname())
    if (round % 2 === 0) sender.sendmmsg(out)
    else await sender.sendmmsgAsync(out)
    let seen = 0
    while (seen < 16) {
      const count = round % 2 === 0 ? receiver.recvmmsg(into) : await receiver.recvmmsgAsync(into)
      for (let i = 0; i < count; i++) {
        assert.equal(String(into.data(i)), `${round}.${seen++}`)
        assert.deepEqual(into.address(i), sender.getsockname())
        into.ancdata(i)
      }
    }
  }
  sender.close()
  receiver.close()
}

async function descriptors() {
  for (const type of [berkeley.SOCK_STREAM, SOCK_DGRAM]) {
    const [one, other] = socketpair(AF_UNIX, type)
    for (let i = 0; i < 20; i++) {
      const [near, far] = socketpair()
      if (i % 2 === 0) berkeley.sendFds(one, ['x'], [near, far])
      else await berkeley.sendFdsAsync(one, ['x'], [near, far])
      near.close()
      far.close()
      // Some are left behind, and closed by the next message.
      if (i % 3 === 2) {
        other.recvmsg(1, 1000)
        continue
      }
      const [, fds] = i % 3 === 0 ? berkeley.recvFds(other, 1, 4) : await berkeley.recvFdsAsync(other, 1, 4)
      assert.equal(fds.length, 2)
      const ends = fds.map((fd) => berkeley.Socket.adopt(fd))
      ends[0]?.send('through')
      assert.equal(String(ends[1]?.recv(10)), 'through')
      for (const end of ends) end.close()
    }
    one.close()
    other.close()
  }
}

async function files() {
  const folder = mkdtempSync(join(tmpdir(), 'bk-data-'))
  const path = join(folder, 'file')
  writeFileSync(path, Buffer.alloc(1_000_000, 'f'))
  const file = openSync(path, 'r')
  const [client, server] = tcpPair()
  const drain = async () => {
    let length = 0
    for await (const chunk of server) length += chunk.length
    return length
  }
  const drained = drain()
  await client.sendfileAsync(file)
  await client.sendZeroCopyAsync(Buffer.alloc(1_000_000))
  client.shutdown(berkeley.SHUT_WR)
  assert.equal(await drained, 2_000_000)
  closeSync(file)
  rmSync(folder, { recursive: true })

  const [source, entrance] = tcpPair()
  const [exit, sink] = tcpPair()
  const moved = entrance.spliceAsync(exit)
  await source.sendallAsync(Buffer.alloc(100_000, 's'))
  source.close()
  assert.equal(await moved, 100_000)
  exit.close()
  let length = 0
  for await (const chunk of sink) length += chunk.length
  assert.equal(length, 100_000)
  for (const end of [client, server, entrance, sink]) end.close()
}

async function others() {
  const [one, other] = tcpPair()
  one.setsockopt(berkeley.IPPROTO_TCP, berkeley.TCP_NODELAY, 1)
  assert.ok(one.getsockopt(berkeley.SOL_SOCKET, berkeley.SO_SNDBUF) > 0)
  assert.ok(one.getsockopt(berkeley.SOL_SOCKET, berkeley.SO_LINGER, 8).length === 8)
  one.sendmsg(['a', Buffer.alloc(100_000, 'b')])
  assert.equal(other.recv(1).toString(), 'a')
  await other.recvmsgIntoAsync([new Uint8Array(10), new Uint8Array(1000)])
  for (const sock of [one, other]) sock.close()
  assert.ok(berkeley.ifNameindex().length > 0)
  assert.equal(berkeley.getservbyname('http', 'tcp'), 80)
  berkeley.gethostname()
  assert.throws(() => socket(12_345), { name: 'SocketError' })
}

const another = isMainThread ? run(import.meta.url) : undefined
for (let round = 0; round < 3; round++) await Promise.all([batches(), descriptors(), files(), others()])
await another
if (isMainThread) done()
