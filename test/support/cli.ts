/** The command-line tool as a child process. */
import { fileURLToPath } from 'node:url'
import { type Outcome, Program } from './process.js'

export const cliFile = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Starts `berkeley` with arguments, as a user types them. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  return new Program(process.execPath, [cliFile, ...args], { DEBUG: '', ...env })
}

/** Runs it to its end on an input, none where nothing is given. */
export async function runCli(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  await using program = startCli(args, env).input(input)
  return await program.ended()
}
