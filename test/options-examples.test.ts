/** The chat over multicast: two programs on this machine, and nobody else. */
import { expect, test } from 'vitest'
import { startExample, startPython } from './support/process.js'
import { hasPython } from './support/python.js'

test('multicast-chat.js: what one says, the other reads, and not itself', async () => {
  await using ada = startExample('multicast-chat.js', ['Ada', '0'])
  const [, port] = await ada.printed(/^joined 239\.255\.50\.7 port ([1-9]\d*) as Ada$/m)
  await using bob = startExample('multicast-chat.js', ['Bob', port as string])
  await ada.printed(/^Bob is here$/m)
  bob.input('hello\nanybody there?\n')
  expect(await bob.ended()).toMatchObject({ code: 0, stderr: '' })
  await ada.printed(/^Bob has left$/m)
  ada.input('')
  const { code, stdout, stderr } = await ada.ended()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').slice(1)).toEqual(['Bob is here', 'Bob: hello', 'Bob: anybody there?', 'Bob has left', ''])
})

test.skipIf(!hasPython)('multicast-chat.js with CPython, which sees that the TTL is 0 [needs python3]', async () => {
  const code = `
import socket, struct, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.setsockopt(socket.IPPROTO_IP, 12 if sys.platform == 'linux' else 24, 1)
sock.bind(('239.255.50.7', 0))
group = socket.inet_aton('239.255.50.7') + socket.inet_aton('127.0.0.1')
sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
print('port', sock.getsockname()[1])
for _ in range(3):
    data, ancillary, _, address = sock.recvmsg(100, 100)
    print(data.decode(), int.from_bytes(ancillary[0][2][:1], 'little'), address[0])
`
  await using python = startPython(code)
  const [, port] = await python.printed(/^port (\d+)$/m)
  await using eve = startExample('multicast-chat.js', ['Eve', port as string])
  eve.input('hello\n')
  expect(await eve.ended()).toMatchObject({ code: 0, stderr: '' })
  const { stdout } = await python.ended()
  expect(stdout.split('\n').slice(1)).toEqual([
    'Eve is here 0 127.0.0.1',
    'Eve: hello 0 127.0.0.1',
    'Eve has left 0 127.0.0.1',
    '',
  ])
})
