/** What only a network with a router shows: errors from it, groups, and several addresses of one interface. */
import { spawnSync } from 'node:child_process'
import { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 } from 'berkeley'
import { describe, expect, test } from 'vitest'
import { examplesFolder, Program } from '../support/process.js'
import { can } from '../support/sockets.js'

const NETWORKS = ['-n', 'sh', 'test/fixtures/two-networks.sh']
const canHaveNetworks = can.linux && spawnSync('unshare', [...NETWORKS, 'true']).status === 0

/** Runs a program in front of the router; what it prints. */
async function behindARouter(...command: string[]): Promise<string> {
  await using program = new Program('unshare', [...NETWORKS, process.execPath, ...command]).input('')
  const { code, stdout, stderr } = await program.ended()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe.skipIf(!canHaveNetworks)('behind a router [needs root, unshare, ip, veth]', () => {
  test.each([
    ['10.9.1.3', '10.9.0.2'],
    ['fd09:1::3', 'fd09::2'],
  ])('examples/traceroute.js finds the way to %s', async (host, router) => {
    const lines = (await behindARouter(`${examplesFolder}traceroute.js`, host)).trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe(`to ${host}, at most 30 hops`)
    expect(lines[1]).toMatch(/^1: (\S+), [\d.]+ ms, EHOSTUNREACH$/)
    expect(lines[1]).toContain(`: ${router},`)
    expect(lines[2]).toMatch(/^2: (\S+), [\d.]+ ms, ECONNREFUSED$/)
    expect(lines[2]).toContain(`: ${host},`)
  })

  test('the MTU comes from the router; answers come from where was asked, but not from a group', async () => {
    const found = JSON.parse(await behindARouter('test/fixtures/behind-a-router.js')) as Record<string, unknown>
    expect(found.tooLong).toMatchObject({
      code: 'EMSGSIZE',
      origin: SO_EE_ORIGIN_ICMP,
      type: 3,
      icmpCode: 4,
      mtu: 1300,
      offender: ['10.9.0.2', 0],
    })
    expect(found.tooLong6).toMatchObject({
      code: 'EMSGSIZE',
      origin: SO_EE_ORIGIN_ICMP6,
      type: 2,
      mtu: 1300,
      offender: ['fd09::2', 0, 0, 0],
    })
    expect(found.source6).toMatchObject({
      asked: { address: 'fd09::1' },
      isA0: true,
      from: 'fd09::9',
      answered: 'fd09::1',
    })
    expect(found.group6).toMatchObject({
      asked: { address: 'ff02::1' },
      isA0: true,
      answered: expect.stringMatching(/^f[de]/),
    })
    expect(found.group).toMatchObject({
      asked: { address: '239.9.9.9', localAddress: '10.9.0.1' },
      isA0: true,
      from: '10.9.0.1',
      answered: '10.9.0.1',
    })
  })
})
