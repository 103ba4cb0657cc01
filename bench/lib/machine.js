/** What runs the bench, and who else runs on it. */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {{ busy: number, steal: number, all: number }} CpuTimes ticks of all CPUs since the start of the machine */

/**
 * The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)).
 * @param {string} text
 * @returns {CpuTimes}
 */
export function parseStat(text) {
  const ticks = /^cpu\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks
  const busy = user + nice + system + irq + softirq
  return { busy, steal, all: busy + idle + iowait + steal }
}

/** @returns {CpuTimes} */
function cpuTimes() {
  try {
    return parseStat(readFileSync('/proc/stat', 'utf8'))
  } catch {
    // Elsewhere steal is not told.
    const times = os.cpus().map((cpu) => cpu.times)
    const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
    return { busy, steal: 0, all: busy + times.reduce((sum, { idle }) => sum + idle, 0) }
  }
}

/**
 * Between two moments: how many CPUs were busy on the average, and which part of their time the host gave to others.
 * @param {CpuTimes} before
 * @param {CpuTimes} after
 */
function between(before, after) {
  const all = after.all - before.all
  if (all <= 0) return { busy: 0, steal: 0 }
  return { busy: ((after.busy - before.busy) / all) * os.cpus().length, steal: (after.steal - before.steal) / all }
}

/**
 * Watches the machine for as long as the bench runs: `look` while nothing of the bench does, so that what is busy then is
 * others' work.
 */
export function watch() {
  const began = cpuTimes()
  /** @type {number[]} */
  const others = []
  return {
    /** @param {number} ms */
    async look(ms) {
      const before = cpuTimes()
      await sleep(ms)
      others.push(between(before, cpuTimes()).busy)
      return others.at(-1) ?? 0
    },
    /** CPUs that others kept busy at each look, and the part of all CPU time that the host took away (steal). */
    found: () => ({ others, steal: between(began, cpuTimes()).steal }),
  }
}

export function machineOf() {
  const cpus = os.cpus()
  return {
    machine: `${cpus.length} x ${cpus[0]?.model.trim() ?? os.arch()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    // The build's suffix says nothing to others.
    kernel: `${os.type()} ${os.release().split('-')[0]}, ${os.arch()}`,
  }
}
