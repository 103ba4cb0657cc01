/** Addresses of IPv6 as people type them: in brackets, and with the interface that a link-local one is of. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { only, resultsIn, startBenchServer } from '../support/bench.js'
import { cliFile, runCli } from '../support/cli.js'
import { Program } from '../support/process.js'
import { can } from '../support/sockets.js'

test.skipIf(!can.bindIPv6)('brackets are taken away, with and without a port [needs IPv6]', async () => {
  await using server = await startBenchServer('--bind', '[::1]')
  const args = ['bench', 'client', '[::1]', '-p', `${server.port}`, '--test', 'latency', '-t', '0.05', '--json']
  const outcome = await runCli(args)
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(resultsIn(outcome).target).toMatchObject({ host: '::1', address: '::1' })
  const ping = await runCli(['ping', '-c', '1', '--tcp', `${server.port}`, '[::1]'])
  expect(ping).toMatchObject({ code: 0, stderr: '' })
  expect(ping.stdout).toMatch(/^connected by ::1 port \d+: seq=1 /m)
})

/** A machine whose loopback has a link-local address. */
const isolated = (script: string): string[] => [
  ...['-rn', 'sh', '-c', `ip link set lo up && ip addr add fe80::1/64 dev lo nodad && ${script}`],
  ...[process.execPath, cliFile],
]
const canIsolate = can.linux && spawnSync('unshare', isolated('true')).status === 0

async function run(script: string) {
  await using program = new Program('unshare', isolated(script), { DEBUG: '' })
  return await program.input('').ended()
}

describe.skipIf(!canIsolate)('a link-local address [needs unshare(1), ip(8)]', () => {
  test('bench: TCP and UDP, on that interface', async () => {
    const server = '"$0" "$1" bench server --bind fe80::1%lo --one-off'
    const client = '"$0" "$1" bench client fe80::1%lo -t 0.1 --json'
    const outcome = await run(`${server} | { read -r line && ${client}; }`)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const results = resultsIn(outcome)
    expect(results.tests.map(({ status }) => status)).toEqual(results.tests.map(() => 'done'))
    for (const { lost } of only(results, 'udp')) expect(lost).toBe(0)
  })

  test('ping, and serve with connect', async () => {
    const ping = await run('exec "$0" "$1" ping -c 1 fe80::1%lo')
    expect(ping).toMatchObject({ code: 0, stderr: '' })
    const serve = 'echo answer | "$0" "$1" serve "[fe80::1%lo]:0" 2>&1'
    const connect = 'echo question | "$0" "$1" connect "$(echo "$line" | cut -d" " -f3)"'
    const outcome = await run(`${serve} | { read -r line && ${connect}; cat; }`)
    expect(outcome).toMatchObject({ code: 0, stdout: 'answer\nquestion\n', stderr: '' })
  })
})
