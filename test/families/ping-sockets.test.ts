/** Ping sockets, for ICMP echoes without privileges: in a network namespace where the kernel allows them to everybody. */
import { describe, expect, test } from 'vitest'
import { has } from '../support/families.js'
import { ECHO, ECHO_REPLY, ECHO_REPLY6, ECHO6, echoRequest, WHERE_ALL_MAY_PING } from '../support/icmp.js'
import { ended, startWrapped } from '../support/worker.js'

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const FORBIDDEN = ['unshare', '--net']

/** What the program prints as JSON, run by a user without privileges. `berkeley`'s names are in scope. */
async function run(wrapper: readonly string[], body: string): Promise<unknown> {
  const code = `
    const { AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_DGRAM, SOCK_RAW, socket } = berkeley
    const request = (hex) => Buffer.from(hex, 'hex')
    const shown = ([data, address]) =>
      ({ type: data[0], id: data.readUInt16BE(4), sequence: data.readUInt16BE(6), payload: data.toString('utf8', 8), address })
    const codeOf = (call) => { try { call() } catch (error) { return error.code } }
    const [v4, v6] = [['127.0.0.1', 0], ['::1', 0]]
    console.log(JSON.stringify(await (async () => { ${body} })()))`
  const { code: status, stdout, stderr } = await ended(startWrapped([...wrapper, ...NOBODY], code))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

/** A request as the program reads it: the kernel replaces its id and checksum. */
const hex = (type: number, sequence: number, payload: string): string =>
  `request('${echoRequest(type, 0xffff, sequence, payload).toString('hex')}')`

describe.skipIf(!has.ownNetwork)('ping sockets [needs Linux, network namespaces]', () => {
  test('ask and are answered; the port is the id', async () => {
    const answers = await run(
      WHERE_ALL_MAY_PING,
      `const found = []
       for (const [family, proto, echo, to] of [
         [AF_INET, IPPROTO_ICMP, ${hex(ECHO, 1, 'four')}, v4],
         [AF_INET6, IPPROTO_ICMPV6, ${hex(ECHO6, 2, 'six')}, v6],
       ]) {
         const sock = socket(family, SOCK_DGRAM, proto)
         sock.settimeout(5)
         sock.bind([to[0], 4242])
         sock.sendto(echo, to)
         found.push(sock.getsockname(), shown(sock.recvfrom(1500)))
         sock.close()
       }
       return found`,
    )
    expect(answers).toEqual([
      ['127.0.0.1', 4242],
      { type: ECHO_REPLY, id: 4242, sequence: 1, payload: 'four', address: ['127.0.0.1', 0] },
      ['::1', 4242, 0, 0],
      { type: ECHO_REPLY6, id: 4242, sequence: 2, payload: 'six', address: ['::1', 0, 0, 0] },
    ])
  })

  test('get an id by themselves, and each its own answers only', async () => {
    const answers = await run(
      WHERE_ALL_MAY_PING,
      `const socks = [1, 2, 3].map(() => socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP))
       const receiving = socks.map((sock) => sock.recvfromAsync(1500, { timeout: 5 }))
       const payloads = [${hex(ECHO, 1, 'one')}, ${hex(ECHO, 2, 'two')}, ${hex(ECHO, 3, 'three')}]
       await Promise.all(socks.map((sock, i) => sock.sendtoAsync(payloads[i], v4)))
       const answers = (await Promise.all(receiving)).map(shown)
       const ids = socks.map((sock) => sock.getsockname()[1])
       for (const sock of socks) sock.close()
       return answers.map(({ id, payload }, i) => [payload, id === ids[i], ids.indexOf(id)])`,
    )
    expect(answers).toEqual([
      ['one', true, 0],
      ['two', true, 1],
      ['three', true, 2],
    ])
  })

  test('a connected one, and what is no echo request', async () => {
    const answers = await run(
      WHERE_ALL_MAY_PING,
      `const sock = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
       sock.settimeout(5)
       sock.connect(['127.0.0.1', 0])
       sock.send(${hex(ECHO, 9, 'connected')})
       const found = [
         sock.recv(1500).toString('utf8', 8),
         codeOf(() => sock.send(${hex(ECHO_REPLY, 1, '')})),
         codeOf(() => sock.send(Buffer.alloc(7))),
         codeOf(() => (sock.setblocking(false), sock.recvfrom(10))),
       ]
       sock.close()
       return found`,
    )
    expect(answers).toEqual(['connected', 'EINVAL', 'EINVAL', 'EAGAIN'])
  })

  test('are refused to who is not in ping_group_range', async () => {
    const body = `return [[AF_INET, IPPROTO_ICMP], [AF_INET6, IPPROTO_ICMPV6]]
      .map(([family, proto]) => codeOf(() => socket(family, SOCK_DGRAM, proto)))`
    expect(await run(FORBIDDEN, body)).toEqual(['EACCES', 'EACCES'])
  })
})
