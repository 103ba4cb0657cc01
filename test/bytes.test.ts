/** What counts as bytes: the language's own idea of a view, not what an object says of itself. */
import { types } from 'node:util'
import { runInNewContext } from 'node:vm'
import { AF_INET, inetNtop } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { byteView, dataOf, viewOf } from '../dist/bytes.js'
import { pair, thrown } from './support/sockets.js'

const forms = { byteView, dataOf, viewOf }
const each = Object.entries(forms)

/** Bytes 1 to 8 in memory that can change its size. */
function resizable(): { buffer: ArrayBuffer; resize(length: number): void } {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer
  const buffer = new Resizable(8, { maxByteLength: 16 })
  new Uint8Array(buffer).set([1, 2, 3, 4, 5, 6, 7, 8])
  return { buffer, resize: (length) => (buffer as unknown as { resize(length: number): void }).resize(length) }
}

/** The memory of `view`, transferred away. */
function detach<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const buffer = (ArrayBuffer.isView(value) ? value.buffer : value) as ArrayBuffer
  structuredClone(buffer, { transfer: [buffer] })
  return value
}

const foreign = (code: string): Uint8Array => runInNewContext(code)

describe.each(each)('%s', (_, form) => {
  test.each([
    ['a Buffer', Buffer.of(1, 2, 3)],
    ['a Uint8Array', Uint8Array.of(1, 2, 3)],
    ['a part of one', Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)],
    ['a DataView', new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1)],
    ['an Int8Array', Int8Array.of(1, 2, 3)],
    ['an ArrayBuffer', Uint8Array.of(1, 2, 3).buffer],
    ['a Uint8Array of another realm', foreign('Uint8Array.of(1, 2, 3)')],
    ['a DataView of another realm', foreign('new DataView(Uint8Array.of(1, 2, 3).buffer)')],
    ['an ArrayBuffer of another realm', foreign('Uint8Array.of(1, 2, 3).buffer')],
    [
      'a SharedArrayBuffer of another realm',
      foreign('const b = new SharedArrayBuffer(3); new Uint8Array(b).set([1, 2, 3]); b'),
    ],
  ])('takes %s', (_, value) => {
    const view = form('x', value)
    expect(types.isUint8Array(view)).toBe(true)
    expect([...view]).toEqual([1, 2, 3])
    const memory = ArrayBuffer.isView(value) ? value.buffer : value
    expect(view.buffer).toBe(memory)
  })

  test('is not fooled by what a subclass or an object says of its length', () => {
    class Liar extends Uint8Array {
      override get length(): number {
        return 1000
      }
      override get byteLength(): number {
        return 1000
      }
      override get buffer(): ArrayBuffer {
        return new ArrayBuffer(1000)
      }
    }
    const own = Object.defineProperty(Uint8Array.of(7, 8), 'length', { value: 9 })
    const empty = Object.defineProperty(Uint8Array.of(7, 8), 'length', { value: 0 })
    const liar = new Liar(2)
    Uint8Array.prototype.set.call(liar, [7, 8])
    for (const value of [liar, own, empty]) {
      const view = form('x', value)
      expect(view.length).toBe(2)
      expect([...view]).toEqual([7, 8])
      view[0] = 5
      expect(value[0]).toBe(5)
      value[0] = 7
    }
  })

  test.each([
    ['a proxy', new Proxy(new Uint8Array(4), {})],
    ['what only inherits from Uint8Array', Object.create(Uint8Array.prototype)],
    ['what only inherits from DataView', Object.create(DataView.prototype)],
    ['what names itself so', { [Symbol.toStringTag]: 'Uint8Array', length: 1, 0: 1 }],
    ['a list', [1, 2]],
    ['null', null],
    ['a number', 3],
  ])('refuses %s', (_, value) => {
    expect(thrown(() => form('x', value))).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  })

  test.each([
    ['a Uint8Array', () => detach(new Uint8Array(4))],
    ['an empty Uint8Array', () => detach(new Uint8Array(0))],
    ['a Float64Array', () => detach(new Float64Array(4))],
    ['a DataView', () => detach(new DataView(new ArrayBuffer(4)))],
    ['an ArrayBuffer', () => detach(new ArrayBuffer(4))],
  ])('refuses %s whose memory was transferred away', (_, make) => {
    const error = thrown(() => form('x', make()))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(error.message).toContain('"x"')
  })

  test.each([
    ['a Uint8Array', (buffer: ArrayBuffer) => new Uint8Array(buffer, 4, 4)],
    ['a Uint8Array without a length', (buffer: ArrayBuffer) => new Uint8Array(buffer, 4)],
    ['an Int16Array', (buffer: ArrayBuffer) => new Int16Array(buffer, 4, 2)],
    ['a DataView', (buffer: ArrayBuffer) => new DataView(buffer, 4, 4)],
    ['a DataView without a length', (buffer: ArrayBuffer) => new DataView(buffer, 4)],
  ])('refuses %s that is out of bounds, while it is', (_, make) => {
    const { buffer, resize } = resizable()
    const view = make(buffer)
    expect([...form('x', view)]).toEqual([5, 6, 7, 8])
    resize(3)
    expect(thrown(() => form('x', view)).code).toBe('ERR_INVALID_ARG_TYPE')
    resize(8)
    expect(form('x', view).length).toBe(4)
  })

  test('takes what is truly empty', () => {
    const { buffer, resize } = resizable()
    const tracking = [new Uint8Array(buffer), new DataView(buffer), new Uint8Array(buffer, 0, 0)]
    resize(0)
    for (const value of [...tracking, buffer, new Uint8Array(0), Buffer.alloc(0), new ArrayBuffer(0)]) {
      expect(form('x', value).length).toBe(0)
    }
  })
})

test('what is its own length comes back itself', () => {
  for (const value of [Buffer.of(1), Uint8Array.of(1)]) {
    expect(byteView('x', value)).toBe(value)
    expect(dataOf('x', value)).toBe(value)
  }
  expect(dataOf('x', 'é')).toEqual(Buffer.of(0xc3, 0xa9))
  expect(dataOf('x', '').length).toBe(0)
})

test('sends take what a view holds, and end no stream with what holds nothing any more', () => {
  using ends = pair()
  const { buffer, resize } = resizable()
  const view = new Uint8Array(buffer, 4)
  expect(ends[0].send(foreign('Uint8Array.of(1, 2, 3)'))).toBe(3)
  ends[0].sendall(view)
  expect([...ends[1].recv(20)]).toEqual([1, 2, 3, 5, 6, 7, 8])
  resize(2)
  for (const send of [() => ends[0].send(view), () => ends[0].sendall(view), () => ends[0].sendto(view, '/x')]) {
    expect(thrown(send).code).toBe('ERR_INVALID_ARG_TYPE')
  }
})

test('addresses are bytes too', () => {
  expect(inetNtop(AF_INET, foreign('Uint8Array.of(127, 0, 0, 1)'))).toBe('127.0.0.1')
  expect(thrown(() => inetNtop(AF_INET, detach(new Uint8Array(4)))).code).toBe('ERR_INVALID_ARG_TYPE')
})
