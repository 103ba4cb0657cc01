/** `berkeley connect`. */
import type { Command } from 'commander'
import { Failure } from './failure.js'

export function register(command: Command): void {
  command.action(() => {
    throw new Failure('connect is not there yet')
  })
}
