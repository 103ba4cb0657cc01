/** Who is at the other end of a unix socket, as the kernel and CPython say. */
import { execFileSync } from 'node:child_process'
import {
  AF_INET,
  AF_UNIX,
  fromfd,
  SO_PEERCRED,
  SO_PEERPIDFD,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
  socketpair,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { startPython } from '../support/process.js'
import { hasPython } from '../support/python.js'
import { can, pair, tcpPair, temporaryFolder, thrown } from '../support/sockets.js'

const own = () => ({ pid: process.pid, uid: process.geteuid?.(), gid: process.getegid?.() })
const PAIRS_OF_LINUX: [string, number][] = [
  ['sequenced packets', SOCK_SEQPACKET],
  ['datagrams', SOCK_DGRAM],
]
const isRoot = process.getuid?.() === 0

describe('getpeereid', () => {
  test.each<[string, number]>([['stream', SOCK_STREAM], ...(can.linux ? PAIRS_OF_LINUX : [])])(
    'of a pair (%s) is this process',
    (_, type) => {
      const [one, other] = socketpair(AF_UNIX, type)
      for (const end of [one, other]) {
        const { groups, ...who } = end.getpeereid()
        expect(who).toEqual(own())
        expect(groups.every(Number.isInteger)).toBe(true)
        end.close()
      }
    },
  )

  test('does not change when the peer is gone', () => {
    using ends = pair()
    ends[1].close()
    // macOS does not tell the process of who is gone.
    expect(ends[0].getpeereid()).toMatchObject(can.linux ? own() : { ...own(), pid: 0 })
  })

  test.skipIf(!hasPython || !isRoot || !can.linux)(
    'is the process that connected, with its ids and groups [needs Linux, python3, root]',
    async () => {
      using folder = temporaryFolder()
      using listener = socket(AF_UNIX)
      listener.bind(folder.path('socket'))
      listener.listen()
      execFileSync('chmod', ['0777', folder.path('.'), folder.path('socket')])
      const program = `
import os, socket, sys
# More than fit at the first attempt, and one that needs all 32 bits.
os.setgroups([4000000000, *range(5000, 5200)])
os.setresgid(os.getgid(), 1002, 0)
os.setresuid(os.getuid(), 1001, 0)
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
print('pid', os.getpid(), sorted(os.getgroups()))
sock.recv(1)
`
      await using peer = startPython(program, folder.path('socket'))
      listener.settimeout(10)
      const [conn] = await listener.acceptAsync()
      const [, pid, groups = ''] = await peer.printed(/^pid (\d+) (\[.*\])$/m)
      const found = conn.getpeereid()
      expect(found).toMatchObject({ pid: Number(pid), uid: 1001, gid: 1002 })
      expect(found.groups.sort((a, b) => a - b)).toEqual(JSON.parse(groups))
      expect(found.groups).toHaveLength(201)
      conn.close()
      expect((await peer.ended()).code).toBe(0)
    },
  )

  test.skipIf(!can.linux)('of a client is who listened [needs Linux]', () => {
    using folder = temporaryFolder()
    using listener = socket(AF_UNIX)
    listener.bind(folder.path('socket'))
    listener.listen()
    using client = socket(AF_UNIX)
    client.connect(folder.path('socket'))
    expect(client.getpeereid()).toMatchObject(own())
  })

  test('fails where there is nobody', () => {
    using unconnected = socket(AF_UNIX)
    expect(thrown(() => unconnected.getpeereid())).toMatchObject({ code: 'ENOTCONN', syscall: 'getpeereid' })
    using datagrams = socket(AF_UNIX, SOCK_DGRAM)
    expect(thrown(() => datagrams.getpeereid()).code).toBe(can.linux ? 'ENOTCONN' : 'EINVAL')
    using tcp = tcpPair()
    expect(thrown(() => tcp.client.getpeereid())).toMatchObject({ code: 'EOPNOTSUPP', syscall: 'getpeereid' })
    using udp = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => udp.getpeereid()).code).toBe('EOPNOTSUPP')
    unconnected.close()
    expect(thrown(() => unconnected.getpeereid())).toMatchObject({ code: 'EBADF', syscall: 'getpeereid' })
  })

  test('works on a descriptor that somebody else opened', () => {
    using ends = pair()
    using copy = fromfd(ends[0].fileno())
    expect(copy.getpeereid()).toEqual(ends[0].getpeereid())
  })

  test.skipIf(!can.linux)('has the bytes of SO_PEERCRED [needs Linux]', () => {
    using ends = pair()
    const bytes = ends[0].getsockopt(SOL_SOCKET, SO_PEERCRED as number, 12)
    const { pid, uid, gid } = ends[0].getpeereid()
    expect(Buffer.from(Int32Array.of(pid, uid | 0, gid | 0).buffer)).toEqual(bytes)
    expect(SO_PEERPIDFD).toBe(77)
  })
})
