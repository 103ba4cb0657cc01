/** The examples of zero copy: each runs as a child process. */
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { bytesFrom, settles } from './support/async.js'
import { portOf, runExample, startExample } from './support/process.js'
import { closedPort, listenTcp } from './support/sockets.js'

test('zero-copy.js prints what it says', async () => {
  const { code, stdout, stderr } = await runExample('zero-copy.js')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^8388608 bytes received, 0 of them wrong\nblocks .*: 8 of 8 \(over loopback: every one\)\n$/)
})

test('proxy.js passes both directions on, each to its end', async () => {
  using target = listenTcp()
  await using proxy = startExample('proxy.js', ['127.0.0.1', `${target.getsockname()[1]}`, '0'])
  const client = connect({ port: Number(await portOf(proxy)), host: '127.0.0.1', allowHalfOpen: true })
  const [server] = await settles(target.acceptAsync())
  // Our direction ends first, and the other one goes on.
  client.end(bytesFrom(0, 1 << 20))
  const parts: Buffer[] = []
  for await (const part of server) parts.push(part)
  expect(Buffer.concat(parts).equals(bytesFrom(0, 1 << 20))).toBe(true)
  const answer = buffer(client)
  await settles(server.sendallAsync(bytesFrom(9, 3 << 20)))
  server.close()
  expect((await settles(answer)).equals(bytesFrom(9, 3 << 20))).toBe(true)
  await proxy.printed(/^127\.0\.0\.1 port \d+: 1048576 bytes there, 3145728 bytes back$/m)
})

test('proxy.js tells of a target that is not there, and explains itself', async () => {
  await using proxy = startExample('proxy.js', ['127.0.0.1', `${closedPort()}`, '0'])
  const client = connect({ port: Number(await portOf(proxy)), host: '127.0.0.1' })
  expect((await settles(buffer(client))).length).toBe(0)
  await proxy.printed(/: connect ECONNREFUSED 127\.0\.0\.1:\d+$/m)
  const [help, wrong] = [await runExample('proxy.js', ['--help']), await runExample('proxy.js', ['here'])]
  expect([help.code, help.stderr.startsWith('Usage: '), wrong.code]).toEqual([0, true, 2])
})
