/**
 * close(2) fails. strace does not let the kernel close the descriptor then, as a kernel would: so whether the call was
 * made again, which could hit what somebody else has opened meanwhile, can be seen.
 */
import assert from 'node:assert/strict'
import { fstatSync } from 'node:fs'
import { close, Socket, socket, socketpair } from 'berkeley'
import { check, code, summary, test } from './support.js'

/** What is no failure of the descriptor's: EINTR, as Linux has closed it by then, and ECONNRESET, which is the peer's. */
const isSilent = code === 'EINTR' || code === 'ECONNRESET'

/** @param {number} fd */
function isOpen(fd) {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

// What reads files when it is first called does so before, as Node ends where it cannot close one.
socketpair().forEach((end) => {
  end.makefile('rb').close()
  end.close()
})

/** Closes it, a second time where it has to. @param {Socket} sock @returns {boolean} whether it had to */
function closeForGood(sock) {
  const fd = sock.fileno()
  try {
    sock.close()
  } catch (error) {
    check(error, 'close')
  }
  const hasFailed = isOpen(fd)
  if (hasFailed) close(fd)
  return hasFailed
}

let hasBegun = false

/** From here on the next close(2) fails. */
function due() {
  for (let i = 0; i < 1000; i++) {
    hasBegun = closeForGood(socket()) || hasBegun
    if (hasBegun) return
  }
  throw new Error('it never failed')
}

/** A close that fails, and is told or not. @param {() => void} call */
function fails(call) {
  due()
  if (isSilent) return call()
  try {
    call()
  } catch (error) {
    return check(error, 'close')
  }
  assert.fail('it was not told')
}

await test('each way to close', async () => {
  /** @type {[name: string, way: (sock: Socket) => void][]} */
  const ways = [
    ['close()', (sock) => sock.close()],
    ['Symbol.dispose', (sock) => sock[Symbol.dispose]()],
    ['close(fd)', (sock) => close(sock.detach())],
    [
      'the last file',
      (sock) => {
        const file = sock.makefile('rb')
        sock.close()
        file.close()
      },
    ],
  ]
  for (const [name, way] of ways) {
    const sock = socket()
    const fd = sock.fileno()
    fails(() => way(sock))
    // Once, and never again.
    assert.ok(isOpen(fd), `${name}: it was called twice`)
    assert.deepEqual([sock.closed, sock.fileno()], [true, -1], name)
    sock.close()
    assert.ok(isOpen(fd), `${name}: a socket that is closed was closed once more`)
    close(fd)
  }

  const [one, other] = socketpair()
  const waiting = one.recvAsync(1)
  const fd = one.fileno()
  fails(() => one.close())
  await assert.rejects(waiting, { code: 'ECANCELED' })
  // The number is free for the next owner.
  const next = Socket.adopt(fd)
  next.send('by another owner')
  assert.equal(String(other.recv(100)), 'by another owner')
  closeForGood(next)
  closeForGood(other)

  // Until strace has no more to do: what looks for descriptors left open closes some itself.
  for (let i = 0, inRow = 0; inRow < 3 && i < 1000; i++) {
    inRow = closeForGood(socket()) ? 0 : inRow + 1
  }
})

summary()
