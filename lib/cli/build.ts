/** `berkeley build`: the addon, built from the sources in the package. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Failure } from './failure.js'
import { packageFolder } from './package.js'

export function register(command: Command): void {
  command
    .description('Build the native addon from the sources in the package. It takes a C++17 compiler.')
    .argument('[arguments...]', 'what scripts/build-from-source.js takes')
    .allowUnknownOption()
    .action(build)
}

async function build(args: string[]): Promise<void> {
  const script = join(packageFolder(), 'scripts/build-from-source.js')
  if (!existsSync(script)) throw new Failure(`this package has no sources to build: ${script} is not there`)
  // A process of its own, since it may end with whatever it finds wrong.
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  process.exitCode = code ?? 1
}
