/** `berkeley ping`: over loopback, by each kind of socket, in a network namespace where it needs one. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { AF_INET, createServer, IPPROTO_ICMP, SOCK_RAW, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { timesOf } from '../../lib/cli/ping/events.js'
import { checksum, echoRequest, hear, meaningOf, versionOf } from '../../lib/cli/ping/icmp.js'
import { cliFile, runCli, startCli } from '../support/cli.js'
import { WHERE_ALL_MAY_PING } from '../support/icmp.js'
import { Program } from '../support/process.js'
import { can, closedPort } from '../support/sockets.js'

function mayOpenRaw(): boolean {
  try {
    socket(AF_INET, SOCK_RAW, IPPROTO_ICMP).close()
    return true
  } catch {
    return false
  }
}
const [unshare = '', ...unshareArgs] = WHERE_ALL_MAY_PING
const hasNamespaces = spawnSync(unshare, [...unshareArgs, 'true']).status === 0
const isRaw = mayOpenRaw()

type Event = { type: string } & Record<string, unknown>
const eventsIn = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)

/** Runs it where everybody may ping, perhaps with who answers in place of the kernel. */
async function inNamespace(args: string[], peer: string[] = []) {
  const ignore =
    peer.length > 0 ? ['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all && exec "$@"', 'sh'] : []
  const command = [...unshareArgs, ...ignore, ...peer, process.execPath, cliFile, 'ping', ...args]
  await using program = new Program(unshare, command).input('')
  return await program.ended()
}

