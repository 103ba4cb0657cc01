/**
 * Ctrl-C, SIGTERM, and SIGHUP of a terminal that is gone. The first ends what a command does, in good order: it tells its summary and returns. The second
 * ends the process at once, as the signal does where nobody handles it.
 */
import { constants } from 'node:os'
import { hurry } from './output.js'

export interface Interrupt extends Disposable {
  /** Aborted by the first signal: for the calls that wait. */
  readonly signal: AbortSignal
  /** 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP, undefined before any: for commands that were not done. */
  readonly exitCode: number | undefined
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Takes the signals from now on, until it is disposed. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  const take = (name: NodeJS.Signals): void => {
    if (exitCode === undefined) {
      exitCode = 128 + constants.signals[name]
      // The terminal has written ^C, and what is told now begins a line.
      if (name === 'SIGINT' && process.stderr.isTTY) process.stderr.write('\n')
      hurry()
      controller.abort(new Error(`interrupted by ${name}`))
      return
    }
    stop()
    process.kill(process.pid, name)
  }
  const stop = (): void => {
    for (const name of SIGNALS) process.removeListener(name, take)
  }
  for (const name of SIGNALS) process.on(name, take)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]: stop,
  }
}
