#!/usr/bin/env node
/**
 * The command-line tool, `npx berkeley`: which commands there are, how they are found, how they end.
 *
 * A command is a file of its own, loaded when it is called, so that the others need not load what it needs: this one has
 * to work where the addon cannot be loaded (`berkeley build`), and may not import `../index.js`, nor what imports it.
 * That file exports `register(command)`, which gives the command, made here with its name and summary, its arguments,
 * options and action. An action throws: a `UsageError` for what was asked wrongly (exit code 2), anything else for what
 * failed (exit code 1, one line). It sets `process.exitCode` for other ends, and returns when it is done: the process is
 * ended then, with what it still holds. What all of them share is beside this file: `failure`, `colors`, `interrupt`
 * (Ctrl-C), `units` (bytes, rates, durations), `output` (lines that may meet a closed pipe), `package`, and `address`.
 *
 * Exit codes: 0 done; 1 failed; 2 asked wrongly; 130 and 143 interrupted, where that was no way to end.
 */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { colors } from './colors.js'
import { failWith } from './failure.js'
import { ended, outputFailed } from './output.js'
import { version } from './package.js'

interface CommandFile {
  register(command: Command): void
}

const COMMANDS: { name: string; summary: string; load(): Promise<CommandFile> }[] = [
  {
    name: 'connect',
    summary: 'connect, and pass bytes between it and the terminal',
    load: () => import('./connect.js'),
  },
  { name: 'serve', summary: 'listen, and pass bytes likewise, or serve them', load: () => import('./serve.js') },
  { name: 'ping', summary: 'ask a host whether it answers, and how fast', load: () => import('./ping.js') },
  { name: 'bench', summary: 'measure the network between two hosts', load: () => import('./bench.js') },
  { name: 'info', summary: 'tell what this kernel and this build can do', load: () => import('./info.js') },
  { name: 'build', summary: 'build the native addon from source', load: () => import('./build.js') },
]

/** The command that the arguments name, after `help` too. */
function commandIn(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'))
  return words[0] === 'help' ? words[1] : words[0]
}

async function programFor(args: readonly string[]): Promise<Command> {
  const program = new Command('berkeley')
    .description('Sockets from the command line: the tool of the berkeley package.')
    .version(version())
    .option('--licenses', 'tell the licenses of the libraries in this tool')
    .on('option:licenses', () => {
      process.stdout.write(readFileSync(new URL('./cli-licenses.txt', import.meta.url)))
      throw new CommanderError(0, 'licenses', '')
    })
    .helpCommand('help [command]', 'tell the options of a command')
    .option('--no-color', 'no colours; as NO_COLOR in the environment, and FORCE_COLOR=1 for the contrary')
    .addHelpText(
      'after',
      '\nThe guide is docs/cli.md in the repository. With DEBUG=1 errors tell where they come from.',
    )
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        const { bold, red } = colors(process.stderr)
        write(
          `${bold('berkeley:')} ${red(
            text
              .replace(/^error: /, '')
              .trim()
              .replaceAll('\n', ' '),
          )}\n`,
        )
      },
      getOutHasColors: () => colors(process.stdout).isColorSupported,
      getErrHasColors: () => colors(process.stderr).isColorSupported,
    })
    .configureHelp({
      styleTitle: (text) => colors(process.stdout).bold(text),
      styleCommandText: (text) => colors(process.stdout).cyan(text),
      styleOptionText: (text) => colors(process.stdout).cyan(text),
    })
  const wanted = commandIn(args)
  for (const { name, summary, load } of COMMANDS) {
    const command = program.command(name).description(summary)
    // The others are there for the list in the help only.
    if (name === wanted) (await load()).register(command)
  }
  return program
}

async function main(args: readonly string[]): Promise<void> {
  const program = await programFor(args)
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version come as an "error", too, with code 0; those that are one have been told.
    if (error.exitCode !== 0) process.exitCode = 2
  }
}

process.stdout.on('error', outputFailed)
// Nobody is left to tell.
process.stderr.on('error', () => {})

try {
  await main(process.argv.slice(2))
} catch (error) {
  failWith(error)
}
await ended()
process.exit()
