/** Which descriptors this process has open, so that no test leaves one behind. */
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { runtime, slowness } from './runtime.js'

const folder = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd'

/**
 * Sockets, pipes and files by number; what a runtime opens for itself (epoll, eventfd, its own files) is left out. On
 * systems that do not tell what a descriptor is, all of them.
 * @returns {Map<string, string>} empty where the system does not tell at all
 */
export function openDescriptors() {
  /** @type {Map<string, string>} */
  const found = new Map()
  /** @type {string[]} */
  let names
  try {
    names = readdirSync(folder)
  } catch {
    return found
  }
  for (const name of names) {
    let what = 'descriptor'
    try {
      if (folder !== '/dev/fd') what = readlinkSync(`${folder}/${name}`)
    } catch {
      continue // the one that was open for reading the folder
    }
    if (/^(descriptor$|socket:|pipe:|\/tmp\/)/.test(what)) found.set(name, what)
  }
  // What leads to the standard streams a runtime has opened once more, when it was first asked to print.
  const standard = ['0', '1', '2'].map((name) => found.get(name))
  for (const [name, what] of found) if (what !== 'descriptor' && standard.includes(what)) found.delete(name)
  return found
}

/** Half a second after its start Deno opens a pair of sockets for itself; it is known by its numbers in the kernel. */
let isPairExpected = runtime === 'deno'

/** @param {[name: string, what: string][]} more */
function isOwnPair(more) {
  const [first = 0, second = 0] = more.map(([, what]) => Number(/^socket:\[(\d+)\]$/.exec(what)?.[1])).sort()
  return isPairExpected && more.length === 2 && second - first === 1
}

/**
 * What is open now and was not before; what a child or a worker leaves for a moment is waited for.
 * @param {Map<string, string>} before
 * @returns {Promise<string[]>}
 */
export async function settled(before) {
  const until = performance.now() + 1000 * slowness
  for (;;) {
    const now = openDescriptors()
    if (now.size <= before.size) return []
    const more = [...now].filter(([name, what]) => before.get(name) !== what)
    if (isOwnPair(more)) {
      isPairExpected = false
      return []
    }
    if (performance.now() > until) return more.map(([name, what]) => `${name} (${what})`)
    await sleep(10)
  }
}
