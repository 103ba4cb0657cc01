/** The bytes of every family's addresses, whether or not this kernel has the family. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as berkeley from 'berkeley'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decoded, encoded } from '../support/addresses.js'
import { can } from '../support/sockets.js'

const compiler = process.env.CC ?? 'cc'
const canCompile = can.linux && spawnSync(compiler, ['--version']).status === 0

interface Row {
  /** As test/fixtures/sockaddrs.c prints it. */
  name: string
  family: number
  proto?: number
  takes: unknown
  /** What comes back, where it is not what was given. */
  gives?: unknown
}

const { AF_BLUETOOTH = -1, AF_CAN = -1, AF_TIPC = -1 } = berkeley
const [L2CAP, HCI, SCO, RFCOMM] = [0, 1, 2, 3]
const DEVICE = '01:23:45:67:89:AB'

/** As the C program has them. */
const rows: Row[] = [
  { name: 'netlink', family: berkeley.AF_NETLINK ?? -1, takes: [0x12345678, 0x80000001] },
  {
    name: 'packet',
    family: berkeley.AF_PACKET ?? -1,
    takes: ['', 0x88b5, 4, 0x304, Buffer.from([2, 0, 0, 0, 0, 1])],
  },
  {
    name: 'packet-lo',
    family: berkeley.AF_PACKET ?? -1,
    takes: ['lo', 0x88b5, 4, 0x304, Buffer.from([2, 0, 0, 0, 0, 1])],
  },
  { name: 'alg', family: berkeley.AF_ALG ?? -1, takes: ['skcipher', 'cbc(aes)', 0x10, 0xffffffff] },
  { name: 'vsock', family: berkeley.AF_VSOCK, takes: [berkeley.VMADDR_CID_ANY, 0x01020304] },
  { name: 'qipcrtr', family: berkeley.AF_QIPCRTR ?? -1, takes: [0x0a0b0c0d, 0xfffffffe] },
  { name: 'can', family: AF_CAN, proto: 1, takes: ['lo'] },
  { name: 'can', family: AF_CAN, proto: 2, takes: [Buffer.from('lo')], gives: ['lo'] },
  { name: 'can-isotp', family: AF_CAN, proto: 6, takes: ['lo', 0x80000123, 0x321] },
  {
    name: 'can-isotp',
    family: AF_CAN,
    proto: 6,
    takes: ['lo', (0x123 | 0x80000000) as number, 0x321],
    gives: ['lo', 0x80000123, 0x321],
  },
  { name: 'can-j1939', family: AF_CAN, proto: 7, takes: ['lo', 0x8123456789abcdefn, 0x3ffff, 0xfe] },
  { name: 'tipc-nameseq', family: AF_TIPC, takes: [1, 1000, 1, 0xfffffffe, 3] },
  { name: 'tipc-name', family: AF_TIPC, takes: [2, 1000, 7, 0, -2], gives: [2, 1000, 7, 7, -2] },
  { name: 'tipc-id', family: AF_TIPC, takes: [3, 0x1001001, 42, 0], gives: [3, 0x1001001, 42, 0, 2] },
  { name: 'l2cap', family: AF_BLUETOOTH, proto: L2CAP, takes: [DEVICE, 0x1001, 4, 1] },
  { name: 'rfcomm', family: AF_BLUETOOTH, proto: RFCOMM, takes: [DEVICE.toLowerCase(), 30], gives: [DEVICE, 30] },
  { name: 'sco', family: AF_BLUETOOTH, proto: SCO, takes: DEVICE },
  { name: 'sco', family: AF_BLUETOOTH, proto: SCO, takes: Buffer.from(DEVICE), gives: DEVICE },
  { name: 'hci', family: AF_BLUETOOTH, proto: HCI, takes: [0xffff, 3] },
]

/** The layouts of net/bluetooth/*.h, which are on no machine but those that have BlueZ's copies. */
const BLUETOOTH: Record<string, string> = {
  l2cap: '1f000110ab896745230104000100',
  rfcomm: '1f00ab89674523011e00',
  sco: '1f00ab8967452301',
  hci: '1f00ffff0300',
}

describe.skipIf(!can.linux)('layouts [needs Linux]', () => {
  let folder: string
  let layouts: Map<string, string>
  let probe: berkeley.Socket

  beforeAll(() => {
    probe = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM)
    layouts = new Map(Object.entries(BLUETOOTH))
    folder = mkdtempSync(join(tmpdir(), 'bk-sockaddrs-'))
    if (!canCompile) return
    const program = join(folder, 'sockaddrs')
    execFileSync(compiler, ['-o', program, 'test/fixtures/sockaddrs.c'])
    const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n')
    for (const [name, bytes] of lines.map((line) => line.split(' '))) layouts.set(name as string, bytes as string)
  })

  afterAll(() => {
    probe.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const owner = ({ family, proto = 0 }: Row) => ({ family, proto, fd: probe.fileno() })

  test.skipIf(!canCompile)('the headers of this machine have most of them [needs a C compiler]', () => {
    expect(layouts.size).toBeGreaterThanOrEqual(Object.keys(BLUETOOTH).length + 4)
  })

  test.each(rows.map((row) => [row.name, inspect(row.takes), row] as const))(
    '%s %s is as the kernel lays it out, comes back, and goes in again',
    (name, _, row) => {
      const bytes = encoded(owner(row), row.takes)
      const expected = layouts.get(name)
      if (expected !== undefined) expect(bytes.toString('hex')).toBe(expected)
      const gives = decoded(owner(row), bytes)
      expect(gives).toEqual(row.gives ?? row.takes)
      expect(encoded(owner(row), gives)).toEqual(bytes)
    },
  )
})
