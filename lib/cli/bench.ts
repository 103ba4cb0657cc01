/** `berkeley bench`: a server and a client that measure the network between them. What they do is in bench/. */
import type { Command } from 'commander'
import { measure, serve } from './bench/commands.js'
import { addClientOptions, addServerOptions } from './bench/options.js'

export function register(command: Command): void {
  addServerOptions(command.command('server'))
    .description('Serve measurements, until Ctrl-C. Who can reach it can use it: see --bind and the limits.')
    .action(serve)
  addClientOptions(command.command('client'))
    .description('Measure the network to a server: throughput, latency, connections, and loss of UDP, in turn.')
    .action(measure)
}
