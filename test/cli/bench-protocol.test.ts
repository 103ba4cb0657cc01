/** Headers, frames and messages of `berkeley bench`: what is sent is read, and what is not is told. */
import { describe, expect, test } from 'vitest'
import { decodeHeader, encodeFrame, encodeHeader, FrameReader, HEADER_BYTES } from '../../lib/cli/bench/frames.js'
import { requestCheck } from '../../lib/cli/bench/messages.js'
import { integer, ProtocolError, record, text } from '../../lib/cli/bench/schema.js'

const token = '00112233445566778899aabbccddeeff'

describe('the header', () => {
  test('comes out as it went in', () => {
    expect(decodeHeader(encodeHeader())).toMatchObject({ role: 'control' })
    const header = encodeHeader({ stream: 7, token })
    expect(header.length).toBe(HEADER_BYTES)
    expect(decodeHeader(header)).toEqual({ role: 'data', stream: 7, token })
  })

  test.each([
    ['not-the-protocol', (header: Buffer) => header.write('GET / HTTP/1.1')],
    ['version', (header: Buffer) => header.writeUInt8(9, 7)],
    ['bad-message', (header: Buffer) => header.writeUInt8(3, 8)],
  ])('is refused: %s', (code, spoil) => {
    const header = encodeHeader()
    spoil(header)
    expect(() => decodeHeader(header)).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
  })

  test('of another version says both', () => {
    const header = encodeHeader()
    header.writeUInt8(9, 7)
    expect(() => decodeHeader(header)).toThrow(/speaks version 1 .* the other one 9/)
  })
})

describe('frames', () => {
  const messages = [{ type: 'a' }, { text: 'é'.repeat(100) }, [], { nested: { deep: [1, 2, 3] } }]
  const stream = Buffer.concat(messages.map((message) => encodeFrame(message)))

  test.each([1, 2, 3, 7, 64, 1000])('are whole again after pieces of %d bytes', (size) => {
    const reader = new FrameReader(1000)
    const found: unknown[] = []
    for (let at = 0; at < stream.length; at += size) {
      reader.push(stream.subarray(at, at + size))
      for (let next = reader.next(); next !== undefined; next = reader.next()) found.push(next)
    }
    expect(found).toEqual(messages)
    expect(reader.isWithin).toBe(false)
  })

  test('too long, they are refused before they are there', () => {
    const reader = new FrameReader(100)
    reader.push(Buffer.from([0, 0, 0, 101]))
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'too-long' }))
  })

  test.each(['', '{', 'x'.repeat(20)])('of %j are refused', (content) => {
    const reader = new FrameReader(100)
    reader.push(Buffer.concat([Buffer.from([0, 0, 0, content.length]), Buffer.from(content)]))
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'bad-message' }))
  })
})

describe('messages', () => {
  const udp = { kind: 'udp', direction: 'up', seconds: 1, bitrate: null, size: 1200, interval: 1 }
  const asked = (spec: object): unknown => requestCheck({ type: 'test', id: 1, spec }, '')

  test('have their fields, and lose those that nobody knows', () => {
    expect(asked({ ...udp, later: true })).toEqual({ type: 'test', id: 1, spec: udp })
  })

  test.each([
    [{ ...udp, seconds: '1' }, 'the field "spec.seconds" takes a number from 0.001 to 86400'],
    [{ ...udp, seconds: 1e9 }, 'the field "spec.seconds" takes a number from 0.001 to 86400'],
    [{ ...udp, size: 0.5 }, 'the field "spec.size" takes an integer from 1 to 65507'],
    [{ ...udp, direction: 'duplex' }, 'the field "spec.direction" takes one of up, down'],
    [{ ...udp, kind: 'sctp' }, 'the field "spec.kind" takes one of throughput, echo, udp-echo, connections, udp'],
    [{ ...udp, kind: '__proto__' }, 'the field "spec.kind" takes one of throughput, echo, udp-echo, connections, udp'],
    [[], 'the field "spec" takes an object'],
  ])('%j is refused', (spec, message) => {
    expect(() => asked(spec)).toThrow(new ProtocolError('bad-message', message))
  })

  test.each([null, 1, 'hello', [], {}, { type: 'toString' }])('%j is none', (message) => {
    expect(() => requestCheck(message, '')).toThrow(ProtocolError)
  })

  test('cannot move the cursor of who reads them', () => {
    const control = String.fromCharCode(27)
    expect(text(20)(`${control}[2Jred`, 'x')).toBe(' [2Jred')
  })

  test('take nothing from what objects inherit', () => {
    expect(() => record({ constructor: integer(0, 1) })({}, '')).toThrow('the field "constructor"')
  })
})
