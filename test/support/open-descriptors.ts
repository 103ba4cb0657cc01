/** The descriptors of this process, as the system lists them. */
import { fstatSync, readdirSync, readlinkSync } from 'node:fs'

const isLinux = process.platform === 'linux'
const FOLDER = isLinux ? '/proc/self/fd' : '/dev/fd'

/** A thread of Node's that is ended while it loads modules leaves their files open, whatever they hold. */
const isModule = (path: string): boolean => /\.m?js$/.test(path)

/** What a descriptor is; that which has the number after it was closed differs. `null`: it is not open, or Node's own. */
function whatIs(fd: number): string | null {
  try {
    if (isLinux) {
      const path = readlinkSync(`${FOLDER}/${fd}`)
      return isModule(path) ? null : path
    }
    const { ino, mode } = fstatSync(fd)
    return `mode ${mode.toString(8)}, inode ${ino}`
  } catch {
    // The one that the folder was read by.
    return null
  }
}

/** What is open, by number. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>()
  for (const fd of readdirSync(FOLDER).map(Number)) {
    const what = whatIs(fd)
    if (what !== null) open.set(fd, what)
  }
  return open
}

/** What has been opened since `before` and not closed, and what was closed of it: a line each. */
export function differencesFrom(before: ReadonlyMap<number, string>): string[] {
  const now = openDescriptors()
  return [
    ...[...now].filter(([fd, what]) => before.get(fd) !== what).map(([fd, what]) => `${fd} was left open: ${what}`),
    ...[...before].filter(([fd]) => !now.has(fd)).map(([fd, what]) => `${fd} was closed: ${what}`),
  ]
}
