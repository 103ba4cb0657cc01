import { inspect } from 'node:util'
import { AF_INET, IPPROTO_TCP, MessageBatch, SOCK_STREAM, socket } from 'berkeley'
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

test('a batch shows its room and what is in it', () => {
  using ends = pair()
  const batch = new MessageBatch(3, 10)
  batch.set(0, 'a')
  batch.set(2, 'b')
  expect(inspect(batch)).toBe('MessageBatch [length 3, size 10, received 0, unsent 2]')
  ends[1].send('c')
  ends[0].recvmmsg(batch)
  expect(inspect({ batch })).toBe('{ batch: MessageBatch [length 3, size 10, received 1, unsent 0] }')
})
