/** toWeb: a byte stream that receives when it is read, a stream that sends, and the socket under both. */
import { MSG_DONTWAIT, MSG_PEEK, SHUT_WR, SO_LINGER, SOL_SOCKET, type WebStreams } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { fill, receive, receiveAll, settle } from './support/streams.js'
import { openWeb, textOf } from './support/web-streams.js'

const KIB = 1024
const MIB = 1024 * KIB

describe.each(['tcp', 'unix'] as const)('web streams over a %s socket', (kind) => {
  test('receive to the end, send, and close the socket when both directions are done', async () => {
    using web = openWeb(kind)
    const { readable, writable, sock, peer } = web
    peer.sendall('from before')
    const writer = writable.getWriter()
    await writer.write('text, ')
    await writer.write(new Uint8Array([98, 121, 116, 101, 115]))
    await writer.write(new DataView(Buffer.from(' and views').buffer, 0, 0))
    await writer.close()
    expect((await receiveAll(peer)).toString()).toBe('text, bytes')
    expect(sock.closed).toBe(false)
    peer.shutdown(SHUT_WR)
    let received = ''
    for await (const chunk of readable) received += textOf(chunk)
    expect(received).toBe('from before')
    expect(sock.closed).toBe(true)
  })

  test('receive nothing before somebody reads, and no more than is read', async () => {
    using web = openWeb(kind)
    const { readable, sock, peer } = web
    peer.sendall('one')
    await settle()
    const peek = () => sock.recv(100, MSG_PEEK | MSG_DONTWAIT).toString()
    expect(peek()).toBe('one')
    const reader = readable.getReader()
    expect(textOf((await reader.read()).value)).toBe('one')
    peer.sendall('two')
    await settle()
    expect(peek()).toBe('two')
  })

  test('receive into the reader’s own buffer', async () => {
    using web = openWeb(kind)
    const { readable, peer } = web
    const reader = readable.getReader({ mode: 'byob' })
    const waiting = reader.read(new Uint8Array(new ArrayBuffer(100), 10, 5))
    await settle()
    peer.sendall('hello, world')
    const { value, done } = await waiting
    expect([textOf(value), done, value?.byteOffset, value?.buffer.byteLength]).toEqual(['hello', false, 10, 100])
    // The same memory once more, and elements of more than one byte.
    const words = await reader.read(new Uint16Array(value?.buffer as ArrayBuffer, 0, 3))
    expect(textOf(words.value)).toBe(', worl')
    peer.shutdown(SHUT_WR)
    expect(textOf((await reader.read(new Uint8Array(10))).value)).toBe('d')
    const last = await reader.read(new Uint8Array(10))
    expect([last.done, last.value?.length]).toEqual([true, 0])
  })

  test('give memory of its own to each chunk, which may be transferred', async () => {
    using web = openWeb(kind)
    const reader = web.readable.getReader()
    const pooled = Buffer.from('in Node’s pool')
    for (const size of [1, 10, 5 * KIB, 40 * KIB, 64 * KIB]) {
      const sent = Buffer.alloc(size, 'abc')
      web.peer.sendall(sent)
      const parts: Uint8Array[] = []
      for (let rest = size; rest > 0; ) {
        const { value } = await reader.read()
        const copy = structuredClone(value as Uint8Array, { transfer: [(value as Uint8Array).buffer as ArrayBuffer] })
        parts.push(copy)
        rest -= copy.length
      }
      expect(Buffer.concat(parts).equals(sent)).toBe(true)
    }
    expect(pooled.toString()).toBe('in Node’s pool')
  })

  test('change from one kind of reader to the other in the middle of a read', async () => {
    using web = openWeb(kind)
    const { readable, peer } = web
    const first = readable.getReader()
    const left = first.read().catch((error: Error) => error.name)
    first.releaseLock()
    expect(await left).toBe('TypeError')
    const second = readable.getReader({ mode: 'byob' })
    const waiting = second.read(new Uint8Array(4))
    peer.sendall('onetwo')
    expect(textOf((await waiting).value)).toBe('onet')
    expect(textOf((await second.read(new Uint8Array(10))).value)).toBe('wo')
    const abandoned = second.read(new Uint8Array(10)).catch((error: Error) => error.name)
    await settle()
    second.releaseLock()
    expect(await abandoned).toBe('TypeError')
    // What the abandoned receive gets is the next reader's.
    peer.sendall('three')
    await settle()
    const third = readable.getReader()
    expect(textOf((await third.read()).value)).toBe('three')
    peer.shutdown(SHUT_WR)
    expect((await third.read()).done).toBe(true)
  })

  test('make a fast sender wait while nobody reads', async () => {
    using web = openWeb(kind)
    const { readable, peer } = web
    let sent = fill(peer)
    for (let more = 1; more > 0; sent += more) {
      await settle()
      more = fill(peer)
    }
    const rest = peer.sendallAsync('the end').then(() => peer.shutdown(SHUT_WR))
    let received = 0
    for await (const chunk of readable) received += chunk.length
    await rest
    expect(received).toBe(sent + 'the end'.length)
  })

  test('make a fast writer wait until the peer reads', async () => {
    using web = openWeb(kind)
    const writer = web.writable.getWriter()
    expect(writer.desiredSize).toBe(1)
    const data = Buffer.alloc(16 * MIB, 'x')
    let isReady = false
    const written = writer.write(data)
    const ready = writer.ready.then(() => {
      isReady = true
    })
    await settle()
    expect([writer.desiredSize, isReady]).toEqual([0, false])
    expect((await receive(web.peer, data.length)).equals(data)).toBe(true)
    await Promise.all([written, ready])
    expect(writer.desiredSize).toBe(1)
  })

  test('go on in the one direction when the other is cancelled', async () => {
    using web = openWeb(kind)
    const { readable, writable, sock, peer } = web
    const reader = readable.getReader()
    const waiting = reader.read()
    await settle()
    await reader.cancel('enough')
    expect(await waiting).toMatchObject({ done: true })
    await settle()
    expect(sock.closed).toBe(false)
    // The direction is shut down, so that nothing waits any more.
    expect((await sock.recvAsync(100)).length).toBe(0)
    const writer = writable.getWriter()
    await writer.write('still sent')
    expect((await peer.recvAsync(100)).toString()).toBe('still sent')
    await writer.close()
    expect((await peer.recvAsync(100)).length).toBe(0)
    expect(sock.closed).toBe(true)
  })

  test('close the socket where the writing half is aborted, even in the middle of a write', async () => {
    using web = openWeb(kind)
    const { readable, writable, sock, peer } = web
    const reader = readable.getReader()
    const waiting = reader.read().catch((error: unknown) => error)
    const writer = writable.getWriter()
    const written = writer.write(Buffer.alloc(64 * MIB)).catch((error: unknown) => error)
    await settle()
    const reason = new Error('enough')
    await writer.abort(reason)
    expect(await written).toBe(reason)
    expect(await waiting).toBe(reason)
    expect(sock.closed).toBe(true)
    expect((await receiveAll(peer)).length).toBeLessThan(64 * MIB)
  })

  test('end with an error where the socket is closed', async () => {
    using web = openWeb(kind)
    const reader = web.readable.getReader()
    const waiting = reader.read()
    const writer = web.writable.getWriter()
    const written = writer.write(Buffer.alloc(64 * MIB))
    await settle()
    web.sock.close()
    for (const end of await Promise.allSettled([waiting, written, writer.closed])) {
      expect(end).toMatchObject({ status: 'rejected', reason: { name: 'SocketError', code: 'ECANCELED' } })
    }
  })

  test('end with an error where it was closed before', async () => {
    for (const use of [
      ({ readable }: WebStreams) => readable.getReader().read(),
      ({ writable }: WebStreams) => writable.getWriter().write('x'),
      ({ writable }: WebStreams) => writable.close(),
    ]) {
      using web = openWeb(kind)
      web.sock.close()
      await expect(use(web)).rejects.toMatchObject({ name: 'SocketError', code: 'EBADF' })
    }
  })

  test('are cancelled in vain where the socket is closed', async () => {
    using web = openWeb(kind)
    web.sock.close()
    await web.readable.cancel()
    await web.writable.abort()
  })

  test('let what had arrived be read when sending fails', async () => {
    using web = openWeb(kind)
    const { readable, writable, sock, peer } = web
    peer.sendall('a reason')
    peer.close()
    const writer = writable.getWriter()
    let error: NodeJS.ErrnoException | undefined
    while (error === undefined) {
      await writer.write('x').catch((reason) => {
        error = reason
      })
      await settle()
    }
    expect(['EPIPE', 'ECONNRESET']).toContain(error.code)
    const reader = readable.getReader()
    expect(textOf((await reader.read()).value)).toBe('a reason')
    // Then the end, or the reset that the write was answered with.
    const { done } = await reader.read().catch(() => ({ done: true }))
    expect([done, sock.closed]).toEqual([true, true])
  })
})

