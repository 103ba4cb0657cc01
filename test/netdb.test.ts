import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import {
  gethostname,
  getprotobyname,
  getservbyname,
  getservbyport,
  IPPROTO_ICMP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  sethostname,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { differences, hasPython } from './support/python.js'
import { thrown } from './support/sockets.js'

/** The services that this machine has, as `[name, port, proto]`. */
function services(): [string, number, string][] {
  const found: [string, number, string][] = []
  for (const line of readFileSync('/etc/services', 'utf8').split('\n')) {
    const [, name, port, proto] = /^([\w.-]+)\s+(\d+)\/(\w+)/.exec(line) ?? []
    if (name && port && proto) found.push([name, Number(port), proto])
  }
  return found
}

function hasServices(): boolean {
  try {
    return services().length > 0
  } catch {
    return false
  }
}

describe('services', () => {
  test.skipIf(!hasServices() || !hasPython)('are those of CPython [needs python3, /etc/services]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const [name, port, proto] of services().slice(0, 60)) {
      calls[`socket.getservbyname('${name}')`] = () => getservbyname(name)
      calls[`socket.getservbyname('${name}', '${proto}')`] = () => getservbyname(name, proto)
      calls[`socket.getservbyport(${port})`] = () => getservbyport(port)
      calls[`socket.getservbyport(${port}, '${proto}')`] = () => getservbyport(port, proto)
    }
    expect(differences(calls)).toEqual({})
  })

  test.skipIf(!hasPython)('unknown ones fail as in CPython [needs python3]', () => {
    expect(
      differences({
        "socket.getservbyname('nonexistent')": () => getservbyname('nonexistent'),
        "socket.getservbyname('')": () => getservbyname(''),
        "socket.getservbyname('80')": () => getservbyname('80'),
        "socket.getservbyname('http', 'nonexistent')": () => getservbyname('http', 'nonexistent'),
        "socket.getservbyname('http', '')": () => getservbyname('http', ''),
        'socket.getservbyport(0)': () => getservbyport(0),
        'socket.getservbyport(65535)': () => getservbyport(65535),
        'socket.getservbyport(65536)': () => getservbyport(65536),
        'socket.getservbyport(-1)': () => getservbyport(-1),
        "socket.getservbyport(80, 'nonexistent')": () => getservbyport(80, 'nonexistent'),
      }),
    ).toEqual({})
  })

  test('an unknown one is ENOENT', () => {
    expect(thrown(() => getservbyname('nonexistent'))).toMatchObject({
      name: 'SocketError',
      code: 'ENOENT',
      syscall: 'getservbyname',
      address: 'nonexistent',
    })
    expect(thrown(() => getservbyport(65535, 'tcp'))).toMatchObject({ code: 'ENOENT', syscall: 'getservbyport' })
  })

  test('other types and ranges are refused', () => {
    expect(thrown(() => getservbyname(80 as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => getservbyname('http', null as unknown as string))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    })
    expect(thrown(() => getservbyname('http\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(thrown(() => getservbyname('http', 'tcp\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(thrown(() => getservbyport('80' as unknown as number))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    for (const port of [-1, 65536, 80.5, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => getservbyport(port))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    }
  })
})

describe('protocols', () => {
  test.skipIf(!hasPython)('are those of CPython [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const name of ['ip', 'icmp', 'tcp', 'udp', 'ipv6', 'ipv6-icmp', 'TCP', 'sctp', 'nonexistent', '', '6']) {
      calls[`socket.getprotobyname('${name}')`] = () => getprotobyname(name)
    }
    expect(differences(calls)).toEqual({})
  })

  test('have the numbers of the constants', () => {
    expect(getprotobyname('tcp')).toBe(IPPROTO_TCP)
    expect(getprotobyname('udp')).toBe(IPPROTO_UDP)
    expect(getprotobyname('icmp')).toBe(IPPROTO_ICMP)
  })

  test('an unknown one is ENOENT; other types are refused', () => {
    expect(thrown(() => getprotobyname('nonexistent'))).toMatchObject({ code: 'ENOENT', syscall: 'getprotobyname' })
    expect(thrown(() => getprotobyname(6 as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(thrown(() => getprotobyname('tcp\0'))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
  })
})

/** Runs code in a process whose host name is its own. */
function inOwnNames(code: string): { status: number | null; stdout: string; stderr: string } {
  const entry = new URL('../dist/index.js', import.meta.url).href
  const source = `import * as berkeley from '${entry}'\n${code}`
  return spawnSync('unshare', ['-u', process.execPath, '--input-type=module', '-e', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  })
}

const canUnshareNames = spawnSync('unshare', ['-u', 'true']).status === 0

describe("this machine's name", () => {
  test('is what Node says', () => {
    expect(gethostname()).toBe(hostname())
  })

  test.skipIf(!canUnshareNames)('can be set [needs root and unshare(1)]', () => {
    const { stdout, stderr } = inOwnNames(`
      const names = []
      for (const name of ['renamed', Buffer.from('again'), 'ünïcode', 'x'.repeat(64)]) {
        berkeley.sethostname(name)
        names.push(berkeley.gethostname())
      }
      let code
      try { berkeley.sethostname('x'.repeat(65)) } catch (error) { code = error.code }
      console.log(JSON.stringify([...names, code]))`)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(['renamed', 'again', 'ünïcode', 'x'.repeat(64), 'EINVAL'])
    expect(gethostname()).toBe(hostname())
  })

  test.skipIf(process.getuid?.() === 0)('cannot be set without the privilege [needs another user than root]', () => {
    expect(thrown(() => sethostname(gethostname()))).toMatchObject({ code: 'EPERM', syscall: 'sethostname' })
  })

  test('is a string or bytes', () => {
    for (const name of [1, null, undefined, {}]) {
      expect(thrown(() => sethostname(name as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
  })
})
