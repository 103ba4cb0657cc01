/** toDuplex: data both ways, back-pressure, and what the end of one direction means for the other. */
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { MSG_DONTWAIT, MSG_PEEK, SHUT_WR, SOCK_STREAM, type Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { openDuplex } from '../dist/duplex.js'
import type { StreamSource } from '../lib/stream-source.js'
import { listenTcp } from './support/sockets.js'
import { eventsOf, fill, openStream, receive, receiveAll, settle } from './support/streams.js'

const KIB = 1024
const MIB = 1024 * KIB

describe.each(['tcp', 'unix'] as const)('a stream over a %s socket', (kind) => {
  test('reads what the socket had received before, and what comes then, to the end', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    peer.sendall('before')
    await settle()
    const all = buffer(duplex)
    peer.sendall(' and after')
    peer.shutdown(SHUT_WR)
    expect((await all).toString()).toBe('before and after')
    expect(duplex.bytesRead).toBe('before and after'.length)
    expect(duplex.readableEnded).toBe(true)
  })

  test('receives nothing before somebody reads', async () => {
    using ends = openStream(kind)
    const { duplex, sock, peer } = ends
    peer.sendall('hello')
    await settle()
    expect(sock.recv(100, MSG_PEEK | MSG_DONTWAIT).toString()).toBe('hello')
    expect((await once(duplex, 'data')).toString()).toBe('hello')
  })

  test('writes strings in their encodings, and any bytes', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    duplex.write('ä')
    duplex.write('c3b6', 'hex')
    duplex.write(Buffer.from('ü'))
    duplex.write('')
    duplex.end(new Uint8Array([33]))
    expect((await receiveAll(peer)).toString()).toBe('äöü!')
    expect(duplex.bytesWritten).toBe(7)
  })

  test('decodes what it reads where it is told to', async () => {
    using ends = openStream(kind)
    ends.duplex.setEncoding('utf8')
    const [first, second] = [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)]
    ends.peer.sendall(first)
    const text = once(ends.duplex, 'data')
    await settle()
    ends.peer.sendall(second)
    expect(await text).toEqual(['ä'])
  })

  test('keeps the bytes of many chunks of every size in order', async () => {
    using ends = openStream(kind)
    const chunks = Array.from({ length: 300 }, (_, i) => Buffer.alloc((i * 7919) % (40 * KIB), i))
    const all = Buffer.concat(chunks)
    const received = receiveAll(ends.peer)
    for (const chunk of chunks) if (!ends.duplex.write(chunk)) await once(ends.duplex, 'drain')
    ends.duplex.end()
    expect((await received).equals(all)).toBe(true)
    expect(ends.duplex.bytesWritten).toBe(all.length)
  })

  test('makes a fast sender wait while nobody reads, and loses nothing', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    duplex.read(0)
    let sent = fill(peer)
    // What the stream itself takes, once, may be replaced.
    await once(duplex, 'readable')
    for (let more = 1; more > 0; sent += more) {
      await settle()
      more = fill(peer)
    }
    expect(duplex.readableLength).toBeGreaterThan(0)
    expect(duplex.readableLength).toBeLessThanOrEqual(128 * KIB)
    expect(duplex.bytesRead).toBe(duplex.readableLength)
    const all = buffer(duplex)
    await peer.sendallAsync('the end')
    peer.shutdown(SHUT_WR)
    const data = await all
    expect(data.length).toBe(sent + 'the end'.length)
    expect(data.subarray(-7).toString()).toBe('the end')
  })

  test('makes a fast writer wait until the peer reads', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    const chunk = Buffer.alloc(16 * MIB, 'x')
    const events: string[] = []
    duplex.on('drain', () => events.push('drain'))
    expect(duplex.write(chunk, () => events.push('written'))).toBe(false)
    await settle()
    expect(events).toEqual([])
    expect(duplex.writableNeedDrain).toBe(true)
    expect(duplex.bytesWritten).toBeLessThan(chunk.length)
    const drained = once(duplex, 'drain')
    expect((await receive(peer, chunk.length)).equals(chunk)).toBe(true)
    await drained
    await settle()
    expect(events.sort()).toEqual(['drain', 'written'])
    expect(duplex.bytesWritten).toBe(chunk.length)
  })

  test('ends its own direction, and goes on reading', async () => {
    using ends = openStream(kind)
    const { duplex, peer, sock } = ends
    const events = eventsOf(duplex)
    duplex.end('question')
    expect((await receiveAll(peer)).toString()).toBe('question')
    await settle()
    expect(events).toEqual(['finish'])
    const answer = buffer(duplex)
    peer.sendall('answer')
    peer.shutdown(SHUT_WR)
    expect((await answer).toString()).toBe('answer')
    await settle()
    expect(events).toEqual(['finish', 'end', 'close'])
    expect([sock.closed, sock.fileno()]).toEqual([true, -1])
  })

  test('goes on writing when the peer has ended its direction', async () => {
    using ends = openStream(kind)
    const { duplex, peer, sock } = ends
    const events = eventsOf(duplex)
    peer.shutdown(SHUT_WR)
    await once(duplex.resume(), 'end')
    await settle()
    expect([duplex.writable, sock.closed]).toEqual([true, false])
    duplex.write('still ')
    expect((await peer.recvAsync(100)).toString()).toBe('still ')
    duplex.end('here')
    expect((await receiveAll(peer)).toString()).toBe('here')
    await settle()
    expect(events).toEqual(['end', 'finish', 'close'])
    expect(sock.closed).toBe(true)
  })

  test('ends itself after the peer where half-open connections are not wanted', async () => {
    using ends = openStream(kind, { allowHalfOpen: false })
    const { duplex, peer, sock } = ends
    const events = eventsOf(duplex)
    duplex.write('last words')
    peer.shutdown(SHUT_WR)
    duplex.resume()
    await once(duplex, 'close')
    expect(events).toEqual(['end', 'finish', 'close'])
    expect(sock.closed).toBe(true)
    expect((await receiveAll(peer)).toString()).toBe('last words')
  })

  test('that was only written to closes when the peer does, though nobody reads', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    duplex.end('for you')
    expect((await receiveAll(peer)).toString()).toBe('for you')
    const closed = once(duplex, 'close')
    peer.close()
    await closed
    expect(duplex.destroyed).toBe(true)
  })

  test('that is ended keeps what the peer says until somebody reads', async () => {
    using ends = openStream(kind)
    const { duplex, peer } = ends
    duplex.end()
    await once(duplex, 'finish')
    peer.sendall('late answer')
    peer.shutdown(SHUT_WR)
    await settle()
    expect(duplex.destroyed).toBe(false)
    expect((await buffer(duplex)).toString()).toBe('late answer')
  })

  test('holds as much as its high-water mark says', async () => {
    using ends = openStream(kind, { highWaterMark: 1000 })
    const { duplex, peer } = ends
    expect([duplex.readableHighWaterMark, duplex.writableHighWaterMark]).toEqual([1000, 1000])
    expect(duplex.write(Buffer.alloc(999))).toBe(true)
    peer.sendall(Buffer.alloc(5000))
    const sizes: number[] = []
    for await (const data of duplex) if (sizes.push(data.length) === 5) break
    expect(sizes).toEqual([1000, 1000, 1000, 1000, 1000])
  })
})

