/** Web streams over sockets among others: piped, compressed, decoded, bridged to Node's. */
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { SHUT_WR, type Socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { receiveAll, settle } from './support/streams.js'
import { openWeb } from './support/web-streams.js'

const MIB = 1024 * 1024

describe('web streams over sockets', () => {
  test('are piped through, both ways', async () => {
    using one = openWeb('unix')
    const echo = one.readable.pipeThrough(new CompressionStream('gzip')).pipeTo(one.writable)
    const sent = Buffer.alloc(MIB, 'squeeze me')
    const received = new Response(
      Readable.toWeb(Readable.from(receiveChunks(one.peer))).pipeThrough(
        new DecompressionStream('gzip'),
      ) as ReadableStream,
    ).arrayBuffer()
    await one.peer.sendallAsync(sent)
    one.peer.shutdown(SHUT_WR)
    await echo
    expect(Buffer.from(await received).equals(sent)).toBe(true)
    expect(one.sock.closed).toBe(true)
  })

  test('of text decode what comes in parts', async () => {
    using web = openWeb('tcp')
    const lines = web.readable.pipeThrough(new TextDecoderStream())
    const letters = Buffer.from('grün')
    web.peer.sendall(letters.subarray(0, 3))
    await settle()
    web.peer.sendall(letters.subarray(3))
    web.peer.shutdown(SHUT_WR)
    let received = ''
    for await (const part of lines) received += part
    expect(received).toBe('grün')
  })

  test('become streams of Node', async () => {
    using web = openWeb('unix')
    const written = Writable.fromWeb(web.writable as never)
    written.end('over the bridge')
    await once(written, 'close')
    expect((await receiveAll(web.peer)).toString()).toBe('over the bridge')
    web.peer.sendall('and back')
    web.peer.shutdown(SHUT_WR)
    expect(await text(Readable.fromWeb(web.readable as never))).toBe('and back')
    expect(web.sock.closed).toBe(true)
  })

  test('are torn off by a signal', async () => {
    using web = openWeb('unix')
    const controller = new AbortController()
    const piped = web.readable.pipeTo(new WritableStream(), { signal: controller.signal })
    await settle()
    controller.abort()
    await expect(piped).rejects.toMatchObject({ name: 'AbortError' })
    await web.writable.close()
    expect(web.sock.closed).toBe(true)
  })
})

/** What a socket receives, in chunks. */
async function* receiveChunks(sock: Socket): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await sock.recvAsync(65536)
    if (chunk.length === 0) return
    yield chunk
  }
}
