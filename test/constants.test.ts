import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as berkeley from 'berkeley'
import * as select from 'berkeley/select'
import { afterEach, describe, expect, test } from 'vitest'

const system = process.platform === 'darwin' ? 'macos' : 'linux'
const root = fileURLToPath(new URL('..', import.meta.url))
const exported: Readonly<Record<string, unknown>> = { ...berkeley }
const ofSelect: Readonly<Record<string, unknown>> = { ...select }

const generate = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/constants/generate.js'), ...args], { encoding: 'utf8' })

interface Listed {
  readonly name: string
  readonly kind: string
  readonly linux: 'all' | 'some' | 'none'
  readonly macos: 'all' | 'some' | 'none'
}
const table = JSON.parse(generate('--list').stdout) as Record<'constants' | 'select' | 'errno', readonly Listed[]>

const fixtureOf = (module: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/cpython-3.13-${module}-constants.json`, import.meta.url), 'utf8'))
const fixture = fixtureOf('socket') as Record<'linux' | 'linuxBluetooth' | 'macos' | 'later', readonly string[]>
const selectFixture = fixtureOf('select') as Record<'linux' | 'macos' | 'later', readonly string[]>

function python(code: string): Record<string, number> {
  return JSON.parse(execFileSync('python3', ['-c', code], { encoding: 'utf8' })) as Record<string, number>
}
const hasPython = spawnSync('python3', ['--version']).status === 0

/** Why a number may differ from that of the Python on this machine. */
const differences: Readonly<Record<string, string>> = {
  NI_MAXHOST: 'a choice of the C library: glibc 1025, musl 255',
  SOMAXCONN: 'a choice of the C library: glibc 4096 since 2.33 and 128 before, musl 128',
  SO_RCVTIMEO: 'on 32-bit systems it follows the width of time_t',
  SO_SNDTIMEO: 'on 32-bit systems it follows the width of time_t',
}

describe('the table', () => {
  test('gives every name that it promises for this system a number, and no other', () => {
    for (const { name, [system]: where } of table.constants) {
      if (where === 'all') expect.soft(exported[name], name).toBeTypeOf('number')
      else if (where === 'none') expect.soft(exported[name], name).toBe(undefined)
      else expect.soft(['number', 'undefined'], name).toContain(typeof exported[name])
      expect.soft(name in exported, name).toBe(true)
    }
  })

  test('holds whole numbers, past 32 signed bits as CPython has them', () => {
    for (const { name } of table.constants) {
      const value = exported[name]
      if (value !== undefined) expect.soft(Number.isSafeInteger(value), name).toBe(true)
    }
    expect(berkeley.INADDR_NONE).toBe(0xffffffff)
    expect(berkeley.INADDR_BROADCAST).toBe(0xffffffff)
    expect(berkeley.INADDR_LOOPBACK).toBe(0x7f000001)
    expect(berkeley.VMADDR_CID_ANY).toBe(0xffffffff)
  })

  test.skipIf(system !== 'linux')('has the enumerators that #ifdef misses [needs Linux]', () => {
    expect(berkeley.IPPROTO_MPTCP).toBe(262)
    expect(berkeley.TCP_ESTABLISHED).toBe(1)
    expect(berkeley.TCP_CLOSING).toBe(11)
    expect(berkeley.CAN_BCM_RX_CHANGED).toBe(12)
    expect(berkeley.SOF_TIMESTAMPING_OPT_TSONLY).toBe(1 << 11)
  })

  test('has the names of CPython 3.13', () => {
    const on = (where: 'linux' | 'macos') =>
      new Set([...table.constants, ...table.errno].filter((each) => each[where] !== 'none').map((each) => each.name))
    const linux = on('linux')
    const macos = on('macos')
    expect(fixture.linux.filter((name) => !linux.has(name))).toEqual([])
    expect(fixture.linuxBluetooth.filter((name) => !linux.has(name))).toEqual([])
    expect(fixture.later.filter((name) => !linux.has(name))).toEqual([])
    expect(fixture.macos.filter((name) => !macos.has(name))).toEqual([])
  })
})

test.skipIf(!hasPython)('has the numbers of the CPython on this machine [needs python3]', () => {
  const theirs = python(
    'import json, socket\n' +
      'print(json.dumps({n: int(v) for n, v in vars(socket).items()' +
      ' if isinstance(v, int) and not isinstance(v, bool) and n.isupper() | n.startswith("AF_")}))',
  )
  expect(Object.keys(theirs).length).toBeGreaterThan(150)
  for (const [name, value] of Object.entries(theirs)) {
    if (name in differences) expect.soft(exported[name], name).toBeTypeOf('number')
    else expect.soft(exported[name], name).toBe(value)
  }
})

describe("berkeley/select's table", () => {
  test('gives every name that it promises for this system a number, and no other', () => {
    for (const { name, [system]: where } of table.select) {
      expect.soft(typeof ofSelect[name], name).toBe(where === 'all' ? 'number' : 'undefined')
      expect.soft(name in ofSelect, name).toBe(true)
      if (where === 'all') expect.soft(Number.isSafeInteger(ofSelect[name]), name).toBe(true)
    }
  })

  test('is not that of berkeley', () => {
    expect(table.select.length).toBeGreaterThan(80)
    for (const { name } of table.select) expect.soft(name in exported, name).toBe(false)
  })

  test('has the names of CPython 3.13', () => {
    const on = (where: 'linux' | 'macos') =>
      new Set(table.select.filter((each) => each[where] !== 'none').map(({ name }) => name))
    expect([...selectFixture.linux, ...selectFixture.later].filter((name) => !on('linux').has(name))).toEqual([])
    expect(selectFixture.macos.filter((name) => !on('macos').has(name))).toEqual([])
  })

  test.skipIf(!hasPython)('has the numbers of the CPython on this machine [needs python3]', () => {
    const theirs = python(
      'import json, select\nprint(json.dumps({n: v for n, v in vars(select).items() if isinstance(v, int)}))',
    )
    expect(Object.keys(theirs).length).toBeGreaterThan(10)
    for (const [name, value] of Object.entries(theirs)) expect.soft(ofSelect[name], name).toBe(value)
  })
})

describe('errno', () => {
  const errno: Readonly<Record<string, number | undefined>> = { ...berkeley.errno }

  test('gives every name that it promises for this system a number, and no other', () => {
    for (const { name, [system]: where } of table.errno) {
      if (where === 'all') expect.soft(errno[name], name).toBeTypeOf('number')
      else if (where === 'none') expect.soft(errno[name], name).toBe(undefined)
    }
    expect(Object.keys(errno).filter((name) => !table.errno.some((each) => each.name === name))).toEqual([])
  })

  test('agrees with os.constants.errno', () => {
    for (const [name, value] of Object.entries(constants.errno)) expect.soft(errno[name], name).toBe(value)
  })

  test.skipIf(!hasPython)("agrees with Python's errno [needs python3]", () => {
    const theirs = python(
      'import errno, json\nprint(json.dumps({n: v for n, v in vars(errno).items() if n.startswith("E")}))',
    )
    for (const [name, value] of Object.entries(theirs)) expect.soft(errno[name], name).toBe(value)
  })

  test('exports by itself what CPython exports by itself', () => {
    expect(berkeley.EBADF).toBe(constants.errno.EBADF)
    expect(berkeley.EAGAIN).toBe(constants.errno.EAGAIN)
    expect(berkeley.EWOULDBLOCK).toBe(constants.errno.EWOULDBLOCK)
  })

  test('is frozen', () => {
    expect(Object.isFrozen(berkeley.errno)).toBe(true)
  })
})

describe('generate.js', () => {
  const directories: string[] = []
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
  })

  test('finds the committed files as the table has them', () => {
    expect(generate('--check')).toMatchObject({ status: 0, stderr: '' })
  })

  test('finds a file that was edited by hand, and one that is missing', () => {
    const copy = mkdtempSync(join(tmpdir(), 'berkeley-constants-'))
    directories.push(copy)
    for (const folder of ['native/generated', 'lib/generated']) {
      cpSync(join(root, folder), join(copy, folder), { recursive: true })
    }
    expect(generate('--check', '--root', copy).status).toBe(0)

    const tampered = join(copy, 'lib/generated/constants.ts')
    writeFileSync(tampered, readFileSync(tampered, 'utf8').replace('c.AF_INET ', 'c.AF_INET6 '))
    rmSync(join(copy, 'native/generated/errno.inc'))
    const found = generate('--check', '--root', copy)
    expect(found.status).toBe(1)
    expect(found.stderr).toContain('lib/generated/constants.ts does not match')
    expect(found.stderr).toContain('native/generated/errno.inc does not match')

    expect(generate('--root', copy).status).toBe(0)
    expect(generate('--check', '--root', copy).status).toBe(0)
  })
})