describe('echo requests', () => {
  test.skipIf(!isRaw)('a raw socket, where ping sockets are not allowed [needs CAP_NET_RAW]', async () => {
    const { code, stdout, stderr } = await runCli(['ping', '-c', '3', '-i', '10ms', '127.0.0.1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ping 127\.0\.0\.1 \(127\.0\.0\.1\): 56 bytes of data, by (raw|ping) socket\n/)
    for (const seq of [1, 2, 3]) {
      expect(stdout).toMatch(new RegExp(`^64 bytes from 127\\.0\\.0\\.1: seq=${seq} ttl=64 time=[\\d.]+ \\S+$`, 'm'))
    }
    expect(stdout).toMatch(/^127\.0\.0\.1: 3 sent, 3 received, 0 % lost\nmin\/mean\/median\/p99\/max\/stddev: /m)
  })

  test.skipIf(!isRaw || !can.bindIPv6)('over IPv6 [needs CAP_NET_RAW, IPv6]', async () => {
    const { code, stdout } = await runCli(['ping', '-c', '1', '--json', '-s', '1000', '::1'])
    expect(code).toBe(0)
    expect(eventsIn(stdout)).toMatchObject([
      { type: 'start', address: '::1', size: 1000 },
      { type: 'answer', seq: 1, from: '::1', bytes: 1008, ttl: 64 },
      { type: 'summary', sent: 1, received: 1, loss: 0, duplicates: 0, errors: 0 },
    ])
  })

  test.skipIf(!hasNamespaces)('a ping socket, and an error of the system [needs a network namespace]', async () => {
    const args = ['-c', '2', '-i', '10ms', '--json']
    const well = eventsIn((await inNamespace([...args, '127.0.0.1'])).stdout)
    expect(well).toMatchObject([
      { type: 'start', by: 'ping socket' },
      { type: 'answer', seq: 1, ttl: 64 },
      { type: 'answer', seq: 2 },
      { type: 'summary', sent: 2, received: 2 },
    ])
    const { code, stdout } = await inNamespace([...args, '10.1.1.1'])
    expect(code).toBe(1)
    expect(eventsIn(stdout)).toMatchObject([
      { type: 'start' },
      { type: 'error', seq: 1, code: 'ENETUNREACH', from: null },
      { type: 'error', seq: 2, code: 'ENETUNREACH' },
      { type: 'summary', sent: 2, received: 0, errors: 2, loss: 1, times: null },
    ])
  })

  const peer = (mode: string): string[] => [process.execPath, resolve('test/fixtures/icmp-peer.js'), mode]

  test.skipIf(!hasNamespaces)('a router that lets none through is named [needs a network namespace]', async () => {
    const { code, stdout } = await inNamespace(['-c', '1', '--json', '127.0.0.1'], peer('exceeded'))
    expect(eventsIn(stdout)).toMatchObject([
      { type: 'start' },
      { type: 'error', seq: 1, code: 'EHOSTUNREACH', reason: 'Time to live exceeded', from: '127.0.0.1' },
      { type: 'summary', received: 0, errors: 1 },
    ])
    expect(code).toBe(1)
  })

  test.skipIf(!hasNamespaces)('a second answer is a duplicate [needs a network namespace]', async () => {
    // The second request keeps it listening.
    const { stdout } = await inNamespace(['-c', '2', '-i', '0.2', '--json', '127.0.0.1'], peer('twice'))
    const types = eventsIn(stdout).map(({ type, seq }) => `${type} ${seq ?? ''}`)
    expect(types.slice(0, 3)).toEqual(['start ', 'answer 1', 'duplicate 1'])
    expect(eventsIn(stdout).at(-1)).toMatchObject({ type: 'summary', sent: 2, received: 2 })
  })

  test.skipIf(!hasNamespaces)('no answer is told, once its time is over [needs a network namespace]', async () => {
    const silent = ['sh', '-c', 'exec "$@"', 'sh']
    const { code, stdout } = await inNamespace(['-c', '1', '-W', '50ms', '--json', '127.0.0.1'], silent)
    expect(eventsIn(stdout).map(({ type }) => type)).toEqual(['start', 'timeout', 'summary'])
    expect(code).toBe(1)
  })
})

test.skipIf(!hasNamespaces)('many requests may be under way at once [needs a network namespace]', async () => {
  const silent = ['sh', '-c', 'exec "$@"', 'sh']
  const { code, stdout, stderr } = await inNamespace(['-c', '30', '-i', '1ms', '-W', '200ms', '127.0.0.1'], silent)
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout.match(/^no answer: seq=\d+$/gm)).toHaveLength(30)
})

describe('connections', () => {
  test('one that is accepted and one that is refused are answers', async () => {
    using listener = createServer(['127.0.0.1', 0])
    const port = listener.getsockname()[1]
    const { code, stdout } = await runCli(['ping', '--tcp', `${port}`, '-c', '2', '-i', '0', '--json', '127.0.0.1'])
    expect(code).toBe(0)
    expect(eventsIn(stdout)).toMatchObject([
      { type: 'start', by: `tcp port ${port}` },
      { type: 'answer', seq: 1, kind: 'open' },
      { type: 'answer', seq: 2, kind: 'open' },
      { type: 'summary', received: 2 },
    ])
    const refused = await runCli(['ping', '--tcp', `${closedPort()}`, '-c', '1', '127.0.0.1'])
    expect(refused).toMatchObject({ code: 0, stderr: '' })
    expect(refused.stdout).toMatch(/^refused by 127\.0\.0\.1 port \d+: seq=1 time=/m)
  })

  test('Ctrl-C ends it with the summary', async () => {
    await using program = startCli(['ping', '--tcp', `${closedPort()}`, '-i', '10ms', '127.0.0.1'])
    await program.printed(/seq=2/)
    program.signal('SIGINT')
    const { code, stdout } = await program.ended()
    expect(code).toBe(0)
    expect(stdout).toMatch(/127\.0\.0\.1: (\d+) sent, \d+ received, /)
  })
})

describe('what is asked wrongly', () => {
  test.each([
    [['ping'], "missing required argument 'host'"],
    [['ping', '-s', '65508', '127.0.0.1'], '--size 65508: a request has at most 65507 bytes of data'],
    [['ping', '-4', '-6', '127.0.0.1'], '-4 and -6 exclude each other'],
    [['ping', ''], 'HOST "": it takes a name or an address'],
    [['ping', '[]'], 'HOST "[]": it takes a name or an address'],
    [['ping', '-W', '0', '127.0.0.1'], "argument '0' is invalid. It takes a time above 0"],
    [['ping', '-W', '25d', '127.0.0.1'], "argument '25d' is invalid. It takes at most 24 days"],
    [
      ['ping', '--tcp', 'a b', '127.0.0.1'],
      '--tcp "a b": a port is a number from 0 to 65535, or the name of a service',
    ],
    [['ping', '--tcp', '65536', '127.0.0.1'], '--tcp "65536": a port is a number from 0 to 65535'],
    [['ping', '-c', 'many', '127.0.0.1'], 'It takes a whole number from 1.'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  test('a name that nobody has', async () => {
    const { code, stderr } = await runCli(['ping', '--tcp', '1', '-c', '1', 'no such host'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^berkeley: no such host: /)
  })
})

describe('the parts', () => {
  const [four, six] = [versionOf(2), versionOf(10)]

  test('a request has a correct checksum, and is heard as nothing', () => {
    const request = echoRequest(8, 0x1234, 0x10001, 3)
    expect(checksum(request)).toBe(0)
    expect(request.readUInt16BE(6)).toBe(1)
    expect(hear(request, four, 0x1234)).toBeUndefined()
  })

  test('answers and errors of this id only, whole ones only', () => {
    const reply = echoRequest(0, 7, 3, 8)
    expect(hear(reply, four, 7)).toEqual({ sequence: 3, bytes: 16 })
    expect(hear(reply, four, 8)).toBeUndefined()
    expect(hear(reply.subarray(0, 7), four, 7)).toBeUndefined()
    const header = Buffer.alloc(20, 0)
    header[0] = 0x45
    expect(hear(Buffer.concat([header, reply]), four, 7)).toEqual({ sequence: 3, bytes: 16 })
    const error = Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), header, echoRequest(8, 7, 5, 0)])
    expect(hear(error, four, 7)).toMatchObject({ sequence: 5, error: { type: 3, code: 3 } })
    expect(hear(error.subarray(0, -1), four, 7)).toBeUndefined()
    expect(hear(Buffer.alloc(0), four, 7)).toBeUndefined()
    const packet = Buffer.alloc(40, 0)
    const exceeded = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), packet, echoRequest(128, 7, 6, 0)])
    expect(hear(exceeded, six, 7)).toMatchObject({ sequence: 6, error: { type: 3, code: 0 } })
    // Too big on its way, of a request that had been fragmented before.
    const fragment = Buffer.concat([packet, Buffer.alloc(8, 0)])
    fragment[6] = 44
    const tooBig = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 5, 0]), fragment, echoRequest(128, 7, 9, 0)])
    expect(hear(tooBig, six, 7)).toMatchObject({ sequence: 9, error: { type: 2, code: 0 } })
  })

  test('errors have the codes of the kernel', () => {
    expect(meaningOf(four, 3, 0).code).toBe('ENETUNREACH')
    expect(meaningOf(four, 3, 3).code).toBe('ECONNREFUSED')
    expect(meaningOf(four, 3, 13)).toEqual({ code: 'EHOSTUNREACH', reason: 'Administratively prohibited' })
    expect(meaningOf(four, 3, 4)).toEqual({ code: 'EMSGSIZE', reason: 'Packet too big' })
    expect(meaningOf(four, 3, 9).code).toBe('ENETUNREACH')
    expect(meaningOf(four, 3, 99).code).toBe('EHOSTUNREACH')
    expect(meaningOf(four, 12, 0)).toEqual({ code: 'EPROTO', reason: 'Parameter problem' })
    expect(meaningOf(six, 1, 4).code).toBe('ECONNREFUSED')
    expect(meaningOf(six, 1, 1)).toEqual({ code: 'EACCES', reason: 'Administratively prohibited' })
    expect(meaningOf(six, 2, 0)).toEqual({ code: 'EMSGSIZE', reason: 'Packet too big' })
    expect(meaningOf(four, 11, 0)).toEqual({ code: 'EHOSTUNREACH', reason: 'Time to live exceeded' })
    expect(meaningOf(six, 3, 0).reason).toBe('Time to live exceeded')
  })

  test('times: nearest ranks', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(timesOf(hundred)).toMatchObject({ min: 1, mean: 50.5, median: 50, p99: 99, max: 100 })
    expect(timesOf([2, 4])?.deviation).toBe(1)
    expect(timesOf([])).toBeNull()
  })
})
