/** recvmsg and sendmsg: several buffers, control messages, descriptors, flags. */
import assert from 'node:assert/strict'
import * as berkeley from 'berkeley'
import {
  CMSG_LEN,
  CMSG_SPACE,
  close,
  MSG_CTRUNC,
  MSG_TRUNC,
  recvFds,
  recvFdsAsync,
  SCM_RIGHTS,
  SOCK_DGRAM,
  SOL_SOCKET,
  Socket,
  sendFds,
  sendFdsAsync,
} from 'berkeley'
import { test } from '../suite.js'
import { pair, tcpPair, udp } from '../support/sockets.js'

test('sendmsg gathers and recvmsgInto scatters', (t) => {
  const { client, server } = tcpPair(t)
  assert.equal(client.sendmsg(['head', Buffer.from('er and '), new Uint8Array([98, 111, 100, 121])]), 15)
  const [first, second] = [Buffer.alloc(6), Buffer.alloc(20, '.')]
  assert.deepEqual(server.recvmsgInto([first, second]), [15, [], 0, null])
  assert.equal(`${first}|${second}`, 'header| and body...........')
})

test('the same with promises', async (t) => {
  const { client, server } = tcpPair(t)
  const [first, second] = [Buffer.alloc(6), Buffer.alloc(20, '.')]
  const received = server.recvmsgIntoAsync([first, second])
  assert.equal(await client.sendmsgAsync(['head', 'er and ', 'body']), 15)
  assert.deepEqual(await received, [15, [], 0, null])
  assert.equal(`${first}|${second}`, 'header| and body...........')
})

test('recvmsg of a datagram tells its sender', async (t) => {
  const [first, second] = [udp(t), udp(t)]
  first.sendmsg(['da', 'ta'], [], 0, second.getsockname())
  assert.deepEqual(second.recvmsg(100), [Buffer.from('data'), [], 0, first.getsockname()])
  await first.sendmsgAsync(['more'], { address: second.getsockname() })
  assert.deepEqual(await second.recvmsgAsync(100), [Buffer.from('more'), [], 0, first.getsockname()])
})

test('a cut datagram has MSG_TRUNC', (t) => {
  const [first, second] = pair(t, SOCK_DGRAM)
  first.send('0123456789')
  const [data, , flags] = second.recvmsg(4)
  assert.deepEqual([String(data), flags & MSG_TRUNC], ['0123', MSG_TRUNC])
})

test('a descriptor is passed, and works', (t) => {
  const [first, second] = pair(t)
  const [given, kept] = pair(t)
  assert.equal(sendFds(first, ['take it'], [given]), 7)
  const [data, [fd = -1], flags] = recvFds(second, 100, 4)
  assert.deepEqual([String(data), flags & MSG_CTRUNC], ['take it', 0])
  const taken = t.add(Socket.adopt(fd))
  assert.equal(taken.getInheritable(), false)
  given.close()
  taken.sendall('by the passed one')
  assert.equal(String(kept.recv(100)), 'by the passed one')
})

test('descriptors are passed with promises', async (t) => {
  const [first, second] = pair(t)
  const [given, kept] = pair(t)
  const received = recvFdsAsync(second, 100, 4)
  await sendFdsAsync(first, ['two'], [given, given.fileno()])
  const [, fds] = await received
  assert.equal(fds.length, 2)
  for (const [i, fd] of fds.entries()) {
    const taken = t.add(Socket.adopt(fd))
    taken.sendall(String(i))
    assert.equal(String(kept.recv(10)), String(i))
  }
})

test('descriptors as control messages', (t) => {
  const [first, second] = pair(t)
  const [given] = pair(t)
  first.sendmsg(['x'], [[SOL_SOCKET, SCM_RIGHTS, Int32Array.of(given.fileno())]])
  const [, ancdata, flags] = second.recvmsg(10, CMSG_SPACE(4))
  assert.equal(flags & MSG_CTRUNC, 0)
  const [[level, type, data] = []] = ancdata
  assert.deepEqual([level, type, data?.length], [SOL_SOCKET, SCM_RIGHTS, 4])
  close(/** @type {Buffer} */ (data).readInt32LE(0))
})

test('descriptors for which there is no room are closed, and the flags say so', (t) => {
  const [first, second] = pair(t)
  const [given] = pair(t)
  sendFds(first, ['x'], [given, given, given])
  const [data, ancdata, flags] = second.recvmsg(10)
  assert.deepEqual([String(data), ancdata, flags & MSG_CTRUNC], ['x', [], MSG_CTRUNC])
})

test('descriptors that nobody receives are not leaked', async (t) => {
  const [first, second] = pair(t)
  const [given] = pair(t)
  for (let i = 0; i < 10; i++) sendFds(first, ['x'], [given])
  for (let i = 0; i < 5; i++) assert.equal(second.recv(1).length, 1)
  for (let i = 0; i < 5; i++) assert.equal((await second.recvAsync(1)).length, 1)
})

test('room for control messages is counted as the system does', () => {
  assert.ok(CMSG_LEN(4) >= 12 + 4)
  assert.ok(CMSG_SPACE(4) >= CMSG_LEN(4))
  assert.ok(CMSG_SPACE(0) > 0)
})

test(
  'the interface and the destination of a datagram',
  async (t) => {
    const { IP_PKTINFO, IPPROTO_IP } = berkeley
    const [first, second] = [udp(t), udp(t)]
    second.setsockopt(IPPROTO_IP, /** @type {number} */ (IP_PKTINFO), 1)
    first.sendto('hello', second.getsockname())
    const [data, [[level, type, info] = []]] = await second.recvmsgAsync(100, { ancbufsize: 100 })
    assert.deepEqual([String(data), level, type], ['hello', IPPROTO_IP, IP_PKTINFO])
    assert.deepEqual([.../** @type {Buffer} */ (info).subarray(8, 12)], [127, 0, 0, 1])
  },
  { needs: ['linux'] },
)

test('the credentials of a peer', (t) => {
  const [first] = pair(t)
  const { uid, gid } = first.getpeereid()
  assert.deepEqual([uid, gid], [process.geteuid?.(), process.getegid?.()])
})

test('empty messages, and many buffers', (t) => {
  const { client, server } = tcpPair(t)
  assert.equal(client.sendmsg([]), 0)
  assert.equal(client.sendmsg(Array.from({ length: 200 }, (_, i) => Buffer.of(i))), 200)
  assert.deepEqual(
    [...server.recv(500)],
    Array.from({ length: 200 }, (_, i) => i),
  )
  assert.throws(() => client.sendmsg(Array.from({ length: 2000 }, () => 'x')), { code: 'EMSGSIZE' })
})
