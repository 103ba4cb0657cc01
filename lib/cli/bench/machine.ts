/** Who measures: the machine, the versions, and how much of a CPU this process uses. */
import os from 'node:os'
import { type Checked, integer, record, text } from './schema.js'

export const machineCheck = record({
  berkeley: text(40),
  node: text(40),
  platform: text(40),
  kernel: text(120),
  arch: text(40),
  cpu: text(120),
  cpus: integer(0, 1e6),
})

/** What both sides tell of themselves. */
export type Machine = Checked<typeof machineCheck>

/** @param version of this package */
export function thisMachine(version: string): Machine {
  const cpus = os.cpus()
  return {
    berkeley: version,
    node: process.version,
    platform: process.platform,
    kernel: `${os.type()} ${os.release()}`.slice(0, 120),
    arch: process.arch,
    cpu: (cpus[0]?.model.trim() ?? '').slice(0, 120),
    cpus: cpus.length,
  }
}

/** CPU time of this process since it was made. */
export class CpuMeter {
  readonly #began = process.cpuUsage()
  readonly #beganMs = performance.now()

  /** CPUs in use on the average: 1 = one whole CPU. */
  read(): { user: number; system: number } {
    const { user, system } = process.cpuUsage(this.#began)
    const us = Math.max(1, (performance.now() - this.#beganMs) * 1000)
    return { user: user / us, system: system / us }
  }
}
