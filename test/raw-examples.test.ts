/** The examples of docs/raw.md: ping, with both kinds of sockets, and hashes by the kernel. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { has } from './support/families.js'
import { WHERE_ALL_MAY_PING } from './support/icmp.js'
import { examplesFolder, Program, runExample, startExample } from './support/process.js'
import { can, temporaryFolder } from './support/sockets.js'

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
/** No loopback interface that is up: nothing has an answer. */
const NO_NETWORK = ['unshare', '--net']

/** Runs ping.js by way of other programs. */
async function pingIn(wrapper: readonly string[], ...args: string[]) {
  const [command, ...rest] = [...wrapper, process.execPath, `${examplesFolder}ping.js`, ...args]
  await using program = new Program(command as string, rest)
  return await program.ended()
}

/** What a ping prints where each request is answered. */
function allAnswered(host: string, address: string, kind: string, count: number, size = 56): RegExp {
  const lines = Array.from(
    { length: count },
    (_, i) => `${size + 8} bytes from ${address}: seq=${i + 1} ttl=64 time=\\d+\\.\\d{3} ms\n`,
  )
  return new RegExp(
    `^ping ${host} \\(${address}\\): ${size} bytes of data, by a ${kind}\n${lines.join('')}` +
      `${host}: ${count} sent, ${count} received, 0 % lost\n` +
      'round trip min/avg/max = \\d+\\.\\d{3}/\\d+\\.\\d{3}/\\d+\\.\\d{3} ms\n$',
  )
}

describe.skipIf(!has.rawIcmp)('ping.js with raw sockets [needs raw sockets]', () => {
  test('is answered, four times where nothing else is said', async () => {
    const { code, stdout, stderr } = await runExample('ping.js', ['-i', '0.01'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(allAnswered('127.0.0.1', '127.0.0.1', '(raw|ping) socket', 4))
  })

  test('looks up a name, and sends as much as it is told', async () => {
    const args = ['-4', '-c', '2', '-i', '0', '-s', '1000', 'localhost']
    const { code, stdout } = await runExample('ping.js', args)
    expect(code).toBe(0)
    expect(stdout).toMatch(allAnswered('localhost', '127.0.0.1', '(raw|ping) socket', 2, 1000))
  })

  test.skipIf(!has.rawIcmp6)('over IPv6 [needs IPv6]', async () => {
    const { code, stdout } = await runExample('ping.js', ['-c', '2', '-i', '0', '::1'])
    expect(code).toBe(0)
    expect(stdout).toMatch(allAnswered('::1', '::1', '(raw|ping) socket', 2))
  })

  test('two at a time do not take the answers of each other', async () => {
    const outcomes = await Promise.all(
      ['127.0.0.1', can.bindSecondLoopback ? '127.0.0.2' : '127.0.0.1'].map((host) =>
        runExample('ping.js', ['-c', '20', '-i', '0.005', host]),
      ),
    )
    for (const { stdout, stderr } of outcomes) {
      expect(stderr).toBe('')
      expect(stdout).toContain(': 20 sent, 20 received, 0 % lost\n')
    }
  })

  test('Ctrl-C ends it with what was seen so far', async () => {
    await using program = startExample('ping.js', ['-c', '1000', '-i', '60'])
    await program.printed(/seq=1 ttl=64/)
    program.signal('SIGINT')
    const { code, signal, stdout } = await program.ended()
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(stdout).toMatch(/\n127\.0\.0\.1: 1 sent, 1 received, 0 % lost\nround trip /)
  })
})

describe.skipIf(!has.ownNetwork)('ping.js in a network of its own [needs Linux, network namespaces]', () => {
  test.each(['127.0.0.1', '::1'])('without privileges, %s', async (host) => {
    const { code, stdout, stderr } = await pingIn([...WHERE_ALL_MAY_PING, ...NOBODY], '-c', '3', '-i', '0', host)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(allAnswered(host, host, 'ping socket', 3))
  })

  test('says what is missing where neither socket is allowed', async () => {
    const { code, stdout, stderr } = await pingIn([...NO_NETWORK, ...NOBODY])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^not allowed to ping \(ping socket: EACCES, raw socket: EPERM\)\. .*CAP_NET_RAW/)
    expect(stderr).toContain('net.ipv4.ping_group_range')
  })

  test('goes on where no way leads there', async () => {
    const { code, stdout } = await pingIn(NO_NETWORK, '-c', '2', '-i', '0', '127.0.0.1')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /(\nsendto ENETUNREACH 127\.0\.0\.1:0: seq=\d){2}\n127\.0\.0\.1: 2 sent, 0 received, 100 % lost\n$/,
    )
  })

  test('waits no longer than it is told', async () => {
    const swallowing = ['unshare', '--net', 'sh', '-c', `${SWALLOW} && exec "$@"`, 'sh']
    const { code, stdout } = await pingIn(swallowing, '-c', '2', '-i', '0', '-W', '0.05', '127.0.0.1')
    expect(code).toBe(1)
    expect(stdout).toMatch(/(\nno answer: seq=\d){2}\n127\.0\.0\.1: 2 sent, 0 received, 100 % lost\n$/)
  })
})

/** Requests arrive, and the kernel leaves them unanswered. */
const SWALLOW = 'ip link set lo up && echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'

describe('ping.js', () => {
  test.each(['-x', '-c', '-c 0', '-c 1.5', '-W 0', '-s 70000', 'one two'])('explains itself for %s', async (args) => {
    const { code, stdout, stderr } = await runExample('ping.js', args.split(' '))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: /)
  })

  test('a host that nobody knows', async () => {
    const { code, stdout, stderr } = await runExample('ping.js', ['no..such..host'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^getaddrinfo EAI_\w+ no\.\.such\.\.host\n$/)
  })
})

describe('alg-hash.js', () => {
  const text = 'what is hashed, '.repeat(20_000)

  test.skipIf(!has.alg)('hashes files and the standard input as node:crypto does [needs AF_ALG]', async () => {
    using folder = temporaryFolder()
    const [one, two] = [folder.path('one'), folder.path('two')]
    writeFileSync(one, text)
    writeFileSync(two, '')
    const hex = (algorithm: string, data: string) => createHash(algorithm).update(data).digest('hex')
    const files = await runExample('alg-hash.js', [one, two])
    expect(files).toMatchObject({
      code: 0,
      stdout: `${hex('sha256', text)}  ${one}\n${hex('sha256', '')}  ${two}\n`,
      stderr: '',
    })
    await using program = startExample('alg-hash.js', ['-a', 'sha1']).input(text)
    expect(await program.ended()).toMatchObject({ code: 0, stdout: `${hex('sha1', text)}  -\n` })
  })

  test.skipIf(!has.alg)('says what is wrong [needs AF_ALG]', async () => {
    const unknown = await runExample('alg-hash.js', ['-a', 'sha-nothing'])
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: 'no hash sha-nothing in this kernel\n' })
    const missing = await runExample('alg-hash.js', ['/no/such/file'])
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toMatch(/^ENOENT/)
  })

  test.skipIf(has.alg)('says that the kernel has none [needs a system without AF_ALG]', async () => {
    const { code, stdout, stderr } = await runExample('alg-hash.js', ['package.json'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/AF_ALG/)
  })

  test('explains itself', async () => {
    expect((await runExample('alg-hash.js', ['--help'])).stderr).toMatch(/^Usage: /)
    expect(await runExample('alg-hash.js', ['-a'])).toMatchObject({ code: 2, stdout: '' })
  })
})
