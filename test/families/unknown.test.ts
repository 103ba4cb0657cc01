/** Addresses without a known form, hostile bytes, and what is refused before the kernel is asked. */
import * as berkeley from 'berkeley'
import { describe, expect, test } from 'vitest'
import { decoded, encoded, type Owner } from '../support/addresses.js'
import { freshSeed, randomOf } from '../support/async.js'
import { can, thrown } from '../support/sockets.js'

const UNKNOWN = 99
const STORAGE = 128
const FAMILY = 2
const owner = (family: number | undefined, proto = 0): Owner => ({ family: family ?? UNKNOWN, proto, fd: -1 })

describe('an address of a family that nobody knows', () => {
  test('comes out with its bytes, and goes in as it came out', () => {
    const out = decoded(owner(UNKNOWN), bytesOf(UNKNOWN, Buffer.from('some bytes')))
    expect(out).toEqual([UNKNOWN, Buffer.from('some bytes')])
    expect(encoded(owner(UNKNOWN), out)).toEqual(bytesOf(UNKNOWN, Buffer.from('some bytes')))
    expect(encoded(owner(UNKNOWN), [UNKNOWN, Buffer.alloc(0)]).length).toBe(FAMILY)
  })

  test.each([
    ['of another family', [98, Buffer.alloc(1)], 'ERR_INVALID_ARG_VALUE'],
    ['longer than any', [UNKNOWN, Buffer.alloc(STORAGE - 1)], 'EINVAL'],
    ['much longer than any', [UNKNOWN, Buffer.alloc(4096)], 'EINVAL'],
    ['of another form', ['host', 80], 'EAFNOSUPPORT'],
    ['text', 'path', 'EAFNOSUPPORT'],
    ['of other memory', [UNKNOWN, new DataView(new ArrayBuffer(1))], 'EAFNOSUPPORT'],
    ['nothing', undefined, 'EAFNOSUPPORT'],
  ])('is refused where it is %s', (_, address, code) => {
    expect(thrown(() => encoded(owner(UNKNOWN), address)).code).toBe(code)
  })

  test('a buffer whose memory is gone is no address', () => {
    const data = new Uint8Array(4)
    structuredClone(data.buffer, { transfer: [data.buffer] })
    expect(thrown(() => encoded(owner(UNKNOWN), [UNKNOWN, data])).code).toBe('ERR_INVALID_ARG_TYPE')
  })

  test('the usual families keep their forms', () => {
    const address = [berkeley.AF_INET, Buffer.alloc(14)]
    expect(thrown(() => encoded(owner(berkeley.AF_INET), address)).code).toBe('ERR_INVALID_ARG_TYPE')
    expect(thrown(() => encoded(owner(berkeley.AF_UNIX), address)).code).toBe('ERR_INVALID_ARG_TYPE')
  })
})

/** A sockaddr of bytes, as Linux lays it out. */
function bytesOf(family: number, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FAMILY + data.length)
  bytes.writeUInt16LE(family)
  bytes.set(data, FAMILY)
  return bytes
}

const { AF_ALG, AF_BLUETOOTH, AF_CAN, AF_NETLINK, AF_PACKET, AF_QIPCRTR, AF_RDS, AF_TIPC, AF_VSOCK } = berkeley
const FAMILIES = [
  ...[AF_ALG, AF_BLUETOOTH, AF_CAN, AF_NETLINK, AF_PACKET, AF_QIPCRTR, AF_TIPC, AF_VSOCK, UNKNOWN],
  ...[berkeley.AF_INET, berkeley.AF_INET6, berkeley.AF_UNIX, berkeley.AF_UNSPEC],
].filter((family) => family !== undefined)
const LINK_ADDRESS = 4
const FLOWINFO = 2

