/** splice(2) between sockets: which bytes, what stands in for it, and how it ends. */
import { AF_INET, SHUT_WR, SOCK_DGRAM, type SocketError, SocketTimeoutError, socket } from 'berkeley'
import { afterEach, describe, expect, test } from 'vitest'
import { fallback } from '../../dist/operations/splice.js'
import { bytesFrom, drain, fill } from '../support/async.js'
import { openDescriptors } from '../support/open-descriptors.js'
import { Program } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { can, pair, tcpPair, thrown } from '../support/sockets.js'
import { startWorker } from '../support/worker.js'

afterEach(() => {
  fallback.isForced = false
})

/** Each prints the digest of what it sends or receives over its descriptor 3. */
const WRITER = `
import hashlib, os, socket, sys
data = os.urandom(int(sys.argv[1]))
socket.socket(fileno=3).sendall(data)
print(hashlib.sha256(data).hexdigest())
`
const READER = `
import hashlib, socket, time
sock, digest = socket.socket(fileno=3), hashlib.sha256()
time.sleep(0.05)
while data := sock.recv(65536):
    digest.update(data)
print(digest.hexdigest())
`

const isForced = can.linux ? [false, true] : [true]

describe.each(isForced)('bytes, by a buffer: %s', (buffered) => {
  test.each(['tcp', 'unix'])('until the end of the stream, and no further than asked for, from %s', (kind) => {
    fallback.isForced = buffered
    using tcp = tcpPair()
    using ends = pair()
    using target = kind === 'tcp' ? pair() : tcpPairAsArray()
    const [sender, source] = kind === 'tcp' ? [tcp.client, tcp.server] : ends
    const [destination, receiver] = target
    const before = openDescriptors().size
    sender.sendall(bytesFrom(0, 1000))
    expect(source.splice(destination, 10)).toBe(10)
    expect(source.splice(destination, 90)).toBe(90)
    sender.shutdown(SHUT_WR)
    expect(source.splice(destination)).toBe(900)
    expect(source.splice(destination)).toBe(0)
    expect(source.splice(destination, null)).toBe(0)
    expect(openDescriptors().size).toBe(before)
    destination.shutdown(SHUT_WR)
    expect(drain(receiver).equals(bytesFrom(0, 1000))).toBe(true)
  })

  test('a socket to itself is an echo', () => {
    fallback.isForced = buffered
    using both = tcpPair()
    both.client.sendall('hello')
    expect(both.server.splice(both.server, 5)).toBe(5)
    expect(both.client.recv(10).toString()).toBe('hello')
  })

  test.skipIf(!hasPython)('a large stream of another process to a slow third one [needs python3]', async () => {
    fallback.isForced = buffered
    using left = tcpPair()
    using right = tcpPair()
    const size = 8 << 20
    await using writer = new Program('python3', ['-c', WRITER, `${size}`], {}, [left.client.fileno()])
    await using reader = new Program('python3', ['-c', READER], {}, [right.server.fileno()])
    left.client.close()
    right.server.close()
    left.server.settimeout(10)
    right.client.settimeout(10)
    expect(left.server.splice(right.client)).toBe(size)
    right.client.close()
    const sent = (await writer.ended()).stdout
    expect(sent.length).toBe(65)
    expect((await reader.ended()).stdout).toBe(sent)
  })

  test('the source’s time-out, after what was there has been moved', () => {
    fallback.isForced = buffered
    using from = pair()
    using to = pair()
    from[0].sendall('here')
    from[1].settimeout(0.05)
    const error = thrown(() => from[1].splice(to[0])) as SocketError
    expect(error).toBeInstanceOf(SocketTimeoutError)
    expect([error.syscall, error.bytesMoved, error.pending]).toEqual(['splice', 4, undefined])
    expect(drain(to[1]).toString()).toBe('here')
  })

  test('the destination’s time-out, and its end: nothing is lost', () => {
    fallback.isForced = buffered
    for (const end of ['timeout', 'close'] as const) {
      using from = pair()
      using to = pair()
      const filled = end === 'timeout' ? fill(to[0]) : 0
      from[0].sendall(bytesFrom(0, 50_000))
      to[0].settimeout(0.05)
      if (end === 'close') to[1].close()
      const before = openDescriptors().size
      const error = thrown(() => from[1].splice(to[0])) as SocketError
      expect([error.code, error.syscall]).toEqual([end === 'timeout' ? 'ETIMEDOUT' : 'EPIPE', 'splice'])
      expect(openDescriptors().size).toBe(before)
      const got = end === 'timeout' ? drain(to[1]).subarray(filled) : Buffer.alloc(0)
      expect(error.bytesMoved).toBe(got.length)
      const rest = drain(from[1])
      const whole = Buffer.concat([got, error.pending ?? Buffer.alloc(0), rest])
      expect(whole.equals(bytesFrom(0, 50_000))).toBe(true)
    }
  })
})

/** A TCP connection as a list. */
function tcpPairAsArray(): [ReturnType<typeof socket>, ReturnType<typeof socket>] & Disposable {
  const { client, server } = tcpPair()
  return Object.assign([client, server] as [typeof client, typeof server], {
    [Symbol.dispose]() {
      client.close()
      server.close()
    },
  })
}

describe('failures', () => {
  test('wrong arguments, and sockets that it is not for', () => {
    using from = pair()
    using to = pair()
    using datagrams = socket(AF_INET, SOCK_DGRAM)
    const splice = from[0].splice.bind(from[0]) as (...args: unknown[]) => number
    const cases: [unknown[], string, string][] = [
      [[], 'ERR_INVALID_ARG_TYPE', '"destination"'],
      [[1], 'ERR_INVALID_ARG_TYPE', '"destination"'],
      [[{}, -1], 'ERR_INVALID_ARG_TYPE', '"destination"'],
      [[to[0], '1'], 'ERR_INVALID_ARG_TYPE', '"count"'],
      [[to[0], 0], 'ERR_OUT_OF_RANGE', '"count"'],
      [[to[0], 1.5], 'ERR_OUT_OF_RANGE', '"count"'],
      [[datagrams], 'ERR_INVALID_ARG_VALUE', '"destination"'],
    ]
    for (const [args, code, name] of cases) {
      const error = thrown(() => splice(...args))
      expect([error.code, error.message.includes(name)]).toEqual([code, true])
    }
    expect(thrown(() => datagrams.splice(to[0])).code).toBe('ERR_INVALID_ARG_VALUE')
    to[0].setblocking(false)
    expect(thrown(() => from[0].splice(to[0])).message).toContain('spliceAsync')
    to[0].close()
    expect(thrown(() => from[0].splice(to[0])).code).toBe('EBADF')
  })

  test('a source that is not connected fails before anything is taken', () => {
    using alone = socket()
    using to = pair()
    const error = thrown(() => alone.splice(to[0])) as SocketError
    expect([error.code, error.bytesMoved]).toEqual(['ENOTCONN', 0])
  })

  test('a worker that waits in it can be ended', async () => {
    using from = pair()
    using to = pair()
    const worker = startWorker(
      `const [source, destination] = workerData.map((fd) => berkeley.fromfd(fd))
       parentPort.postMessage('waits')
       source.splice(destination)`,
      [from[1].fileno(), to[0].fileno()],
    )
    await new Promise((resolve) => worker.once('message', resolve))
    from[0].sendall('x')
    expect(to[1].recv(1).toString()).toBe('x')
    expect(await worker.terminate()).toBe(1)
  })
})