describe('the sends of a stream', () => {
  /** A socket that keeps what it is told to send, until it is told to go on. */
  function recorder() {
    const sent: { data: Uint8Array; flags: number | undefined }[] = []
    let next: () => void = () => {}
    const source = {
      family: 1,
      type: SOCK_STREAM,
      closed: false,
      sendallAsync(data: Uint8Array, { flags }: { flags?: number }) {
        sent.push({ data, flags })
        return new Promise<void>((resolve) => {
          next = resolve
        })
      },
      close() {},
    }
    return { duplex: openDuplex(source as unknown as StreamSource), sent, goOn: () => next() }
  }

  test('of corked chunks are one', async () => {
    const { duplex, sent } = recorder()
    duplex.cork()
    for (const text of ['GET / HTTP/1.1\r\n', 'Host: localhost\r\n', '\r\n']) duplex.write(text)
    duplex.uncork()
    expect(sent.map(({ data }) => data.toString())).toEqual(['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'])
    expect(sent[0]?.flags).toBeUndefined()
  })

  test('of chunks that wait are few, and the next begins when the last is done', async () => {
    const { duplex, sent, goOn } = recorder()
    const large = Buffer.alloc(50 * KIB)
    for (const data of ['a', 'b', 'c', large, 'd', 'e']) duplex.write(data)
    const parts: (string | Uint8Array)[] = []
    for (let count = 1; count <= 4; count++) {
      expect(sent).toHaveLength(count)
      const { data } = sent[count - 1] as { data: Uint8Array }
      parts.push(data.length < 10 ? data.toString() : data)
      goOn()
      await settle()
    }
    expect(parts).toEqual(['a', 'bc', large, 'de'])
    expect(sent).toHaveLength(4)
    // No copy.
    expect(parts[2]).toBe(large)
    expect(sent.map(({ flags }) => flags !== undefined && flags > 0)).toEqual([
      false,
      process.platform === 'linux',
      process.platform === 'linux',
      false,
    ])
  })
})

test('a stream may be made while its socket connects', async () => {
  using listener = listenTcp()
  using sock = socket()
  const connected = sock.connectAsync(listener.getsockname())
  const duplex = sock.toDuplex()
  duplex.end('early')
  const answer = buffer(duplex)
  const [conn] = await listener.acceptAsync()
  await connected
  expect((await receiveAll(conn)).toString()).toBe('early')
  conn.sendall('not too early')
  conn.close()
  expect((await answer).toString()).toBe('not too early')
})

test('what other calls wait for on the same socket is theirs', async () => {
  using ends = openStream('unix')
  const { duplex, sock, peer }: { duplex: NodeJS.ReadWriteStream; sock: Socket; peer: Socket } = ends
  const mine = sock.recvAsync(4)
  const streams = once(duplex, 'data')
  await peer.sendallAsync('mineyours')
  expect((await mine).toString()).toBe('mine')
  expect(String((await streams)[0])).toBe('yours')
})
