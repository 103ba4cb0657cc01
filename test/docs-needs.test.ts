/**
 * The programs of the documentation that need what not every machine has. Privileges they get in a network namespace of
 * their own; a protocol that this kernel lacks is in that of `npm run test:vm -- test/docs-needs.test.ts`; and kqueue is in
 * the addon of kqueue-on-linux.test.ts.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { AF_ALG, SOCK_SEQPACKET, socket } from 'berkeley'
import { kqueue } from 'berkeley/select'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, PAGES } from './support/pages.js'
import { UserProject } from './support/user-project.js'

/** Whether a call that opens something works here. */
function works(open: () => Disposable): boolean {
  try {
    open()[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}

// A loopback interface alone, all capabilities over it, and ping sockets for everybody in it.
const PREPARE = 'ip link set lo up && echo "0 0" > /proc/sys/net/ipv4/ping_group_range'
const namespaceOf = (unshare: readonly string[]): string[] => [
  ...[...unshare, 'sh', '-c', `${PREPARE} && exec "$0" "$@"`],
]
const unshare = [
  ['unshare', '--net'],
  ['unshare', '--map-root-user', '--net'],
].find((command) => {
  const [name = '', ...args] = namespaceOf(command)
  return spawnSync(name, [...args, 'true']).status === 0
})

/** How a program gets what its fence says that it needs; `undefined` where this machine does not have it. */
const WAYS: Record<string, string[] | undefined> = {
  'own-network': unshare && namespaceOf(unshare),
  root: spawnSync('setpriv', ['--reuid=65534', 'test', '-r', resolve('package.json')]).status === 0 ? [] : undefined,
  AF_ALG: works(() => socket(AF_ALG as number, SOCK_SEQPACKET)) ? [] : undefined,
  kqueue: works(kqueue) ? [] : undefined,
}

const blocks = PAGES.flatMap(blocksOf).filter(({ language, info }) => language !== 'sh' && info !== '')

let project: UserProject
beforeAll(() => {
  project = new UserProject()
})
afterAll(() => project[Symbol.dispose]())

test('a fence says what its program needs, and nothing else', () => {
  expect(blocks.map(({ info }) => info).filter((info) => !(info.replace(/^needs=/, '') in WAYS))).toEqual([])
})

for (const block of blocks) {
  const need = block.info.replace('needs=', '')
  const way = WAYS[need]
  test.skipIf(way === undefined)(`${block.place} runs and prints what it says [needs ${need}]`, async () => {
    const [command = process.execPath, ...args] = [...(way ?? []), process.execPath, project.writeBlock(block)]
    expect(block.language).toBe('js')
    await project.run(command, args, block)
  })
}
