/** `berkeley info`: what it tells is what the kernel and Python tell. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { errno, ifNameindex } from 'berkeley'
import { expect, test } from 'vitest'
import { cliFile, runCli } from '../support/cli.js'
import { Program } from '../support/process.js'
import { hasPython } from '../support/python.js'

interface Finding {
  name: string
  available: boolean
  code: string | null
  note: string
}
interface Info {
  package: { name: string; version: string; folder: string }
  binary: { path: string | null; source: string | null }
  runtime: { name: string; version: string; napi: string | null }
  system: Record<string, string | null>
  engine: string
  families: Finding[]
  features: Finding[]
  limits: { name: string; value: string | null; meaning: string }[]
  interfaces: { index: number; name: string; addresses: string[] }[]
}

async function info(env: NodeJS.ProcessEnv = {}): Promise<Info> {
  const { code, stdout, stderr } = await runCli(['info', '--json'], '', env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Info
}

test('tells package, addon and runtime', async () => {
  const found = await info()
  expect(found.package).toEqual({
    name: 'berkeley',
    version: (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
    folder: resolve('.'),
  })
  expect(found.runtime).toEqual({ name: 'Node.js', version: process.versions.node, napi: process.versions.napi })
  expect(found.binary.path).toMatch(/\.node$/)
  expect(found.system).toMatchObject({ platform: process.platform, arch: process.arch })
  const addon = process.env.BERKELEY_ADDON || resolve('build/Release/berkeley.node')
  const named = await info({ BERKELEY_ADDON: addon })
  expect(named.binary).toEqual({ path: addon, source: 'BERKELEY_ADDON' })
})

test.skipIf(!hasPython)('what can be opened is what Python can open [needs python3]', async () => {
  const { families } = await info()
  const python = `
import socket, errno, json
def probe(*args):
    try:
        socket.socket(*args).close()
    except AttributeError:
        return 'ENOTSUP'
    except OSError as error:
        # Python has Linux's other name of the same number.
        return {'ENOTSUP': 'EOPNOTSUPP'}.get(errno.errorcode[error.errno], errno.errorcode[error.errno])
S = socket
print(json.dumps({
  'AF_INET raw': probe(S.AF_INET, S.SOCK_RAW, S.IPPROTO_ICMP),
  'AF_INET ping': probe(S.AF_INET, S.SOCK_DGRAM, S.IPPROTO_ICMP),
  'AF_INET stream': probe(S.AF_INET, S.SOCK_STREAM, 0),
  'AF_UNIX seqpacket': probe(S.AF_UNIX, S.SOCK_SEQPACKET, 0),
  **({'AF_NETLINK': probe(16, S.SOCK_RAW, 0), 'AF_PACKET': probe(17, S.SOCK_RAW, 0), 'AF_ALG': probe(38, S.SOCK_SEQPACKET, 0),
      'AF_CAN': probe(29, S.SOCK_RAW, 1), 'SCTP': probe(S.AF_INET, S.SOCK_STREAM, 132)} if hasattr(S, 'AF_NETLINK') else {}),
}))`
  const expected = JSON.parse(spawnSync('python3', ['-c', python], { encoding: 'utf8' }).stdout) as object
  const byName = Object.fromEntries(families.map(({ name, code }) => [name, code]))
  expect(byName).toMatchObject(expected)
  expect(families.length).toBeGreaterThan(Object.keys(expected).length)
  for (const { available, code } of families) expect(available).toBe(code === null)
})

test('a feature is there where its option can be set', async () => {
  const { features } = await info()
  const reusePort = features.find(({ name }) => name === 'SO_REUSEPORT')
  expect(reusePort).toMatchObject({ available: true, code: null })
  expect(features.map(({ name }) => name)).toContain('io_uring')
  for (const { code } of features) if (code !== null) expect(code in errno || code === 'ENOTSUP').toBe(true)
})

test('engine, limits and interfaces are those of the process', async () => {
  const { engine, limits, interfaces } = await info({ BERKELEY_ENGINE: '' })
  expect(engine).toBe(process.platform === 'darwin' ? 'kqueue' : 'epoll')
  expect(interfaces.map(({ index, name }) => [index, name])).toEqual(ifNameindex())
  const loopback = networkInterfaces().lo ?? networkInterfaces().lo0 ?? []
  expect(interfaces.flatMap(({ addresses }) => addresses)).toEqual(
    expect.arrayContaining(loopback.map(({ cidr }) => cidr)),
  )
  const nofile = spawnSync('sh', ['-c', 'ulimit -S -n'], { encoding: 'utf8' }).stdout.trim()
  expect(limits.find(({ name }) => name === 'RLIMIT_NOFILE')?.value).toMatch(new RegExp(`^${nofile} `))
  for (const { meaning } of limits) expect(meaning).toMatch(/\w/)
})

test('to a person it tells the same, in columns, with colours only where they are wanted', async () => {
  const plain = await runCli(['info'])
  expect(plain).toMatchObject({ code: 0, stderr: '' })
  for (const title of ['Families', 'Features', 'Limits', 'Interfaces']) {
    expect(plain.stdout).toMatch(new RegExp(`^${title}$`, 'm'))
  }
  expect(plain.stdout).toMatch(/^ {2}AF_INET stream +yes +TCP over IPv4$/m)
  const coloured = await runCli(['info'], '', { FORCE_COLOR: '1' })
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
  expect(coloured.stdout).toMatch(escapes)
  expect(coloured.stdout.replace(escapes, '').trimEnd().split('\n').length).toBe(
    plain.stdout.trimEnd().split('\n').length,
  )
})

test('goes on where no thread may be started', async () => {
  const known = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag)
  const permission = known('--permission') ? '--permission' : '--experimental-permission'
  const flags = [permission, '--allow-fs-read=*', '--allow-addons', '--allow-child-process']
  await using program = new Program(process.execPath, [...flags, cliFile, 'info', '--json'], { DEBUG: '' }).input('')
  const { code, stdout } = await program.ended()
  expect(code).toBe(0)
  const { features } = JSON.parse(stdout) as Info
  expect(features.find(({ name }) => name === 'io_uring')).toMatchObject({ available: false, code: 'ENOTSUP' })
})
