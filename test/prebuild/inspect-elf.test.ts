/** The checks of binaries for Linux, each broken once. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readElf } from '../../scripts/prebuild/elf.js'
import { inspect } from '../../scripts/prebuild/inspect.js'
import { type Target, targets } from '../../scripts/prebuild/targets.js'
import { type ElfParts, goodElf, makeElf } from '../support/elf.js'
import { can } from '../support/sockets.js'

const targetOf = (name: string): Target => targets.find((target) => target.name === name) as Target
const gnu = targetOf('linux-x64-gnu')
const musl = targetOf('linux-x64-musl')
const forMusl: Partial<ElfParts> = { needed: ['libc.so'], wanted: [['napi_create_double'], ['recvmsg']] }

describe('a binary for Linux', () => {
  test('that is as it should be has no problem', () => {
    expect(inspect(makeElf(), gnu)).toEqual([])
    expect(inspect(makeElf({ machine: 183 }), targetOf('linux-arm64-gnu'))).toEqual([])
    expect(inspect(makeElf(forMusl), musl)).toEqual([])
  })

  const { segments, wanted, exported } = goodElf
  test.each<[string, Partial<ElfParts>, string]>([
    ['another processor', { machine: 183 }, 'is for machine 183, not x64'],
    ['a program', { type: 2 }, 'is no shared object'],
    ['a program that names a loader', { segments: [...segments, [3, 4]] }, 'is no shared object'],
    ['another name', { soname: 'other.node' }, 'calls itself other.node'],
    ['a library of C++', { needed: ['libc.so.6', 'libstdc++.so.6'] }, 'needs the library libstdc++.so.6'],
    ['no registration', { exported: exported.slice(1) }, 'does not export napi_register_module_v1'],
    ['no version', { exported: exported.slice(0, 1) }, 'does not export node_api_module_get_api_version_v1'],
    ['more to show', { exported: [...exported, '_Znwm'] }, 'exports _Znwm (1)'],
    ['C++', { wanted: [...wanted, ['_ZSt9terminatev', 'GLIBCXX_3.4']] }, "needs _ZSt9terminatev of C++'s libraries"],
    ['the unwinder', { wanted: [['_Unwind_Resume', 'GCC_3.0']] }, "needs _Unwind_Resume of C++'s libraries"],
    ['another function of libuv', { wanted: [['uv_run']] }, 'needs uv_run, which the C library does not have'],
    ['a newer glibc', { wanted: [['poll', 'GLIBC_2.29']] }, 'needs poll of glibc 2.29, where 2.28 is the oldest'],
    ['a much newer one', { wanted: [['poll', 'GLIBC_3.0']] }, 'needs poll of glibc 3.0, where 2.28 is the oldest'],
    ['no word on its stack', { segments: segments.filter(([type]) => type !== 0x6474e551) }, 'has an executable stack'],
    ['a stack for code', { segments: [[0x6474e551, 7], ...segments.slice(2)] }, 'has an executable stack'],
    ['code to write to', { segments: [[1, 7], ...segments] }, 'has memory that is writable and executable'],
    ['open tables', { segments: segments.slice(0, 2) }, 'leaves its relocated tables writable (no RELRO)'],
    ['code to relocate', { dynamic: [...goodElf.dynamic, [22, 0]] }, 'relocates code (TEXTREL)'],
    ['the same as a flag', { dynamic: [...goodElf.dynamic, [30, 4]] }, 'relocates code (TEXTREL)'],
    ['no mark to stay', { dynamic: [] }, 'may be unloaded (no NODELETE)'],
    ['another mark', { dynamic: [[0x6ffffffb, 1]] }, 'may be unloaded (no NODELETE)'],
    ['an RPATH', { dynamic: [...goodElf.dynamic, [29, 0]] }, 'has a path to look for libraries (RPATH)'],
    ['a path', { text: 'at /src/native/open.cc' }, 'holds paths: /src/native/open.cc (1)'],
    ['a great length', { text: '\0'.repeat(800_000) }, 'where 786432 are the most'],
  ])('is refused with %s', (_, changes, problem) => {
    expect(inspect(makeElf(changes), gnu)).toEqual([expect.stringContaining(problem)])
  })

  test('for musl is refused with what is glibc’s', () => {
    expect(inspect(makeElf({ ...forMusl, needed: ['libc.so.6'] }), musl)).toEqual(['needs the library libc.so.6'])
    expect(inspect(makeElf({ ...forMusl, wanted: [['poll', 'GLIBC_2.2.5']] }), musl)).toEqual([
      'needs poll (GLIBC_2.2.5), which the C library does not have',
    ])
  })

  test('that is none, or ends too early, is told so', () => {
    expect(inspect(Buffer.from('#!/bin/sh\n'.repeat(10)), gnu)).toEqual(['cannot be read: no ELF file'])
    const narrow = makeElf()
    narrow[4] = 1
    expect(inspect(narrow, gnu)).toEqual(['cannot be read: not of 64 bits, little-endian'])
    const whole = makeElf({ text: '' })
    for (let length = 0; length < whole.length; length += 13) {
      expect(inspect(whole.subarray(0, length), gnu), `${length} bytes`).not.toEqual([])
    }
  })
})

test.skipIf(!can.linux)('what another linker has made is read, too [needs Linux]', () => {
  const bytes = readFileSync(process.env.BERKELEY_ADDON || 'build/Release/berkeley.node')
  const elf = readElf(bytes)
  expect(elf.exported).toEqual(expect.arrayContaining(goodElf.exported))
  expect(elf.needed).toContain('libc.so.6')
  expect(elf.wanted.map(({ name }) => name)).toContain('napi_create_function')
  expect(elf.wanted.find(({ name }) => name === 'socketpair')?.version).toMatch(/^GLIBC_2/)
})
