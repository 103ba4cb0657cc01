import { ifIndextoname, ifNameindex, ifNametoindex } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { differences, hasPython, python } from './support/python.js'
import { can, thrown } from './support/sockets.js'

describe('interfaces', () => {
  test('every interface is found by its index and by its name', () => {
    const interfaces = ifNameindex()
    expect(interfaces.length).toBeGreaterThan(0)
    for (const [index, name] of interfaces) {
      expect(ifNametoindex(name)).toBe(index)
      expect(ifNametoindex(Buffer.from(name))).toBe(index)
      expect(ifIndextoname(index)).toBe(name)
    }
  })

  test.skipIf(!hasPython)('are those that CPython names [needs python3]', () => {
    expect(ifNameindex()).toEqual(python('emit(socket.if_nameindex())'))
  })

  test.skipIf(!hasPython)('unknown ones fail as in CPython [needs python3]', () => {
    const calls: Record<string, () => unknown> = {}
    for (const name of ['', 'nonexistent', 'lo ', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(300)]) {
      calls[`socket.if_nametoindex('${name}')`] = () => ifNametoindex(name)
    }
    for (const index of [0, 99_999, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, -1]) {
      calls[`socket.if_indextoname(${index})`] = () => ifIndextoname(index)
    }
    expect(differences(calls)).toEqual({})
  })

  test('an unknown name is ENODEV, an unknown index ENXIO', () => {
    expect(thrown(() => ifNametoindex('nonexistent'))).toMatchObject({
      name: 'SocketError',
      code: 'ENODEV',
      syscall: 'if_nametoindex',
      address: 'nonexistent',
    })
    expect(thrown(() => ifIndextoname(99_999))).toMatchObject({
      name: 'SocketError',
      code: 'ENXIO',
      syscall: 'if_indextoname',
    })
  })

  test('a name of which an interface has only the beginning is unknown', () => {
    const [, name] = ifNameindex()[0] as [number, string]
    expect(thrown(() => ifNametoindex(`${name}\x01${'x'.repeat(20)}`))).toMatchObject({ code: 'ENODEV' })
    expect(thrown(() => ifNametoindex(`${name}\0`))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
  })

  test('other types and ranges are refused', () => {
    for (const name of [1, null, undefined, ['lo'], new ArrayBuffer(2)]) {
      expect(thrown(() => ifNametoindex(name as unknown as string))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const index of ['1', null, undefined, 1n]) {
      expect(thrown(() => ifIndextoname(index as unknown as number))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const index of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(thrown(() => ifIndextoname(index))).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    }
  })

  test.skipIf(!can.linux)('the loopback interface is there [needs Linux]', () => {
    expect(ifNametoindex('lo')).toBe(1)
  })
})
