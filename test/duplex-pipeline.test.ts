/** Streams over sockets among other streams: pipelines, transforms, loops, web streams, and a gibibyte with flat memory. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { SHUT_WR } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { openStream, openStreams, readAll, settle } from './support/streams.js'

const KIB = 1024
const MIB = 1024 * KIB

/** So many bytes, all different from their neighbours, in chunks of the same memory. */
function* numbers(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * KIB)
  for (let i = 0; i < chunk.length; i++) chunk[i] = i % 251
  for (let rest = size; rest > 0; rest -= chunk.length) yield chunk
}

describe('a pipeline', () => {
  test.each([
    ['tcp', 1024],
    ['unix', 256],
  ] as const)('over %s moves %d MiB with flat memory', { timeout: 120_000 }, async (kind, mebibytes) => {
    // A sanitizer is slow, and keeps what was freed.
    const isSanitized = process.env.ASAN_OPTIONS !== undefined
    const size = (isSanitized ? 64 : mebibytes) * MIB
    using ends = openStreams(kind)
    let received = 0
    let wrong = 0
    let start = 0
    let most = 0
    const sink = new Writable({
      highWaterMark: 64 * KIB,
      write(chunk: Buffer, _, callback) {
        const place = received % (64 * KIB)
        if (chunk[0] !== place % 251) wrong++
        received += chunk.length
        const now = process.memoryUsage.rss()
        // The first part is what the pools of the engine and of Node take.
        if (received < size / 8) start = Math.max(start, now)
        else most = Math.max(most, now)
        callback()
      },
    })
    const source = Readable.from(numbers(size), { objectMode: false, highWaterMark: 64 * KIB })
    await Promise.all([pipeline(source, ends.near), pipeline(ends.far, sink)])
    expect([received, wrong]).toEqual([size, 0])
    expect([ends.near.bytesWritten, ends.far.bytesRead]).toEqual([size, size])
    if (!isSanitized) expect(most - start).toBeLessThan(64 * MIB)
  })

  test('sends through a compressor and a cipher of the user’s own, and back', async () => {
    using ends = openStreams('tcp')
    const flip = () =>
      new Transform({
        transform: (chunk: Buffer, _, callback) => callback(null, chunk.map((byte) => byte ^ 0x55) as Buffer),
      })
    const data = Buffer.concat([Buffer.alloc(MIB, 'compresses well'), randomBytes(MIB)])
    const received = new PassThrough()
    const all = buffer(received)
    await Promise.all([
      pipeline(Readable.from([data]), createGzip(), flip(), ends.near),
      pipeline(ends.far, flip(), createGunzip(), received),
    ])
    expect((await all).equals(data)).toBe(true)
    expect(ends.far.bytesRead).toBeLessThan(data.length * 0.7)
  })

  test('echoes, and closes both streams when all is said', async () => {
    using ends = openStreams('unix')
    const { near, far } = ends
    const echo = pipeline(far, far)
    const data = randomBytes(3 * MIB)
    near.end(data)
    expect((await readAll(near)).equals(data)).toBe(true)
    await echo
    for (const duplex of [near, far]) if (!duplex.closed) await once(duplex, 'close')
  })

  test('that fails destroys the stream, and the peer sees its end', async () => {
    using ends = openStreams('unix')
    async function* failing() {
      yield 'a part'
      throw new Error('no more')
    }
    const received = text(ends.far)
    await expect(pipeline(failing, ends.near)).rejects.toThrow('no more')
    expect(await received).toBe('a part')
    expect(ends.near.destroyed).toBe(true)
  })

  test('is told where the stream is destroyed, or its peer goes', async () => {
    using ends = openStreams('unix')
    const writing = pipeline(Readable.from(numbers(64 * MIB)), ends.near)
    const reading = pipeline(ends.far, new PassThrough().resume())
    await settle()
    ends.far.destroy()
    await expect(reading).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await expect(writing).rejects.toMatchObject({ name: 'SocketError' })
  })

  test('ends with its signal', async () => {
    using ends = openStreams('unix')
    const controller = new AbortController()
    const reading = pipeline(ends.far, new PassThrough().resume(), { signal: controller.signal })
    await settle()
    controller.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    expect(ends.far.destroyed).toBe(true)
  })
})

