/**
 * What poll(2) calls ready is not: every second call answers EAGAIN, as where another process took what was there, or a
 * datagram's checksum was wrong. A call that waits does so on; one that does not tells it.
 */
import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_INET, MessageBatch, MSG_WAITALL, SOCK_DGRAM, SOCK_STREAM, socket } from 'berkeley'
import { check, listenTcp, summary, test, withPair } from './support.js'

for (const timeout of [null, 20]) {
  await test(`accept, timeout ${timeout}`, () => {
    const listener = listenTcp()
    listener.settimeout(timeout)
    for (let i = 0; i < 6; i++) {
      const client = socket(AF_INET)
      client.connect(listener.getsockname())
      const [server] = listener.accept()
      server.close()
      client.close()
    }
    listener.close()
  })

  for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
    await test(`sends and receives, type ${type}, timeout ${timeout}`, () =>
      withPair((one, other) => {
        for (const sock of [one, other]) sock.settimeout(timeout)
        for (let i = 0; i < 6; i++) {
          assert.equal(one.send('send'), 4)
          assert.equal(String(other.recv(100)), 'send')
          one.sendall('sendall')
          assert.equal(String(other.recvfrom(100)[0]), 'sendall')
          assert.equal(one.sendmsg(['send', 'msg']), 7)
          assert.equal(String(other.recvmsg(100)[0]), 'sendmsg')
          const long = Buffer.alloc(20_000, 'm')
          assert.equal(one.sendmsg([long, long]), 40_000)
          assert.equal(other.recv(100_000).length, 40_000)
          one.sendall('whole')
          assert.equal(String(other.recv(5, MSG_WAITALL)), 'whole')
        }
      }, type))
  }

  await test(`batches, timeout ${timeout}`, () =>
    withPair((one, other) => {
      for (const sock of [one, other]) sock.settimeout(timeout)
      const [out, into] = [new MessageBatch(2, 100), new MessageBatch(2, 100)]
      for (let i = 0; i < 6; i++) {
        out.set(0, 'first')
        out.set(1, 'second')
        assert.equal(one.sendmmsg(out), 2)
        assert.equal(other.recvmmsg(into), 2)
        assert.deepEqual([String(into.data(0)), String(into.data(1))], ['first', 'second'])
      }
    }, SOCK_DGRAM))

  await test(`sendfile, timeout ${timeout}`, () =>
    withPair((one, other) => {
      const folder = mkdtempSync(join(tmpdir(), 'bk-faults-'))
      writeFileSync(join(folder, 'file'), 'of a file')
      const file = openSync(join(folder, 'file'), 'r')
      one.settimeout(timeout)
      for (let i = 0; i < 6; i++) {
        assert.equal(one.sendfile(file, 0, 9), 9)
        assert.equal(String(other.recv(100)), 'of a file')
      }
      closeSync(file)
      rmSync(folder, { recursive: true })
    }))
}

await test('without waiting it is told', () =>
  withPair((one) => {
    one.setblocking(false)
    let told = 0
    for (let i = 0; i < 6; i++) {
      try {
        one.send('x')
      } catch (error) {
        check(error, 'send')
        told++
      }
    }
    assert.equal(told, 3)
  }))

summary()
