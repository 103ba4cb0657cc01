/** Names and addresses: getaddrinfo and its kin, both ways; numbers and texts. */
import assert from 'node:assert/strict'
import {
  AF_INET,
  AF_INET6,
  AI_NUMERICHOST,
  AI_PASSIVE,
  GaiError,
  getaddrinfo,
  getaddrinfoAsync,
  getfqdn,
  getfqdnAsync,
  gethostbyaddr,
  gethostbyaddrAsync,
  gethostbyname,
  gethostbynameAsync,
  gethostbynameEx,
  gethostbynameExAsync,
  gethostname,
  getnameinfo,
  getnameinfoAsync,
  getprotobyname,
  getservbyname,
  getservbyport,
  hasIPv6,
  htonl,
  htons,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  ntohl,
  ntohs,
  SOCK_STREAM,
} from 'berkeley'
import { test } from '../suite.js'

test('getaddrinfo of a number', () => {
  assert.deepEqual(getaddrinfo('127.0.0.1', 80, { type: SOCK_STREAM }), [
    [AF_INET, SOCK_STREAM, 6, '', ['127.0.0.1', 80]],
  ])
  assert.deepEqual(getaddrinfo('::1', '80', { type: SOCK_STREAM, flags: AI_NUMERICHOST }), [
    [AF_INET6, SOCK_STREAM, 6, '', ['::1', 80, 0, 0]],
  ])
})

test('getaddrinfo of localhost, and of nobody', () => {
  const hosts = getaddrinfo('localhost', 80, { family: AF_INET, type: SOCK_STREAM }).map(([, , , , [host]]) => host)
  assert.ok(hosts.includes('127.0.0.1'), String(hosts))
  const passive = getaddrinfo(null, 0, { family: AF_INET, type: SOCK_STREAM, flags: AI_PASSIVE })
  assert.deepEqual(passive[0]?.[4], ['0.0.0.0', 0])
})

test('getaddrinfoAsync', async () => {
  assert.deepEqual(
    await getaddrinfoAsync('127.0.0.1', 80, { type: SOCK_STREAM }),
    getaddrinfo('127.0.0.1', 80, { type: SOCK_STREAM }),
  )
  await assert.rejects(getaddrinfoAsync('not a number', 80, { flags: AI_NUMERICHOST }), (error) => {
    assert.ok(error instanceof GaiError)
    assert.equal(error.code, 'EAI_NONAME')
    return true
  })
})

test('twenty look-ups at once', async () => {
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) => getaddrinfoAsync(`127.0.0.${i + 1}`, 80, { type: SOCK_STREAM })),
  )
  assert.deepEqual(
    results.map(([first]) => first?.[4][0]),
    Array.from({ length: 20 }, (_, i) => `127.0.0.${i + 1}`),
  )
})

test('getaddrinfo of odd ports answers or is a GaiError', () => {
  for (const port of [-1, 65_536, 2 ** 40, 'no-such-service', '99999', '']) {
    try {
      getaddrinfo('127.0.0.1', port)
    } catch (error) {
      assert.ok(error instanceof GaiError, String(error))
    }
  }
})

test('getnameinfo', async () => {
  const flags = NI_NUMERICHOST | NI_NUMERICSERV
  assert.deepEqual(getnameinfo(['127.0.0.1', 80], flags), ['127.0.0.1', '80'])
  assert.deepEqual(await getnameinfoAsync(['127.0.0.1', 80], flags), ['127.0.0.1', '80'])
})

test('gethostbyname', async () => {
  assert.equal(gethostbyname('127.0.0.1'), '127.0.0.1')
  assert.equal(await gethostbynameAsync('127.0.0.1'), '127.0.0.1')
  assert.equal(gethostbyname('localhost'), '127.0.0.1')
})

test('gethostbynameEx and gethostbyaddr, both ways', async () => {
  const [name, aliases, addresses] = gethostbynameEx('127.0.0.1')
  assert.deepEqual([name, aliases, addresses], ['127.0.0.1', [], ['127.0.0.1']])
  assert.deepEqual(await gethostbynameExAsync('127.0.0.1'), [name, aliases, addresses])
  // What this machine calls itself is its own affair.
  const told = gethostbyaddr('127.0.0.1')
  assert.ok(told[2].includes('127.0.0.1'), String(told))
  assert.deepEqual(await gethostbyaddrAsync('127.0.0.1'), told)
  assert.throws(() => gethostbyname('no.such.host.invalid'), { code: /^(EAI_|HOST_NOT_FOUND|TRY_AGAIN|NO_)/ })
})

test('gethostname and getfqdnAsync', async () => {
  assert.equal(getfqdn('127.0.0.1'), await getfqdnAsync('127.0.0.1'))
  assert.ok(gethostname().length > 0)
  assert.equal(typeof (await getfqdnAsync('127.0.0.1')), 'string')
})

test('services and protocols', () => {
  assert.equal(getprotobyname('tcp'), 6)
  assert.equal(getservbyname('http', 'tcp'), 80)
  assert.equal(getservbyport(80, 'tcp'), 'http')
})

test('texts of addresses', () => {
  assert.deepEqual([...inetAton('127.0.0.1')], [127, 0, 0, 1])
  assert.equal(inetNtoa(Buffer.from([192, 0, 2, 1])), '192.0.2.1')
  assert.deepEqual([...inetPton(AF_INET6, '::1')], [...Array(15).fill(0), 1])
  assert.equal(inetNtop(AF_INET6, inetPton(AF_INET6, '2001:db8::1')), '2001:db8::1')
})

test('the order of bytes', () => {
  const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  assert.equal(htons(0x1234), isLittle ? 0x3412 : 0x1234)
  assert.equal(htonl(0x12345678), isLittle ? 0x78563412 : 0x12345678)
  assert.equal(ntohs(htons(0xfffe)), 0xfffe)
  assert.equal(ntohl(htonl(0xfffffffe)), 0xfffffffe)
})

test('interfaces', () => {
  const interfaces = ifNameindex()
  const loopback = interfaces.find(([, name]) => /^lo/.test(name))
  assert.ok(loopback, JSON.stringify(interfaces))
  const [index, name] = loopback
  assert.equal(ifNametoindex(name), index)
  assert.equal(ifIndextoname(index), name)
  assert.throws(() => ifNametoindex('no-such-interface'), { code: 'ENODEV' })
  assert.equal(typeof hasIPv6, 'boolean')
})
