/** A call that waits keeps its own address, whichever ones other calls encode meanwhile. */
import { AF_UNIX, createServer, SOCK_DGRAM, SOCK_STREAM, type Socket, socket } from 'berkeley'
import { expect, test } from 'vitest'
import { fill, isPending, settles } from '../support/async.js'
import { can, temporaryFolder } from '../support/sockets.js'

type Unix = Socket<typeof AF_UNIX>

const sends: [name: string, send: (sock: Unix, data: string, path: string) => Promise<number>][] = [
  ['sendtoAsync', (sock, data, path) => sock.sendtoAsync(data, path)],
  ['sendmsgAsync', (sock, data, path) => sock.sendmsgAsync([data], { address: path })],
]

test.skipIf(!can.linux).each(sends)('%s to a full queue [Linux]', async (_, send) => {
  using folder = temporaryFolder()
  const paths = ['full', 'free'].map(folder.path) as [string, string]
  using full = socket(AF_UNIX, SOCK_DGRAM)
  using free = socket(AF_UNIX, SOCK_DGRAM)
  full.bind(paths[0])
  free.bind(paths[1])
  full.setblocking(false)
  free.setblocking(false)
  using filler = socket(AF_UNIX, SOCK_DGRAM)
  filler.connect(paths[0])
  const queued = fill(filler, Buffer.from('x'))
  using sender = socket(AF_UNIX, SOCK_DGRAM)
  const first = send(sender, 'first', paths[0])
  expect(await isPending(first)).toBe(true)
  const second = send(sender, 'second', paths[1])
  using other = socket(AF_UNIX, SOCK_DGRAM)
  other.sendto('third', paths[1])
  for (let i = 0; i < queued; i++) expect(String(full.recv(10))).toBe('x')
  expect(await settles(Promise.all([first, second]))).toEqual([5, 6])
  expect([String(full.recv(10)), String(free.recv(10)), String(free.recv(10))]).toEqual(['first', 'third', 'second'])
})

test.skipIf(!can.linux)('connectAsync to a full queue [Linux]', async () => {
  using folder = temporaryFolder()
  const paths = ['full', 'free'].map(folder.path) as [string, string]
  using full = createServer(paths[0], { family: AF_UNIX, backlog: 0 })
  using free = createServer(paths[1], { family: AF_UNIX })
  using filler = socket(AF_UNIX, SOCK_STREAM)
  filler.connect(paths[0])
  using sock = socket(AF_UNIX, SOCK_STREAM)
  const connected = sock.connectAsync(paths[0])
  expect(await isPending(connected)).toBe(true)
  using other = socket(AF_UNIX, SOCK_STREAM)
  other.connect(paths[1])
  full.accept()[0].close()
  await settles(connected)
  expect(sock.getpeername()).toBe(paths[0])
  free.accept()[0].close()
})
