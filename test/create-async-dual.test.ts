/** createConnectionAsync to hosts with addresses of both families, some of which do not answer, fast or slowly. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { canPreload, startSlowChild } from './support/slow-resolver.js'
import { can } from './support/sockets.js'
import { ended } from './support/worker.js'

const canRun = canPreload && can.bindIPv6

/** What child programs have in scope. */
const SUPPORT = `
  import { readdirSync } from 'node:fs'
  const { AF_INET, AF_INET6, createConnectionAsync, socket } = berkeley
  const print = (value) => writeSync(1, JSON.stringify(value))
  const descriptors = () => readdirSync('/proc/self/fd').length
  const familyOf = (host) => (host.includes(':') ? AF_INET6 : AF_INET)
  const kept = []
  /** Sockets that have one port of all these hosts: until they listen it refuses, and nobody else gets it. */
  const bound = (...hosts) => {
    const sockets = []
    try {
      for (const host of hosts) {
        const sock = socket(familyOf(host))
        sockets.push(sock)
        sock.bind([host, sockets[0].getsockname()[1]])
      }
    } catch (error) {
      for (const sock of sockets) sock.close()
      if (error.code !== 'EADDRINUSE') throw error
      return bound(...hosts)
    }
    kept.push(...sockets)
    return { sockets, port: sockets[0].getsockname()[1] }
  }
  /** Sockets that listen on one port of all these hosts. */
  const listen = (...hosts) => {
    const { sockets, port } = bound(...hosts)
    for (const sock of sockets) sock.listen()
    return port
  }
  /** Makes a socket listen whose queue is full: connecting to it waits. */
  const clog = (server) => {
    server.listen(0)
    for (let i = 0; i < 3; i++) {
      const waiting = socket(server.family)
      waiting.setblocking(false)
      waiting.connect_ex(server.getsockname())
      kept.push(waiting)
    }
  }
  /** How a call ends, how long it takes, and how many descriptors it leaves besides its own. */
  const outcome = async (host, port, options) => {
    const before = descriptors()
    const start = performance.now()
    const told = await createConnectionAsync([host, port], options).then(
      (conn) => {
        const [peer] = conn.getpeername()
        conn.close()
        return peer
      },
      (error) => error.errors?.map(({ code, address }) => code + ' ' + address[0]) ?? error.code ?? error,
    )
    return { told, took: performance.now() - start, left: descriptors() - before }
  }
  // What the engine needs is open from the first wait on.
  await createConnectionAsync(['localhost', 1]).catch(() => {})
`

interface Outcome {
  told: unknown
  took: number
  left: number
}

/** What a child prints whose host \`dual\` has these addresses. */
async function printedBy(ipv6: string, ipv4: string, code: string, wrapper?: readonly string[]): Promise<Outcome[]> {
  const child = startSlowChild(`${SUPPORT}${code}`, { DUAL_IPV6: ipv6, DUAL_IPV4: ipv4 }, wrapper)
  const { stdout, stderr, code: status } = await ended(child)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return JSON.parse(stdout) as Outcome[]
}

/** Expected: an end, after at least so long, which leaves nothing. */
const toldAfter = (told: unknown, ms = 0): unknown => ({
  told,
  took: expect.toSatisfy((took: number) => took >= ms - 1 && took < ms + 5000, `about ${ms} milliseconds`) as unknown,
  left: 0,
})

