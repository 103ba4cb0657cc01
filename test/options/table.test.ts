/** Every option of the table: set by name, read by name, and seen by CPython on the same descriptor. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Socket } from 'berkeley'
import { beforeAll, describe, expect, test } from 'vitest'
import { connectionInfo, tcpInfo } from '../../lib/options/tcp-info.js'
import { optionTable } from '../../lib/options.js'
import { hasPython } from '../support/python.js'
import { can, thrown } from '../support/sockets.js'
import { type Case, cases, type Need, udpLite } from './cases.js'

const machine: Readonly<Record<Need, boolean>> = {
  root: process.getuid?.() === 0,
  bindIPv6: can.bindIPv6,
  udpLite: opens(udpLite),
  interface: networkInterfaces().lo?.[0]?.address === '127.0.0.1',
}

function opens(make: () => Socket): boolean {
  try {
    make().close()
    return true
  } catch {
    return false
  }
}

const missing = ({ needs = [] }: Case): Need[] => needs.filter((need) => !machine[need])
const named = (list: readonly Case[]) => list.map((one) => [`${one.name} = ${String(one.value)}`, one] as const)
const able = cases.filter((one) => missing(one).length === 0)
const unable = cases.filter((one) => missing(one).length > 0)

describe.skipIf(!can.linux)('each option [needs Linux]', () => {
  test.each(named(able))('%s is read back', (_, { name, make, value, answer = value }) => {
    using sock = make()
    const before = sock.getOption(name)
    expect(before).not.toEqual(answer)
    sock.setOption(name, value as never)
    expect(sock.getOption(name)).toEqual(answer)
    // What was read first can be set again: the forms are the same both ways. (SO_RCVBUF doubles, TCP has minima.)
    if (answer !== value || name === 'maxSegmentSize' || name === 'congestionControl') return
    sock.setOption(name, before as never)
    expect(sock.getOption(name)).toEqual(before)
  })

  test.skip.each(named(unable))('%s [needs another machine]', () => {})
})

describe.skipIf(!can.linux || !hasPython)('CPython sees what was set [needs Linux, python3]', () => {
  let seen: unknown[] = []
  beforeAll(() => {
    const socks = able.map(({ make }) => make())
    try {
      for (const [index, { name, value }] of able.entries()) socks[index]?.setOption(name, value as never)
      const code = `
import json, socket, struct, sys
def see(index, expression):
    s = socket.socket(fileno=index + 3)
    return eval(expression)
print(json.dumps([see(*one) for one in enumerate(json.load(sys.stdin))]))`
      const child = spawnSync('python3', ['-c', code], {
        input: JSON.stringify(able.map(({ python }) => python)),
        stdio: ['pipe', 'pipe', 'inherit', ...socks.map((sock) => sock.fileno())],
        encoding: 'utf8',
      })
      seen = JSON.parse(child.stdout) as unknown[]
    } finally {
      for (const sock of socks) sock.close()
    }
  })

  test.each(able.map((one, index) => [`${one.name} = ${String(one.value)}`, index, one.seen] as const))(
    '%s',
    (_, index, expected) => {
      expect(seen[index]).toEqual(expected)
    },
  )
})

describe('the table', () => {
  test('has a test for every option of Linux', () => {
    const tested = new Set<string>(cases.map(({ name }) => name))
    // What can only be read or only be set, and has its own tests.
    const others = ['receiveBufferSizeForce', 'sendBufferSizeForce', 'error', 'type', 'domain', 'protocol']
    others.push('accepting', 'cookie', 'tcpInfo', 'mtu')
    const untested = Object.entries(optionTable)
      .filter(([name, { at }]) => at !== null && !tested.has(name) && !others.includes(name))
      .map(([name]) => name)
    expect(untested).toEqual([])
  })

  test('knows which systems have an option', () => {
    const { constants } = listed()
    const where = new Map(constants.map(({ name, linux, macos }) => [name, { linux, macos }]))
    for (const [name, { at, inet6, macos, macosInet6 }] of Object.entries(optionTable)) {
      for (const place of [at, inet6]) if (place) expect.soft(where.get(place[1])?.linux, name).toBe('all')
      const ofMacos = macos === undefined ? [at, inet6] : [macos, macosInet6]
      for (const place of ofMacos) if (place) expect.soft(where.get(place[1])?.macos, name).toBe('all')
      if (macos !== null || !at) continue
      // Only what macOS lacks is kept from it.
      expect.soft(where.get(at[1])?.macos, name).toBe('none')
    }
  })
})

function listed(): { constants: { name: string; linux: string; macos: string }[] } {
  const { stdout } = spawnSync(process.execPath, ['scripts/constants/generate.js', '--list'], { encoding: 'utf8' })
  return JSON.parse(stdout) as ReturnType<typeof listed>
}

test('a name that there is not is told from one that this system lacks', () => {
  using sock = (cases[0] as Case).make()
  const of = (name: string, value: unknown) => thrown(() => sock.setOption(name as 'linger', value as number))
  expect(of('noSuchOption', 1)).toMatchObject({
    code: 'ERR_INVALID_ARG_VALUE',
    message: expect.stringMatching(/"name" must be the name of a socket option.*'noSuchOption'/),
  })
  expect(of('SO_KEEPALIVE', 1).message).toContain("it is called 'keepAlive'")
  expect(of('IPV6_MULTICAST_LOOP', 1).message).toContain("it is called 'multicastLoop'")
  expect(of('nodelay', 1).message).toContain("it is called 'noDelay'")
  expect(of('constructor', 1).code).toBe('ERR_INVALID_ARG_VALUE')
  expect(of('__proto__', 1).code).toBe('ERR_INVALID_ARG_VALUE')
  expect(of(undefined as never, 1).code).toBe('ERR_INVALID_ARG_TYPE')
  const absent = can.linux ? 'noPush' : 'cork'
  const message = new RegExp(`^setsockopt ENOPROTOOPT: '${absent}' is an option of (Linux|macOS), not of this system$`)
  expect(of(absent, true)).toMatchObject({
    name: 'SocketError',
    code: 'ENOPROTOOPT',
    message: expect.stringMatching(message),
  })
  expect(thrown(() => sock.getOption(absent))).toMatchObject({ code: 'ENOPROTOOPT', syscall: 'getsockopt' })
})

test('the guide has the tables as they are here, and every field of TcpInfo', () => {
  const { stderr, status } = spawnSync(process.execPath, ['scripts/option-table.js', '--check'], { encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const guide = readFileSync('docs/options.md', 'utf8')
  const section = guide.slice(guide.indexOf('\n## TcpInfo'), guide.indexOf('\n## Multicast'))
  const fields = new Set([tcpInfo, connectionInfo].flatMap((codec) => Object.keys(codec.decode(Buffer.alloc(600, 1)))))
  expect(fields.size).toBe(74)
  for (const field of fields) expect.soft(section).toContain(`\`${field}\``)
})
