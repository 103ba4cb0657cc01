/** `berkeley bench`: its commands are in bench/. */
import type { Command } from 'commander'
import { Failure } from './failure.js'

export function register(command: Command): void {
  command.action(() => {
    throw new Failure('bench is not there yet')
  })
}