test('a reset is an error of both directions, and closes the socket', async () => {
  using web = openWeb('tcp')
  const reader = web.readable.getReader()
  const waiting = reader.read()
  const writer = web.writable.getWriter()
  await settle()
  web.peer.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from(new Int32Array([1, 0]).buffer))
  web.peer.close()
  await expect(waiting).rejects.toMatchObject({ name: 'SocketError', code: 'ECONNRESET', syscall: 'recv' })
  await expect(writer.closed).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(web.sock.closed).toBe(true)
})

test('a chunk that is no data is an error of both directions, and closes the socket', async () => {
  using web = openWeb('unix')
  const waiting = web.readable.getReader().read()
  await expect(web.writable.getWriter().write(42 as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  expect(web.sock.closed).toBe(true)
})

test('a loop that is left cancels its half', async () => {
  using web = openWeb('unix')
  web.peer.sendall('one')
  for await (const chunk of web.readable) {
    expect(textOf(chunk)).toBe('one')
    break
  }
  expect(web.sock.closed).toBe(false)
  await web.writable.close()
  expect(web.sock.closed).toBe(true)
})

test('the socket’s own timeout does not end its streams', async () => {
  using web = openWeb('unix')
  web.sock.settimeout(0.01)
  const { readable } = web
  const waiting = readable.getReader().read()
  await new Promise((resolve) => setTimeout(resolve, 30))
  web.peer.sendall('late')
  expect(textOf((await waiting).value)).toBe('late')
})
