/** Multicast over the loopback interface: who is a member of what, and what arrives. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { AF_INET, AF_INET6, ifNametoindex, type Membership, SOCK_DGRAM, type Socket, socket } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { Closing, can, thrown } from '../support/sockets.js'

const LO = loopbackName()
const countDescriptors = (): number => readdirSync('/dev/fd').length

function loopbackName(): string {
  try {
    ifNametoindex('lo')
    return 'lo'
  } catch {
    return 'lo0'
  }
}

const GROUP = '239.255.77.1'
/** Two hosts that are this one, and one that sends nothing. */
const [FIRST, SECOND, SILENT] = ['127.0.0.1', '127.0.0.2', '127.9.9.9'] as const

/** A receiver of the group: it has no membership yet, and nobody else's counts for it. */
function receiver(port = 0): Socket<typeof AF_INET> {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.setOption('reuseAddress', true)
  if (can.linux) sock.setOption('multicastAll', false)
  sock.bind([GROUP, port])
  return sock
}

/** A sender that reaches nobody but this machine. */
function sender(host: string = FIRST): Socket<typeof AF_INET> {
  const sock = socket(AF_INET, SOCK_DGRAM)
  sock.bind([host, 0])
  sock.setOption('multicastInterface', LO)
  sock.setOption('multicastTtl', 0)
  return sock
}

type Inet = Socket<typeof AF_INET>

/** Sends to the group; `members` get it, and then it has not come to `others`, and never will. */
function expectArrival(from: Inet, text: string, members: readonly Inet[], others: readonly Inet[]): void {
  from.sendto(text, [GROUP, (members[0] as Inet).getsockname()[1]])
  for (const member of members) {
    member.settimeout(5)
    expect(member.recv(100).toString()).toBe(text)
  }
  for (const other of others) {
    other.setblocking(false)
    expect(thrown(() => other.recv(100)).code).toBe('EAGAIN')
  }
}

describe.each([FIRST, LO, ifNametoindex(LO)])('a group of IPv4, by the interface %s', (given) => {
  const where = { group: GROUP, interface: given }

  test('is joined and left', () => {
    using things = new Closing()
    const watcher = things.add(receiver())
    watcher.addMembership(where)
    const member = things.add(receiver(watcher.getsockname()[1]))
    const from = things.add(sender())
    expectArrival(from, 'before', [watcher], [member])
    member.addMembership(where)
    expectArrival(from, 'joined', [watcher, member], [])
    expect(thrown(() => member.addMembership(where)).code).toBe('EADDRINUSE')
    member.dropMembership(where)
    expectArrival(from, 'left', [watcher], [member])
    expect(thrown(() => member.dropMembership(where))).toMatchObject({
      code: 'EADDRNOTAVAIL',
      syscall: 'setsockopt',
      address: GROUP,
    })
  })

  test('is joined for one source', () => {
    using things = new Closing()
    const watcher = things.add(receiver())
    watcher.addMembership(where)
    const member = things.add(receiver(watcher.getsockname()[1]))
    member.addMembership({ ...where, source: SILENT })
    const from = things.add(sender())
    expectArrival(from, 'not its source', [watcher], [member])
    member.addMembership({ ...where, source: FIRST })
    expectArrival(from, 'its source', [watcher, member], [])
    member.dropMembership({ ...where, source: FIRST })
    expectArrival(from, 'no more', [watcher], [member])
  })

  test('is joined for all but one source', () => {
    using things = new Closing()
    const watcher = things.add(receiver())
    watcher.addMembership(where)
    const member = things.add(receiver(watcher.getsockname()[1]))
    member.addMembership(where)
    const from = things.add(sender())
    expectArrival(from, 'of all', [watcher, member], [])
    member.blockSource({ ...where, source: FIRST })
    expectArrival(from, 'blocked', [watcher], [member])
    member.unblockSource({ ...where, source: FIRST })
    expectArrival(from, 'unblocked', [watcher, member], [])
  })
})

test.each([FIRST, LO, ifNametoindex(LO)])(
  'multicastInterface %s is where a socket without an address sends',
  (given) => {
    using things = new Closing()
    const member = things.add(receiver())
    member.addMembership({ group: GROUP, interface: LO })
    const from = things.add(socket(AF_INET, SOCK_DGRAM))
    from.setOption('multicastTtl', 0)
    from.setOption('multicastInterface', given)
    from.sendto('over lo', [GROUP, member.getsockname()[1]])
    member.settimeout(5)
    expect(member.recv(100).toString()).toBe('over lo')
  },
)

test.skipIf(!can.bindSecondLoopback)(
  'sources are told apart: two hosts that send to one group [needs 127.0.0.2]',
  () => {
    using things = new Closing()
    const all = things.add(receiver())
    all.addMembership({ group: GROUP, interface: LO })
    const first = things.add(receiver(all.getsockname()[1]))
    first.addMembership({ group: GROUP, interface: LO, source: FIRST })
    const second = things.add(receiver(all.getsockname()[1]))
    second.addMembership({ group: GROUP, interface: FIRST, source: SECOND })
    expectArrival(things.add(sender(FIRST)), 'of one', [all, first], [second])
    expectArrival(things.add(sender(SECOND)), 'of two', [all, second], [first])
  },
)

