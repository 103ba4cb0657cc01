/** selectAsync of each selector. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { SocketError, type socketpair } from 'berkeley'
import { DefaultSelector, EVENT_READ, EVENT_WRITE, type Ready } from 'berkeley/selectors'
import { describe, expect, test } from 'vitest'
import { rejection, turns } from './support/promises.js'
import { selectors } from './support/selectors.js'
import { listenTcp, pair } from './support/sockets.js'

describe.each(selectors)('selectAsync of a %s', (_, make) => {
  test('answers what is ready, at once or when it comes', async () => {
    using ends = pair()
    using selector = make()
    const one = selector.register(ends[0], EVENT_READ | EVENT_WRITE, 'one')
    expect(await selector.selectAsync()).toEqual([[one, EVENT_WRITE]])
    const other = selector.modify(ends[0], EVENT_READ)
    setTimeout(() => ends[1].send('x'), 20)
    expect(await selector.selectAsync({ timeout: 10 })).toEqual([[other, EVENT_READ]])
  })

  test('answers nothing after its time; 0 and less is no time', async () => {
    using ends = pair()
    using selector = make()
    const started = performance.now()
    expect(await selector.selectAsync({ timeout: 0.03 })).toEqual([])
    selector.register(ends[0], EVENT_READ)
    expect(await selector.selectAsync({ timeout: 0.03 })).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(59.8)
    expect(await selector.selectAsync({ timeout: 0 })).toEqual([])
    expect(await selector.selectAsync({ timeout: -1 })).toEqual([])
  })

  test('takes its time in the place that select has it in, too', async () => {
    using ends = pair()
    using selector = make()
    const key = selector.register(ends[0], EVENT_READ)
    const started = performance.now()
    expect(await selector.selectAsync(0.03)).toEqual([])
    expect(performance.now() - started).toBeGreaterThanOrEqual(29.9)
    expect(await selector.selectAsync(-1, {})).toEqual([])
    setTimeout(() => ends[1].send('x'), 10)
    expect(await selector.selectAsync(null)).toEqual([[key, EVENT_READ]])
    const signal = AbortSignal.abort(new Error('on purpose'))
    expect(await rejection(selector.selectAsync(0, { signal }))).toBe(signal.reason)
    expect(await rejection(selector.selectAsync(Number.NaN))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    expect(await rejection(selector.selectAsync(0, 5 as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })

  test.each<[string, (selector: ReturnType<typeof make>, one: Socketlike, other: Socketlike) => void]>([
    ['registered', (selector, _, other) => void selector.register(other, EVENT_WRITE)],
    ['modified', (selector, one) => void selector.modify(one, EVENT_WRITE)],
  ])('notices what is %s while it waits', async (_, change) => {
    using ends = pair()
    using selector = make()
    selector.register(ends[0], EVENT_READ)
    const waiting = selector.selectAsync({ timeout: 10 })
    await turns(2)
    change(selector, ends[0], ends[1])
    expect((await waiting).map(([, events]) => events)).toEqual([EVENT_WRITE])
  })

  test('does not answer for what is unregistered while it waits', async () => {
    using ends = pair()
    using others = pair()
    using selector = make()
    selector.register(ends[0], EVENT_READ)
    const key = selector.register(others[0], EVENT_READ)
    const waiting = selector.selectAsync({ timeout: 10 })
    await turns(2)
    selector.unregister(ends[0])
    ends[1].send('x')
    await turns(3)
    others[1].send('x')
    expect(await waiting).toEqual([[key, EVENT_READ]])
  })

  test('is ended by its signal, and by close: ECANCELED while it waits, EBADF after', async () => {
    using ends = pair()
    const selector = make()
    selector.register(ends[0], EVENT_READ)
    const reason = new Error('on purpose')
    expect(await rejection(selector.selectAsync({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    const controller = new AbortController()
    const aborted = selector.selectAsync({ signal: controller.signal })
    const waiting = [selector.selectAsync(), selector.selectAsync({ timeout: 10 })]
    await turns(2)
    controller.abort(reason)
    expect(await rejection(aborted)).toBe(reason)
    selector.close()
    for (const one of waiting) {
      const error = await rejection(one)
      expect(error).toBeInstanceOf(SocketError)
      expect(error).toMatchObject({ code: 'ECANCELED' })
    }
    expect(await rejection(selector.selectAsync())).toMatchObject({ code: 'EBADF' })
  })

  test('rejects bad options, it does not throw', async () => {
    using selector = make()
    for (const bad of ['1', true, { timeout: 'x' }, { signal: {} }]) {
      expect(await rejection(selector.selectAsync(bad as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    expect(await rejection(selector.selectAsync({ timeout: Number.NaN }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })

  test('gives others their turn though it is answered at once for ever', async () => {
    using ends = pair()
    using selector = make()
    selector.register(ends[0], EVENT_WRITE)
    let ticked = false
    setTimeout(() => {
      ticked = true
    }, 1)
    while (!ticked) expect(await selector.selectAsync()).toHaveLength(1)
  })
})

type Socketlike = ReturnType<typeof socketpair>[0]

/** What a client of `node:net` gets back for what it sends. */
async function echoed(client: Socket, sent: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = []
  client.on('data', (chunk) => chunks.push(chunk))
  client.end(sent)
  await once(client, 'end')
  return Buffer.concat(chunks)
}

test('an echo server of one selector serves many clients of node:net, every byte of theirs', async () => {
  using listener = listenTcp()
  using selector = new DefaultSelector<((ready: Ready[1]) => void) | null>()
  listener.setblocking(false)
  selector.register(listener, EVENT_READ, () => {
    const [conn] = listener.accept()
    conn.setblocking(false)
    let rest: Buffer = Buffer.alloc(0)
    selector.register(conn, EVENT_READ, (events) => {
      if (events & EVENT_READ) {
        rest = conn.recv(65_536)
        if (rest.length === 0) {
          selector.unregister(conn)
          conn.close()
          return
        }
      }
      rest = rest.subarray(conn.send(rest))
      const key = selector.getKey(conn)
      selector.modify(conn, rest.length > 0 ? EVENT_WRITE : EVENT_READ, key.data)
    })
  })
  const [host, port] = listener.getsockname()
  const sent = Array.from({ length: 40 }, (_, i) => Buffer.alloc(100_000 + i, `${i},`))
  let isDone = false
  const clients = Promise.all(sent.map((data) => echoed(createConnection({ host, port }), data)))
  const all = clients.finally(() => {
    isDone = true
    // So that the selector's last wait ends.
    createConnection({ host, port }).end()
  })
  while (!isDone) for (const [key, events] of await selector.selectAsync()) key.data?.(events)
  const received = await all
  received.forEach((data, index) => {
    expect(data.equals(sent[index] as Buffer)).toBe(true)
  })
  for (const key of [...(selector.getMap()?.values() ?? [])]) {
    if (key.fileobj !== listener) (key.fileobj as Socketlike).close()
  }
})
