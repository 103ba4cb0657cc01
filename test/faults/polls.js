/**
 * poll(2) has no memory: every call that waits says so, loses nothing, and waits the next time. Every second ppoll(2)
 * fails, which is how a part of a millisecond is waited for; each call here makes one, so that failures and what else
 * ends a wait take turns.
 */
import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { AF_INET, MessageBatch, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET, socket } from 'berkeley'
import { poll, select } from 'berkeley/select'
import { DefaultSelector, EVENT_READ, PollSelector, SelectSelector } from 'berkeley/selectors'
import { fill } from '../portable/support/sockets.js'
import { check, listenTcp, summary, test, withPair } from './support.js'

/** @typedef {import('berkeley').Socket} Socket */

let hasFailed = false

/** From here on the next poll fails. */
function due() {
  for (let i = 0; i < 100; i++) {
    try {
      select([], [], [], 0.0005)
      if (hasFailed) return
    } catch (error) {
      check(error, 'select')
      hasFailed = true
    }
  }
  throw new Error('it never failed')
}

/** From here on the next poll does not fail. */
function spared() {
  due()
  check(
    errorOf(() => select([], [], [], 0.0005)),
    'select',
  )
}

/** What a call throws. @param {() => unknown} call */
function errorOf(call) {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/**
 * A call that waits fails, then times out, three times over.
 * @param {string} syscall @param {() => unknown} call
 */
function alternates(syscall, call) {
  due()
  for (let i = 0; i < 3; i++) {
    check(errorOf(call), syscall)
    assert.match(String(errorOf(call)), /^SocketTimeoutError/)
  }
}

/** @type {[string, string, (sock: Socket) => unknown][]} */
const receives = [
  ['recv', 'recv', (sock) => String(sock.recv(100))],
  ['recvInto', 'recv', (sock) => sock.recvInto(new Uint8Array(100))],
  ['recvfrom', 'recvfrom', (sock) => String(sock.recvfrom(100)[0])],
  ['recvmsg', 'recvmsg', (sock) => String(sock.recvmsg(100)[0])],
  ['recvmmsg', 'recvmmsg', (sock) => sock.recvmmsg(new MessageBatch(2, 100))],
]
for (const [name, syscall, receive] of receives) {
  await test(name, () =>
    withPair((one, other) => {
      other.settimeout(0.02)
      alternates(syscall, () => receive(other))
      one.send('here')
      spared()
      assert.ok([4, 1, 'here'].includes(/** @type {string | number} */ (receive(other))))
      other.setblocking(false)
      assert.throws(() => other.recv(1), { code: 'EAGAIN' })
    }, SOCK_DGRAM),
  )
}

/** @type {[string, string, (sock: Socket) => unknown][]} */
const sends = [
  ['send', 'send', (sock) => sock.send('late')],
  ['sendall', 'sendall', (sock) => sock.sendall('late')],
  ['sendmsg', 'sendmsg', (sock) => sock.sendmsg(['la', 'te'])],
  [
    'sendfile',
    'sendfile',
    (sock) => {
      const file = openSync(new URL(import.meta.url), 'r')
      try {
        return sock.sendfile(file, 0, 4)
      } finally {
        closeSync(file)
      }
    },
  ],
]
for (const [name, syscall, send] of sends) {
  await test(name, () =>
    withPair((one, other) => {
      one.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
      one.settimeout(0.02)
      let left = fill(one, 1000)
      alternates(syscall, () => send(one))
      while (left > 0) left -= other.recv(65_536).length
      send(one)
      assert.equal(other.recv(100).length, 4)
    }),
  )
}

await test('accept', () => {
  const listener = listenTcp()
  listener.settimeout(0.02)
  alternates('accept', () => listener.accept())
  const client = socket(AF_INET)
  client.connect(listener.getsockname())
  spared()
  const [server] = listener.accept()
  for (const sock of [server, client, listener]) sock.close()
})

await test('a file', () =>
  withPair((one, other) => {
    other.settimeout(0.02)
    const file = other.makefile('rb')
    due()
    check(
      errorOf(() => file.readline()),
      'recv',
    )
    one.sendall('a line\n')
    assert.equal(String(file.readline()), 'a line\n')
    file.close()
  }))

await test('select, poll and selectors', () =>
  withPair((one, other) => {
    const list = poll()
    list.register(other)
    const selectors = [new SelectSelector(), new PollSelector()]
    for (const selector of selectors) selector.register(other, EVENT_READ)
    /** @type {[string, () => unknown[]][]} */
    const waits = [
      ['select', () => select([other], [], [], 0.02).flat()],
      ['poll', () => list.poll(20).filter(([, events]) => events & 1)],
      ['select', () => /** @type {SelectSelector} */ (selectors[0]).select(0.02)],
      ['poll', () => /** @type {PollSelector} */ (selectors[1]).select(0.02)],
    ]
    list.modify(other, 1)
    for (const [syscall, wait] of waits) {
      due()
      for (let i = 0; i < 3; i++) {
        check(errorOf(wait), syscall)
        assert.deepEqual(wait(), [])
      }
    }
    one.send('x')
    for (const [syscall, wait] of waits) {
      due()
      check(errorOf(wait), syscall)
      assert.equal(wait().length, 1)
    }
    for (const selector of [...selectors, new DefaultSelector()]) selector.close()
  }))

await test('a synchronous call behind an asynchronous one', async () =>
  withPair(async (one, other) => {
    other.settimeout(0.02)
    const early = other.recvAsync(3, { timeout: 10 })
    due()
    check(
      errorOf(() => other.recv(3)),
      'recv',
    )
    one.send('onetwo')
    assert.equal(String(other.recv(3)), 'two')
    assert.equal(String(await early), 'one')
  }))

summary()
