/** `berkeley info`: what this kernel, this runtime and this build can do. */
import type { Command } from 'commander'
import { type Colors, colors } from './colors.js'
import type { Limit } from './info/limits.js'
import type { Finding } from './info/probes.js'
import { collect, type Info } from './info/report.js'
import { print } from './output.js'

export function register(command: Command): void {
  command
    .description('Tell what this kernel, this runtime and this build can do, by asking the kernel for each thing.')
    .option('--json', 'as JSON, of the shape that docs/cli.md tells')
    .action(info)
}

async function info({ json }: { json?: boolean }): Promise<void> {
  const found = await collect()
  if (json) {
    print(JSON.stringify(found, null, 2))
    return
  }
  for (const line of linesOf(found, colors(process.stdout))) print(line)
}

/** Rows of `name  value`, the names in one column. */
function* rows(entries: readonly (readonly [string, string])[], { dim }: Colors): Generator<string> {
  const width = Math.max(...entries.map(([name]) => name.length))
  for (const [name, value] of entries) yield `  ${dim(name.padEnd(width))}  ${value}`
}

function* findings(title: string, found: readonly Finding[], { bold, dim, green, yellow }: Colors): Generator<string> {
  yield ''
  yield bold(title)
  const nameWidth = Math.max(...found.map(({ name }) => name.length))
  const codeWidth = Math.max(3, ...found.map(({ code }) => code?.length ?? 0))
  for (const { name, available, code, note } of found) {
    const answer = available ? green('yes'.padEnd(codeWidth)) : yellow(String(code).padEnd(codeWidth))
    yield `  ${name.padEnd(nameWidth)}  ${answer}  ${dim(note)}`.trimEnd()
  }
}

function* limitLines(found: readonly Limit[], { bold, dim }: Colors): Generator<string> {
  yield ''
  yield bold('Limits')
  const nameWidth = Math.max(...found.map(({ name }) => name.length))
  const valueWidth = Math.max(...found.map(({ value }) => (value ?? '-').length))
  for (const { name, value, meaning } of found) {
    yield `  ${name.padEnd(nameWidth)}  ${(value ?? '-').padEnd(valueWidth)}  ${dim(meaning)}`
  }
}

function* linesOf(found: Info, paint: Colors): Generator<string> {
  const { package: own, binary, runtime, system, engine } = found
  yield paint.bold(`berkeley ${own.version}`)
  yield* rows(
    [
      ['package', own.folder],
      ['addon', binary.path === null ? 'loaded' : `${binary.path} (${binary.source})`],
      ['runtime', `${runtime.name} ${runtime.version}${runtime.napi === null ? '' : `, Node-API ${runtime.napi}`}`],
      ['system', `${system.kernel} ${system.release}, ${system.arch}${system.libc === null ? '' : `, ${system.libc}`}`],
      ['engine', engine],
    ],
    paint,
  )
  yield* findings('Families', found.families, paint)
  yield* findings('Features', found.features, paint)
  yield* limitLines(found.limits, paint)
  yield ''
  yield paint.bold('Interfaces')
  yield* rows(
    found.interfaces.map(({ index, name, addresses }) => [`${index} ${name}`, addresses.join(', ')]),
    paint,
  )
}
