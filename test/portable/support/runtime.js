/** Which runtime this is, and how it is started once more. */
import { readFileSync } from 'node:fs'

/** @typedef {'node' | 'bun' | 'deno'} RuntimeName */

/** @returns {RuntimeName} */
function nameOfRuntime() {
  if (process.versions.bun !== undefined) return 'bun'
  return process.versions.deno !== undefined ? 'deno' : 'node'
}

export const runtime = nameOfRuntime()
export const runtimeVersion = process.versions[runtime] ?? ''

/** Under qemu-user the machine in the kernel's answer is emulated, the processor of /proc/cpuinfo is not always. */
export const isEmulated = process.env.BERKELEY_EMULATED !== undefined

/** How much longer than usual everything takes: for emulators, sanitizers and tracers. */
export const slowness = Number(process.env.BERKELEY_SLOWNESS ?? 1)

/** @returns {string[]} the command that runs a file by this runtime, as far as the file's name */
function commandOfRuntime() {
  const { BERKELEY_RUNTIME } = process.env
  // An emulator's command cannot be told from inside.
  if (BERKELEY_RUNTIME !== undefined) return JSON.parse(BERKELEY_RUNTIME)
  return runtime === 'deno' ? [process.execPath, 'run', '-A'] : [process.execPath]
}

export const command = commandOfRuntime()

/** What comes behind it, where a program shall have `gc()`. */
export const gcFlags = runtime === 'node' ? ['--expose-gc'] : runtime === 'deno' ? ['--v8-flags=--expose-gc'] : []

/** Has what is unreachable collected, where the runtime lets a program do that. */
export function collect() {
  const { Bun } = /** @type {{ Bun?: { gc(force: boolean): void } }} */ (globalThis)
  if (Bun !== undefined) Bun.gc(true)
  else globalThis.gc?.()
}

/** Whether this process is traced, which changes what signals do and how long everything takes. */
export function isTraced() {
  try {
    return /^TracerPid:\s*[1-9]/m.test(readFileSync('/proc/self/status', 'utf8'))
  } catch {
    return false
  }
}