describe.skipIf(!can.linux)('hostile addresses [needs Linux]', () => {
  test('bytes of any length and family are decoded, and what came out goes in and comes out again', () => {
    const seed = freshSeed()
    const random = randomOf(seed)
    let again = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.from(Array.from({ length: random(STORAGE + 1) }, () => (random(3) === 0 ? 0 : random(256))))
      const family = FAMILIES[random(FAMILIES.length)] as number
      if (bytes.length >= FAMILY && random(10) > 0) bytes.writeUInt16LE(family)
      const one = owner(bytes.length >= FAMILY ? bytes.readUInt16LE() : family, random(9))
      const out = decoded(one, bytes)
      if (bytes.length < FAMILY) expect(out, `seed ${seed}`).toBeNull()
      else if (canGoIn(one, out)) {
        expect(decoded(one, encoded(one, out)), `seed ${seed}, ${bytes.toString('hex')}`).toEqual(out)
        again++
      }
    }
    expect(again).toBeGreaterThan(10_000)
  })

  /** All but those for which the calls have limits or no form of their own. */
  function canGoIn({ family, proto }: Owner, out: unknown): boolean {
    if (family === AF_CAN) return [1, 2, 6, 7].includes(proto)
    // The kernel's are ASCII, and end inside their fields.
    if (family === AF_ALG) return false
    if (family === AF_PACKET) return ((out as unknown[])[LINK_ADDRESS] as Buffer).length <= 8
    if (family === berkeley.AF_INET6) return ((out as unknown[])[FLOWINFO] as number) <= 0xfffff
    if (family !== berkeley.AF_UNIX) return true
    // Paths that the kernel never writes: beyond its limit.
    return Buffer.byteLength(out as string) < 108
  }
})

describe.skipIf(!can.linux)('forms of addresses [needs Linux]', () => {
  test.each([
    ['ALG', owner(AF_ALG), 'sha256', 'an array [type, name, feat?, mask?] for AF_ALG'],
    ['ALG', owner(AF_ALG), ['hash'], 'an array [type, name, feat?, mask?] for AF_ALG'],
    ['ALG', owner(AF_ALG), ['hash', 1], '"address[1]" argument must be of type string'],
    ['ALG', owner(AF_ALG), ['hash\0', 'sha256'], '"address[0]" must be without null bytes'],
    ['ALG', owner(AF_ALG), ['a type of 14 b', 'x'], '"address[0].length" is out of range'],
    ['ALG', owner(AF_ALG), ['hash', 'x'.repeat(64)], '"address[1].length" is out of range'],
    ['ALG', owner(AF_ALG), ['hash', 'sha256', 0, 2 ** 32], '"address[3]" is out of range'],
    ['L2CAP', owner(AF_BLUETOOTH, 0), ['00:00:00:00:00:00'], '[bdaddr, psm, cid?, bdaddrType?] for BTPROTO_L2CAP'],
    ['L2CAP', owner(AF_BLUETOOTH, 0), ['00:00:00:00:00:00', 65536], '"address[1]" is out of range'],
    ['RFCOMM', owner(AF_BLUETOOTH, 3), [1, 2], '"address[0]" argument must be a device address as a string'],
    ['SCO', owner(AF_BLUETOOTH, 2), ['00:00:00:00:00:00'], 'a device address (string or Buffer) for BTPROTO_SCO'],
    ['HCI', owner(AF_BLUETOOTH, 1), 'hci0', '[device, channel?] (or the number of a device) for BTPROTO_HCI'],
    ['QIPCRTR', owner(AF_QIPCRTR), [0], 'an array [node, port] for AF_QIPCRTR'],
    ['RDS', owner(AF_RDS), ['127.0.0.1'], 'an array [host, port] for AF_INET'],
  ])('%s: %# is refused by its name', (_, one, address, message) => {
    const error = thrown(() => encoded(one, address))
    expect(error.code).toMatch(/^ERR_/)
    expect(error.message).toContain(message)
  })

  test.each(['', '1:2:3:4:5', '1:2:3:4:5:6:7', '1:2:3:4:5:g', '1:2:3:4:5:100', '1:2:3:4:5:-1', ' 1:2:3:4:5:6'])(
    'a device of Bluetooth is not %j',
    (device) => {
      expect(thrown(() => encoded(owner(AF_BLUETOOTH, 3), [device, 1]))).toMatchObject({ code: 'EINVAL' })
    },
  )

  test('a protocol without addresses of its own', () => {
    expect(thrown(() => encoded(owner(AF_BLUETOOTH, 8), ['x', 1]))).toMatchObject({ code: 'EPROTONOSUPPORT' })
    expect(thrown(() => encoded(owner(AF_CAN, 3), ['']))).toMatchObject({ code: 'EPROTONOSUPPORT' })
    // What such a socket has tells itself raw.
    const out = decoded(owner(AF_BLUETOOTH, 8), bytesOf(31, Buffer.alloc(10, 1)))
    expect(out).toEqual([31, Buffer.alloc(10, 1)])
  })

  test('RDS has addresses of both internet families', () => {
    expect(decoded(owner(AF_RDS), encoded(owner(AF_RDS), ['127.0.0.1', 80]))).toEqual(['127.0.0.1', 80])
    expect(decoded(owner(AF_RDS), encoded(owner(AF_RDS), ['::1', 80, 0, 0]))).toEqual(['::1', 80, 0, 0])
  })
})
