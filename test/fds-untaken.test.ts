/** Descriptors that arrived: what goes wrong afterwards leaves none open. */
import {
  AF_UNIX,
  dup,
  MSG_TRUNC,
  recvFds,
  recvFdsAsync,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SOCK_DGRAM,
  SOL_SOCKET,
  sendFds,
  socket,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { countDescriptors } from './support/descriptors.js'
import { closeAll, countInEachTest, ends, open } from './support/passing.js'
import { can } from './support/sockets.js'
import { message, startWorker } from './support/worker.js'

function canPassPidfds(): boolean {
  using sock = socket(AF_UNIX)
  try {
    sock.setsockopt(SOL_SOCKET, SO_PASSPIDFD ?? Number.NaN, 1)
    return true
  } catch {
    return false
  }
}
const hasPidfds = canPassPidfds()

const count = countDescriptors
countInEachTest()

describe('what goes wrong after the kernel gave them', () => {
  test.skipIf(!can.linux)('credentials do not take their place [needs Linux]', () => {
    const [a, b] = ends()
    b.setsockopt(SOL_SOCKET, SO_PASSCRED ?? Number.NaN, 1)
    sendFds(a, ['x'], [a, b])
    const [, fds, flags] = recvFds(b, 10, 2)
    expect([fds.length, flags]).toEqual([2, 0])
    closeAll(fds)
  })

  test.skipIf(!hasPidfds)('a descriptor of the sending process is closed by recvFds [needs SO_PASSPIDFD]', async () => {
    const [a, b] = ends()
    b.setsockopt(SOL_SOCKET, SO_PASSPIDFD ?? Number.NaN, 1)
    for (const receive of [recvFds, recvFdsAsync]) {
      sendFds(a, ['x'], [a])
      const [, fds, flags] = await receive(b, 10, 1)
      expect([fds.length, flags, count()]).toEqual([1, 0, open + 3])
      closeAll(fds)
    }
  })

  test('a datagram that is cut keeps them', () => {
    const [a, b] = ends(SOCK_DGRAM)
    sendFds(a, ['0123456789'], [a])
    const [data, fds, flags] = recvFds(b, 4, 1)
    expect([data.toString(), fds.length, flags]).toEqual(['0123', 1, MSG_TRUNC])
    closeAll(fds)
  })

  test('an error in this package closes them', () => {
    const [a, b] = ends()
    sendFds(a, ['x'.repeat(100)], [a, b])
    const { allocUnsafe } = Buffer
    // Where memory runs out, this is where it is noticed.
    Buffer.allocUnsafe = () => {
      throw new RangeError('Array buffer allocation failed')
    }
    try {
      expect(() => b.recvmsg(100, 100)).toThrow('allocation failed')
    } finally {
      Buffer.allocUnsafe = allocUnsafe
    }
    expect(count()).toBe(open + 2)
  })

  test('a worker that is ended while it waits leaves nothing', async () => {
    const [a, b] = ends()
    const fd = dup(b.fileno())
    const worker = startWorker(
      `const conn = berkeley.Socket.adopt(workerData)
       parentPort.postMessage('waits')
       berkeley.recvFds(conn, 10, 5)`,
      fd,
    )
    await message(worker)
    await worker.terminate()
    sendFds(a, ['x'], [a])
    expect(count()).toBe(open + 2)
    const [, fds] = recvFds(b, 10, 5)
    closeAll(fds)
    expect(fds).toHaveLength(1)
  })

  test('a worker that is ended between the kernel’s answer and JavaScript leaves nothing', async () => {
    const [a, b] = ends()
    sendFds(a, ['x'], [a, b])
    const worker = startWorker(
      `import { native, words, CONTROL_ROOM, FD, LENGTH, FLAGS, MODE } from '${new URL('../dist/binding.js', import.meta.url).href}'
       const conn = berkeley.Socket.adopt(workerData)
       words[FD] = conn.fileno()
       words[LENGTH] = 10
       words[FLAGS] = words[MODE] = 0
       words[CONTROL_ROOM] = 100
       parentPort.postMessage(native.recvmsgSmall())
       setInterval(() => {}, 1000)`,
      dup(b.fileno()),
    )
    expect(await message(worker)).toBe(1)
    expect(count()).toBeGreaterThanOrEqual(open + 5)
    await worker.terminate()
    expect(count()).toBe(open + 2)
  })
})
