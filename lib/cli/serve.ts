/** `berkeley serve`. */
import type { Command } from 'commander'
import { Failure } from './failure.js'

export function register(command: Command): void {
  command.action(() => {
    throw new Failure('serve is not there yet')
  })
}
