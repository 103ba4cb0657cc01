/** `connect` and `serve` over vsock, of the machine with itself. `npm run test:vm` has a kernel that can. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cliFile, runCli, startCli } from '../support/cli.js'
import { has } from '../support/families.js'
import { Program } from '../support/process.js'
import { temporaryFolder } from '../support/sockets.js'

const LISTENING = /^listening on (vsock:any:\d+)$/m

describe.skipIf(!has.vsockLoopback)('over vsock [needs vsock_loopback]', () => {
  test('files go both ways, each to its end', async () => {
    using folder = temporaryFolder()
    const [up, down] = [randomBytes(1_000_000), randomBytes(300_000)]
    writeFileSync(folder.path('up'), up)
    writeFileSync(folder.path('down'), down)
    const shell = (command: string, address: string): Program =>
      new Program('sh', ['-c', command, process.execPath, cliFile, folder.path(''), address], { DEBUG: '' })
    await using server = shell('exec "$0" "$1" serve -v "$3" <"$2/down" >"$2/up.got"', 'vsock:any:any')
    const [, name = ''] = await server.told(LISTENING)
    const local = name.replace('any', 'local')
    await using client = shell('exec "$0" "$1" connect -v "$3" <"$2/up" >"$2/down.got"', local)
    const [served, connected] = await Promise.all([server.ended(), client.ended()])
    expect([served.code, connected.code]).toEqual([0, 0])
    expect(readFileSync(folder.path('up.got')).equals(up)).toBe(true)
    expect(readFileSync(folder.path('down.got')).equals(down)).toBe(true)
    expect(connected.stderr).toMatch(/^connected to vsock:1:\d+ from vsock:\w+:\d+$/m)
    expect(connected.stderr).toMatch(/: received 293 KiB, sent 977 KiB, /)
  })

  test('--echo serves one after the other, and a port that nobody has refuses', async () => {
    await using server = startCli(['serve', '--echo', 'vsock:local:any'])
    const [, port] = await server.told(/^listening on vsock:1:(\d+)$/m)
    for (const text of ['one', 'two']) {
      expect(await runCli(['connect', `vsock:local:${port}`], text)).toMatchObject({
        code: 0,
        stdout: text,
        stderr: '',
      })
    }
    server.signal('SIGTERM')
    expect(await server.ended()).toMatchObject({ code: 0 })
    const { code, stderr } = await runCli(['connect', `vsock:local:${port}`])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^berkeley: connect vsock:1:\d+: Connection reset by peer \(ECONNRESET\)\n$/)
  })

  test('records keep their bounds', async () => {
    await using server = startCli(['serve', '-v', '--hex', 'vsock-seqpacket:any:any']).input('')
    const [, name = ''] = await server.told(LISTENING)
    const address = name.replace('vsock:any', 'vsock-seqpacket:local')
    expect(await runCli(['connect', '--lines', address], 'a\nlonger\n')).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout } = await server.ended()
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^< 00000000 .*\|a\.\|$/),
      expect.stringMatching(/^< 00000002 .*\|longer\.\|$/),
    ])
  })
})

test.skipIf(!has.vsock)('serve tells its port, and Ctrl-C ends it [needs vsock]', async () => {
  await using program = startCli(['serve', '-k', 'vsock:any:any'])
  await program.told(LISTENING)
  program.signal('SIGINT')
  expect(await program.ended()).toMatchObject({ code: 0, stderr: expect.stringContaining('0 connections') })
})

test.skipIf(!has.vsock || has.vsockLoopback)(
  'where no machine answers, that is told [needs vsock, no loopback]',
  async () => {
    const { code, stderr } = await runCli(['connect', '-t', '5', 'vsock:local:1024'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^berkeley: connect vsock:1:1024: .+ \(E[A-Z]+\)\n$/)
  },
)
