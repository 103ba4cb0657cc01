/** `berkeley ping`. */
import type { Command } from 'commander'
import { Failure } from './failure.js'

export function register(command: Command): void {
  command.action(() => {
    throw new Failure('ping is not there yet')
  })
}