describe('a loop over a stream', () => {
  test('gets all of the data, and closes a stream that shall not be half open', async () => {
    using ends = openStream('tcp', { allowHalfOpen: false })
    const data = randomBytes(MIB)
    const sent = ends.peer.sendallAsync(data).then(() => ends.peer.shutdown(SHUT_WR))
    const chunks: Buffer[] = []
    for await (const chunk of ends.duplex) chunks.push(chunk)
    await sent
    expect(Buffer.concat(chunks).equals(data)).toBe(true)
    if (!ends.duplex.closed) await once(ends.duplex, 'close')
    expect(ends.sock.closed).toBe(true)
  })

  test('lets the other direction go on where it is asked to', async () => {
    using ends = openStream('tcp')
    const { duplex, peer } = ends
    peer.sendall('how long is this?')
    peer.shutdown(SHUT_WR)
    let length = 0
    for await (const chunk of duplex.iterator({ destroyOnReturn: false })) length += chunk.length
    duplex.end(String(length))
    expect((await peer.recvAsync(10)).toString()).toBe('17')
  })

  test('gets the error of the connection', async () => {
    using ends = openStream('unix')
    const { duplex, peer } = ends
    duplex.write('unread, so that closing resets')
    await settle()
    peer.close()
    await expect(text(duplex)).rejects.toMatchObject({ code: 'ECONNRESET', syscall: 'recv' })
  })
})

describe('other kinds of streams', () => {
  test('Readable.toWeb and Writable.toWeb make web streams of it', async () => {
    using ends = openStreams('unix')
    const writer = Writable.toWeb(ends.near).getWriter()
    const reader = Readable.toWeb(ends.far).getReader()
    await writer.write('over two bridges')
    const { value } = await reader.read()
    expect(Buffer.from(value).toString()).toBe('over two bridges')
    // Node's bridges end when both directions of what they bridge have ended.
    const closed = writer.close()
    ends.far.end()
    ends.near.resume()
    await closed
    expect(await reader.read()).toMatchObject({ done: true })
  })

  test('Duplex.toWeb does, and Duplex.from composes it', async () => {
    using ends = openStreams('unix')
    const { readable, writable } = Duplex.toWeb(ends.near)
    const shout = new Transform({ transform: (chunk, _, callback) => callback(null, String(chunk).toUpperCase()) })
    ends.far.pipe(shout).pipe(ends.far)
    const writer = writable.getWriter()
    await writer.write(Buffer.from('hello'))
    await writer.close()
    const answers: string[] = []
    for await (const chunk of readable) answers.push(Buffer.from(chunk).toString())
    expect(answers.join('')).toBe('HELLO')
  })

  test('its own methods work on it: map, take, toArray', async () => {
    using ends = openStream('unix')
    const { duplex, peer } = ends
    peer.sendall('1')
    const first = duplex.map((chunk: Buffer) => chunk.length).take(1)
    expect(await first.toArray()).toEqual([1])
  })

  test('finished tells when both directions have ended, and not before', async () => {
    using ends = openStream('unix')
    const { duplex, peer } = ends
    let isFinished = false
    const all = finished(duplex).then(() => {
      isFinished = true
    })
    duplex.resume().end()
    await settle()
    expect(isFinished).toBe(false)
    peer.shutdown(SHUT_WR)
    await all
  })

  test('what is piped into it is the same, bit by bit', async () => {
    using ends = openStreams('tcp')
    const hash = createHash('sha256')
    const data = randomBytes(8 * MIB)
    Readable.from([data]).pipe(ends.near)
    await pipeline(ends.far, hash)
    expect(hash.digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
  })
})