test.skipIf(!can.linux || !can.bindIPv6)('an IPv4 group on a socket for both protocols [needs Linux, IPv6]', () => {
  using things = new Closing()
  const both = things.add(socket(AF_INET6, SOCK_DGRAM))
  both.setOption('v6Only', false)
  both.bind([`::ffff:${GROUP}`, 0])
  both.addMembership({ group: GROUP, interface: LO })
  both.settimeout(5)
  const from = things.add(sender())
  from.sendto('mapped', [GROUP, both.getsockname()[1]])
  expect(both.recv(100).toString()).toBe('mapped')
})

/** A namespace with a cable: lo carries no IPv6 multicast. */
const HOST = '2001:db8::1'
const WITH_A_CABLE = [
  ...['-rn', 'sh', '-c'],
  'ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && ' +
    `ip addr add ${HOST}/64 dev v0 nodad && exec "$@"`,
  'sh',
]
const canCable = can.linux && spawnSync('unshare', [...WITH_A_CABLE, 'true']).status === 0

test.skipIf(!canCable)(
  'a group of IPv6: joined, left, for one source, for all but one [needs unshare(1), veth]',
  () => {
    const program = [
      'test/fixtures/multicast-inet6.js',
      new URL('../../dist/index.js', import.meta.url).href,
      'v0',
      HOST,
    ]
    const child = spawnSync('unshare', [...WITH_A_CABLE, process.execPath, ...program], { encoding: 'utf8' })
    expect(child.stderr).toBe('')
    const steps = [
      ['not joined', 'EAGAIN'],
      ['joined', 'joined'],
      ['blocked', 'EAGAIN'],
      ['unblocked', 'unblocked'],
      ['left', 'EAGAIN'],
      ['joined for another', 'EAGAIN'],
      ['joined for the sender', 'joined for the sender'],
      ['left the sender', 'EAGAIN'],
    ].map(([done, seen]) => [done, done, seen])
    // By name, by index, and by the zone of the address.
    const lines = child.stdout.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([...steps, ...steps, ...steps])
  },
)

describe('what is refused', () => {
  const group = GROUP
  const cases: [unknown, string, string][] = [
    [undefined, 'membership', 'ERR_INVALID_ARG_TYPE'],
    [null, 'membership', 'ERR_INVALID_ARG_TYPE'],
    [group, 'membership', 'ERR_INVALID_ARG_TYPE'],
    [{}, 'membership.group', 'ERR_INVALID_ARG_TYPE'],
    [{ group: 'localhost' }, 'membership.group', 'ERR_INVALID_ARG_VALUE'],
    [{ group: '239.1.2' }, 'membership.group', 'ERR_INVALID_ARG_VALUE'],
    [{ group, interface: true }, 'membership.interface', 'ERR_INVALID_ARG_TYPE'],
    [{ group, interface: null }, 'membership.interface', 'ERR_INVALID_ARG_TYPE'],
    [{ group, interface: '' }, 'membership.interface', 'ERR_INVALID_ARG_VALUE'],
    [{ group, interface: 0 }, 'membership.interface', 'ERR_OUT_OF_RANGE'],
    [{ group, interface: 1.5 }, 'membership.interface', 'ERR_OUT_OF_RANGE'],
    [{ group, source: 5 }, 'membership.source', 'ERR_INVALID_ARG_TYPE'],
    [{ group, source: 'example.org' }, 'membership.source', 'ERR_INVALID_ARG_VALUE'],
    [{ group, source: '::1' }, 'membership.source', 'ERR_INVALID_ARG_VALUE'],
    [{ group: 'ff11::1', source: '127.0.0.1' }, 'membership.source', 'ERR_INVALID_ARG_VALUE'],
    [{ group: 'ff11::1', source: 'fe80::1%lo' }, 'membership.source', 'ERR_INVALID_ARG_VALUE'],
  ]
  test.each(cases)('%o: %s', (membership, name, code) => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    for (const method of ['addMembership', 'dropMembership'] as const) {
      const error = thrown(() => sock[method](membership as Membership))
      expect(error).toMatchObject({ code, message: expect.stringContaining(`"${name}"`) })
    }
  })

  test('a blocked source has to be given', () => {
    using sock = socket(AF_INET, SOCK_DGRAM)
    for (const method of ['blockSource', 'unblockSource'] as const) {
      expect(thrown(() => sock[method]({ group } as never))).toMatchObject({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringContaining('"membership.source"'),
      })
    }
  })

  test('by the kernel: what is no group, no interface, no open socket', () => {
    const before = countDescriptors()
    using sock = socket(AF_INET, SOCK_DGRAM)
    expect(thrown(() => sock.addMembership({ group: '127.0.0.1', interface: LO })).code).toBe('EINVAL')
    expect(thrown(() => sock.addMembership({ group, interface: 'no-such-one' })).code).toBe('ENODEV')
    expect(thrown(() => sock.addMembership({ group, interface: 0x7fffffff })).code).toMatch(
      /ENODEV|EADDRNOTAVAIL|ENXIO/,
    )
    sock.close()
    expect(thrown(() => sock.addMembership({ group, interface: LO })).code).toBe('EBADF')
    expect(countDescriptors()).toBe(before)
  })
})