describe.skipIf(!canRun)('createConnectionAsync [needs Linux, cc and IPv6]', () => {
  test('prefers IPv6, and waits for it if it has to', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1',
      `const port = listen('127.0.0.1', '::1')
      print([
        await outcome('0ms-0ms.dual.invalid', port),
        await outcome('300ms-0ms.dual.invalid', port, { resolutionDelay: 30 }),
        await outcome('0ms-60000ms.dual.invalid', port),
      ])`,
    )
    expect(printed).toEqual([toldAfter('::1'), toldAfter('::1', 300), toldAfter('::1')])
  })

  test('takes IPv4 where IPv6 is late, has none, or is refused', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1',
      `const { port, sockets: [, ipv4] } = bound('::1', '127.0.0.1')
      ipv4.listen()
      const late = await outcome('60000ms-0ms.dual.invalid', port, { resolutionDelay: 0.2 })
      const refused = await outcome('0ms-0ms.dual.invalid', port, { attemptDelay: 60, resolutionDelay: 60 })
      process.env.DUAL_IPV6 = ''
      print([late, refused, await outcome('100ms-0ms.dual.invalid', port, { resolutionDelay: 60 })])`,
    )
    expect(printed).toEqual([toldAfter('127.0.0.1', 200), toldAfter('127.0.0.1'), toldAfter('127.0.0.1', 100)])
  })

  test('goes on after the delay where an address does not answer, in turns', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1,127.0.0.2,127.0.0.3',
      `const { port, sockets: [good, ...silent] } = bound('127.0.0.3', '::1', '127.0.0.1', '127.0.0.2')
      for (const server of silent) clog(server)
      const usual = outcome('0ms-0ms.dual.invalid', port, { timeout: 0.4 })
      const first = await usual
      good.listen()
      print([
        first,
        await outcome('0ms-0ms.dual.invalid', port, { attemptDelay: 0.1 }),
        await outcome('0ms-0ms.dual.invalid', port),
      ])`,
    )
    expect(printed).toEqual([toldAfter('ETIMEDOUT', 400), toldAfter('127.0.0.3', 300), toldAfter('127.0.0.3', 750)])
  })

  test('tells every error in the order of the attempts', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1,127.0.0.2,127.0.0.3',
      `const { port, sockets: [silent] } = bound('127.0.0.1', '::1', '127.0.0.2', '127.0.0.3')
      const all = await outcome('0ms-0ms.dual.invalid', port, { allErrors: true })
      clog(silent)
      const options = { allErrors: true, timeout: 0.3, attemptDelay: 0.01 }
      print([all, await outcome('0ms-0ms.dual.invalid', port, options)])`,
    )
    const ipv4 = ['ECONNREFUSED 127.0.0.1', 'ECONNREFUSED 127.0.0.2', 'ECONNREFUSED 127.0.0.3']
    const refused = ['ECONNREFUSED ::1', 'ECONNREFUSED 127.0.0.2', 'ECONNREFUSED 127.0.0.3']
    expect(printed).toEqual([
      toldAfter(['ECONNREFUSED ::1', ...ipv4]),
      toldAfter([...refused, 'ETIMEDOUT 0ms-0ms.dual.invalid'], 300),
    ])
  })

  test('takes up late addresses when all others have failed', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1',
      `const { port, sockets: [ipv6] } = bound('::1', '127.0.0.1')
      ipv6.listen()
      print([await outcome('400ms-0ms.dual.invalid', port)])`,
    )
    expect(printed).toEqual([toldAfter('::1', 400)])
  })

  test('ends over a look-up, by its timeout or its signal, and the process with it', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1',
      `const controller = new AbortController()
      setTimeout(() => controller.abort('enough'), 300)
      const start = performance.now()
      const code = await createConnectionAsync(['60000ms-60000ms.dual.invalid', 80], { timeout: 0.1 })
        .catch((error) => error.syscall + ' ' + error.code)
      print([
        { told: code, took: performance.now() - start, left: 0 },
        await outcome('60000ms-60000ms.dual.invalid', 80, { signal: controller.signal }),
      ])`,
    )
    expect(printed).toEqual([toldAfter('getaddrinfo ETIMEDOUT', 100), toldAfter('enough', 190)])
  })

  test('fails as its last attempt does where the system is out of descriptors', async () => {
    const printed = await printedBy(
      '::1',
      '127.0.0.1',
      `const port = listen('127.0.0.1', '::1')
      const open = []
      try { for (;;) open.push(socket()) } catch {}
      const code = await createConnectionAsync(['0ms-0ms.dual.invalid', port]).catch((error) => error.code)
      for (const sock of open) sock.close()
      const after = await outcome('0ms-0ms.dual.invalid', port)
      print([{ ...after, told: [code, after.told] }])`,
      ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"'],
    )
    expect(printed).toEqual([toldAfter(['EMFILE', '::1'])])
  })
})

/** A network of its own, with an interface that swallows everything. */
const SETUP = [
  'ip link set lo up',
  'ip tuntap add t0 mode tun',
  'ip link set t0 up',
  'ip addr add 10.9.0.1/24 dev t0',
  'ip -6 addr add fd00:8::1/64 dev t0 nodad',
].join(' && ')
const isolated = (command: string): string[] => ['unshare', '-rn', 'sh', '-c', `${SETUP} && ${command}`]
const [unshare = '', ...setUp] = isolated('true')
const canIsolate = canRun && spawnSync(unshare, setUp).status === 0

describe.skipIf(!canIsolate)('createConnectionAsync in a network that loses packets [needs user namespaces]', () => {
  test('finds the one address that answers', async () => {
    const printed = await printedBy(
      'fd00:8::2,fd00:bad::1,fd00:8::3',
      '10.9.0.2,10.77.0.1,127.0.0.1',
      `const port = listen('127.0.0.1')
      print([
        await outcome('0ms-0ms.dual.invalid', port),
        await outcome('0ms-0ms.dual.invalid', port, { attemptDelay: 0.05 }),
      ])`,
      isolated('exec "$0" "$@"'),
    )
    // Lost, lost, unreachable and at once unreachable, lost, found.
    expect(printed).toEqual([toldAfter('127.0.0.1', 750), toldAfter('127.0.0.1', 150)])
  })

  test('times out, and is aborted, where nothing answers', async () => {
    const printed = await printedBy(
      'fd00:8::2,fd00:8::3',
      '10.9.0.2,10.9.0.3',
      `const controller = new AbortController()
      setTimeout(() => controller.abort('enough'), 600)
      print([
        await outcome('0ms-0ms.dual.invalid', 80, { timeout: 0.3, attemptDelay: 0.02 }),
        await outcome('0ms-0ms.dual.invalid', 80, { signal: controller.signal, attemptDelay: 0.02 }),
      ])`,
      isolated('exec "$0" "$@"'),
    )
    expect(printed).toEqual([toldAfter('ETIMEDOUT', 300), toldAfter('enough', 200)])
  })

  test('all unreachable: fails at once', async () => {
    const printed = await printedBy(
      'fd00:bad::1',
      '10.77.0.1,10.78.0.1',
      `print([await outcome('0ms-0ms.dual.invalid', 80, { attemptDelay: 60, allErrors: true })])`,
      isolated('exec "$0" "$@"'),
    )
    expect(printed).toEqual([toldAfter(['ENETUNREACH fd00:bad::1', 'ENETUNREACH 10.77.0.1', 'ENETUNREACH 10.78.0.1'])])
  })
})
