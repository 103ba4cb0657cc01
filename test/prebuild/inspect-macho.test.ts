/** The checks of binaries for macOS, each broken once. */
import { describe, expect, test } from 'vitest'
import { inspect } from '../../scripts/prebuild/inspect.js'
import { readMachO } from '../../scripts/prebuild/macho.js'
import { type Target, targets } from '../../scripts/prebuild/targets.js'
import { goodMachO, type MachOParts, makeMachO } from '../support/macho.js'

const targetOf = (name: string): Target => targets.find((target) => target.name === name) as Target
const arm64 = targetOf('darwin-arm64')
const x64 = targetOf('darwin-x64')

describe('a binary for macOS', () => {
  test('that is as it should be has no problem', () => {
    expect(inspect(makeMachO(), arm64)).toEqual([])
    expect(inspect(makeMachO({ type: 8 }), arm64)).toEqual([])
    expect(inspect(makeMachO({ cpu: 0x01000007 }), x64)).toEqual([])
    // Several pages, of which the last is not whole.
    expect(inspect(makeMachO({ text: 'x'.repeat(10_000) }), arm64)).toEqual([])
  })

  test('is read as it was written', () => {
    const { exported, bound, segments, build, libraries } = readMachO(makeMachO())
    expect({ exported, libraries, build }).toEqual({
      exported: goodMachO.exported,
      libraries: goodMachO.libraries,
      build: { platform: 1, oldest: '11.0' },
    })
    expect(bound.map(({ name, library }) => [name, library])).toEqual(goodMachO.bound)
    expect(segments.map(({ protection }) => protection)).toEqual([5, 3, 1])
  })

  const { exported, bound, libraries } = goodMachO
  test.each<[string, Partial<MachOParts>, string]>([
    ['another processor', { cpu: 0x01000007 }, 'is for processor 0x1000007, not arm64'],
    ['a program', { type: 2 }, 'is neither a library nor a bundle'],
    ['a newer macOS', { build: [1, 11, 3] }, 'is for platform 1 from 11.3 on, not for macOS from 11.0 on'],
    ['iOS', { build: [2, 11, 0] }, 'is for platform 2 from 11.0 on, not for macOS'],
    ['a path for a name', { name: '/opt/made/here.node' }, 'calls itself /opt/made/here.node'],
    [
      'a library of C++',
      { libraries: [...libraries, '/usr/lib/libc++.1.dylib'] },
      'needs the library /usr/lib/libc++.1.dylib',
    ],
    ['an RPATH', { paths: ['@loader_path'] }, 'has a path to look for libraries (RPATH)'],
    ['code to write to', { protections: [5, 7] }, 'has memory that is writable and executable'],
    ['no registration', { exported: exported.slice(1) }, 'does not export napi_register_module_v1'],
    ['no version', { exported: [...exported.slice(0, 1)] }, 'does not export node_api_module_get_api_version_v1'],
    ['another symbol', { exported: [...exported, 'napi_other'] }, 'exports napi_other (1)'],
    [
      'no table of exceptions',
      { bound: bound.filter(([name]) => name !== '_Unwind_SetGR') },
      'cannot catch exceptions',
    ],
    [
      'what macOS lacks',
      { bound: [...bound, ['__cxa_thread_atexit_impl', -2]] },
      'needs __cxa_thread_atexit_impl, which',
    ],
    ['a second library’s', { bound: [...bound, ['malloc', 2]] }, 'needs malloc, which neither the system'],
    ['no signature', { isSigned: false }, 'is not signed'],
    ['another signature', { isAdHoc: false }, 'has a signature that is not ad-hoc'],
    ['a path', { text: 'at /Users/someone/native/open.cc' }, 'holds paths: /Users/someone/native/open.cc (1)'],
    ['a great length', { text: '\0'.repeat(800_000) }, 'where 786432 are the most'],
  ])('is refused with %s', (_, changes, problem) => {
    expect(inspect(makeMachO(changes), arm64)).toContainEqual(expect.stringContaining(problem))
  })

  test('without a signature is refused on arm64 only, but a wrong one everywhere', () => {
    expect(inspect(makeMachO({ cpu: 0x01000007, isSigned: false }), x64)).toEqual([])
    const changed = makeMachO({ cpu: 0x01000007, text: `${'x'.repeat(5000)}one` })
    changed.write('two', changed.indexOf('one'))
    expect(inspect(changed, x64)).toEqual(['has a signature that does not fit its page 1'])
  })

  test('whose signature was made for less, or is none, is refused', () => {
    const signed = makeMachO({ text: 'x'.repeat(100) })
    const { at } = readMachO(signed).signature as { at: number }
    const shorter = Buffer.from(signed)
    // The length that is signed, in the directory behind 20 bytes of index.
    shorter.writeUInt32BE(at - 1, at + 20 + 32)
    expect(inspect(shorter, arm64)).toContainEqual(`has a signature over ${at - 1} bytes, where ${at} come before it`)
    const other = Buffer.from(signed)
    other.writeUInt32BE(0, at)
    expect(inspect(other, arm64)).toEqual(['has a signature of an unknown form'])
    const empty = Buffer.from(signed)
    empty.writeUInt32BE(0, at + 20)
    expect(inspect(empty, arm64)).toEqual(['has a signature without hashes'])
    const sha1 = Buffer.from(signed)
    sha1.writeUInt8(1, at + 20 + 37)
    expect(inspect(sha1, arm64)).toEqual(['has a signature with hashes of kind 1'])
  })

  test('that is none, or ends too early, is told so', () => {
    expect(inspect(Buffer.from('#!/bin/sh\n'.repeat(10)), arm64)).toEqual(['cannot be read: no Mach-O file of 64 bits'])
    const whole = makeMachO()
    for (let length = 0; length < whole.length; length += 13) {
      expect(inspect(whole.subarray(0, length), arm64), `${length} bytes`).not.toEqual([])
    }
  })
})
