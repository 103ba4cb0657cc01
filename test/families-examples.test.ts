/** The examples of netlink and packet sockets do what they say. */
import { ifNameindex } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { has } from './support/families.js'
import { runExample, startExample } from './support/process.js'
import { can, udp } from './support/sockets.js'

test.skipIf(!can.linux)('netlink-links.js lists every link [needs Linux]', async () => {
  const { code, stdout, stderr } = await runExample('netlink-links.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const links = [...stdout.matchAll(/^(\d+) (\S+): (?:up|down), MTU \d+, hardware address \S+$/gm)]
  expect(links.map(([, index, name]) => [Number(index), name])).toEqual(ifNameindex())
  expect(stdout).toMatch(/^1 lo: up, MTU \d+, hardware address 00:00:00:00:00:00\n {4}127\.0\.0\.1\/8$/m)
})

describe.skipIf(!has.packet)('packet-capture.js [needs CAP_NET_RAW]', () => {
  test('prints a frame as it goes out and as it comes in, and others beside it', async () => {
    await using capture = startExample('packet-capture.js', ['lo', '1000000'])
    await capture.printed(/^listening on lo$/m)
    using peer = udp()
    const [host, port] = peer.getsockname()
    // Again and again: where others on loopback have filled the queue, a frame is lost.
    const sending = setInterval(() => peer.sendto('hello', [host, port]), 20)
    try {
      for (const direction of ['out', 'in']) {
        const text = `^${direction} 47 bytes, (00:?){6} > (00:?){6}: UDP 127\\.0\\.0\\.1\\.${port} > 127\\.0\\.0\\.1\\.${port}, 5 bytes$`
        await capture.printed(new RegExp(text, 'm'))
      }
    } finally {
      clearInterval(sending)
    }
  })

  test('ends after so many', async () => {
    await using capture = startExample('packet-capture.js', ['lo', '3'])
    await capture.printed(/^listening on lo$/m)
    using peer = udp()
    for (let i = 0; i < 3; i++) peer.sendto('hello', peer.getsockname())
    const { code, stdout, stderr } = await capture.ended()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n').length).toBe(4)
  })

  test('says what is wrong', async () => {
    const unknown = await runExample('packet-capture.js', ['no-such-link'])
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toMatch(/^bind ENODEV no-such-link:3$/m)
    const usage = expect.stringContaining('Usage: node examples/packet-capture.js')
    expect(await runExample('packet-capture.js', ['--help'])).toMatchObject({ code: 0, stdout: usage })
    expect(await runExample('packet-capture.js', ['lo', 'many'])).toMatchObject({ code: 2, stdout: usage })
  })
})
