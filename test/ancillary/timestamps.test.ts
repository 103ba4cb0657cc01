/** When the kernel had a message: of every option, of received and of sent ones; and when it shall send. */
import {
  decodeAncillary,
  encodeAncillary,
  errno,
  MSG_ERRQUEUE,
  MSG_PEEK,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_TIMESTAMP,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SO_TXTIME,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_SOCKET,
  setdefaulttimeout,
} from 'berkeley'
import { describe, expect, test } from 'vitest'
import { ancdataOfPython, forms, inHex } from '../support/messages.js'
import { hasPython } from '../support/python.js'
import { Closing, can, udp } from '../support/sockets.js'

// What is lost fails a test, and does not hang it.
setdefaulttimeout(10)

/** Flags, each of which Linux has. */
const flags = (...each: (number | undefined)[]): number => each.reduce<number>((all, flag) => all | (flag as number), 0)

const now = (): bigint => BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000)) * 1000n
const MINUTE = 60_000_000_000n

const received = flags(SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RX_SOFTWARE)
type Option = [name: string, option: number | undefined, value: number, unit: bigint]
const OPTIONS_OF_LINUX: Option[] = [
  ['SO_TIMESTAMP_NEW', SO_TIMESTAMP_NEW, 1, 1000n],
  ['SO_TIMESTAMPNS', SO_TIMESTAMPNS, 1, 1n],
  ['SO_TIMESTAMPNS_NEW', SO_TIMESTAMPNS_NEW, 1, 1n],
  ['SO_TIMESTAMPING', SO_TIMESTAMPING, received, 1n],
  ['SO_TIMESTAMPING_NEW', SO_TIMESTAMPING_NEW, received, 1n],
]
const OPTIONS: Option[] = [['SO_TIMESTAMP', SO_TIMESTAMP, 1, 1000n], ...(can.linux ? OPTIONS_OF_LINUX : [])]

describe.each(forms)('of what comes in, $name', ({ receive }) => {
  test.each(OPTIONS)('%s', async (_, option, value, unit) => {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    receiver.setsockopt(SOL_SOCKET, option as number, value)
    const stamps: bigint[] = []
    const from = now()
    // The kernel begins to take time stamps a moment after it was asked for the first one.
    while (stamps.length < 5) {
      sender.sendto('x', receiver.getsockname())
      const { timestamp, unknown } = decodeAncillary((await receive(receiver))[1])
      expect(unknown).toEqual([])
      if (timestamp !== undefined) stamps.push(timestamp)
      else if (now() > from + MINUTE / 12n) throw new Error('no time stamp comes')
    }
    // The clock of the machine may be set meanwhile, if not by much.
    for (const stamp of stamps) expect(stamp > from - MINUTE && stamp < now() + MINUTE, `${stamp}`).toBe(true)
    expect(stamps).toEqual([...stamps].sort((a, b) => Number(a - b)))
    if (unit > 1n) expect(stamps.every((stamp) => stamp % unit === 0n)).toBe(true)
    else expect(stamps.some((stamp) => stamp % 1000n !== 0n)).toBe(true)
  })
})

describe.skipIf(!can.linux).each(forms)('of what goes out, $name [needs Linux]', ({ receive, send }) => {
  test('the moments of each send come to the error queue, with its number', async () => {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    const asked = flags(SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_OPT_TSONLY)
    sender.setsockopt(SOL_SOCKET, SO_TIMESTAMPING as number, asked)
    const timestamping = flags(SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED)
    const from = now()
    for (const text of ['first', 'second']) {
      await send(sender, text, encodeAncillary({ timestamping }), receiver.getsockname())
    }
    const seen: unknown[] = []
    for (let i = 0; i < 4; i++) {
      const [data, ancdata] = await receive(sender, MSG_ERRQUEUE)
      expect(data).toHaveLength(0)
      const { timestamp = 0n, errors = [], unknown } = decodeAncillary(ancdata)
      expect(unknown).toEqual([])
      expect(timestamp > from - MINUTE && timestamp < now() + MINUTE).toBe(true)
      expect(errors).toHaveLength(1)
      expect(errors[0]).toMatchObject({
        errno: errno.ENOMSG,
        code: 'ENOMSG',
        origin: SO_EE_ORIGIN_TIMESTAMPING,
        offender: null,
      })
      seen.push([errors[0]?.data, errors[0]?.info])
    }
    expect(seen).toEqual([
      [0, SCM_TSTAMP_SCHED],
      [0, SCM_TSTAMP_SND],
      [1, SCM_TSTAMP_SCHED],
      [1, SCM_TSTAMP_SND],
    ])
  })

  test('a transmit time is taken where SO_TXTIME was set, and only there', async () => {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    const ancdata = encodeAncillary({ transmitTime: 1n })
    await expect(send(sender, 'x', ancdata, receiver.getsockname())).rejects.toMatchObject({ code: 'EINVAL' })
    // struct sock_txtime: CLOCK_TAI, which everybody may use, and no flags.
    sender.setsockopt(SOL_SOCKET, SO_TXTIME as number, Int32Array.of(11, 0))
    await send(sender, 'in time', ancdata, receiver.getsockname())
    expect(receiver.recv(100).toString()).toBe('in time')
  })
})

test.skipIf(!hasPython || !can.linux)('CPython has the same bytes [needs Linux, python3]', () => {
  for (const [, option, value] of OPTIONS) {
    using closing = new Closing()
    const [receiver, sender] = [closing.add(udp()), closing.add(udp())]
    receiver.setsockopt(SOL_SOCKET, option as number, value)
    const next = () => {
      sender.sendto('x', receiver.getsockname())
      return receiver.recvmsg(10, 1024, MSG_PEEK)[1]
    }
    let ancdata = next()
    for (let i = 0; i < 1000 && ancdata.length === 0; i++) {
      receiver.recv(10)
      ancdata = next()
    }
    expect(decodeAncillary(ancdata)).toHaveProperty('timestamp')
    expect(inHex(ancdata)).toEqual(ancdataOfPython(receiver))
  }
})
