import { inspect } from 'node:util'
import { AF_INET, IPPROTO_TCP, SOCK_STREAM, socket } from 'berkeley'
import { expect, test } from 'vitest'
import { pair, tcpPair } from './support/sockets.js'

test('a socket shows descriptor, family, type and addresses', () => {
  using both = tcpPair()
  const { client } = both
  expect(inspect(client)).toBe(
    `Socket [fd ${client.fileno()}, AF_INET, SOCK_STREAM, local ${inspect(client.getsockname())}, ` +
      `remote ${inspect(client.getpeername())}]`,
  )
  using ends = pair()
  expect(inspect(ends[0])).toBe(`Socket [fd ${ends[0].fileno()}, AF_UNIX, SOCK_STREAM]`)
  const typed = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)
  expect(inspect(typed)).toContain('SOCK_STREAM, proto 6, local')
  typed.close()
  expect(inspect(typed)).toBe('Socket [closed]')
})
