/** The JSON of the commands has what the guides say, and the guides say all that it has. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { measured, startBenchServer } from '../support/bench.js'
import { runCli } from '../support/cli.js'
import { closedPort } from '../support/sockets.js'

type Json = Record<string, unknown>

/** The text of a section of a guide, from its heading to the next one. */
function section(file: string, heading: string): string {
  const text = readFileSync(`docs/${file}.md`, 'utf8')
  const from = text.indexOf(`\n## ${heading}\n`)
  expect(from, heading).toBeGreaterThan(-1)
  const end = text.indexOf('\n## ', from + 1)
  return text.slice(from, end === -1 ? undefined : end)
}

/** Words in backticks. */
const named = (text: string): string[] => [...text.matchAll(/`([a-zA-Z][\w.]*)`/g)].map(([, word]) => word as string)

/** The row of a table whose first cell is a word. */
function row(text: string, word: string): string {
  const line = text.split('\n').find((each) => each.startsWith('| ') && named(each.split('|')[1] ?? '').includes(word))
  expect(line, word).toBeDefined()
  return (line as string).split('|').slice(2).join('|')
}

/** The names of all members, those of members too. @param but what stands for itself: it has what others name */
function membersOf(value: unknown, but: readonly string[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, but))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [
    name,
    ...(but.includes(name) ? [] : membersOf(member, but)),
  ])
}

const CASES = ['throughput', 'latency', 'connections', 'udp'] as const

describe('bench client --json', () => {
  test('has what docs/measuring.md says of it', async () => {
    await using server = await startBenchServer()
    const results = await measured('127.0.0.1', server.port, '-t', '0.1')
    const text = section('measuring', 'The JSON')
    const told = named(text)
    for (const name of membersOf(results, ['settings', 'intervals'])) expect(told).toContain(name)
    for (const each of CASES) {
      const found = results.tests.filter((result) => result.test === each)
      const members = found.flatMap((result) => membersOf(result))
      expect(members.length).toBeGreaterThan(0)
      for (const name of named(row(text, each))) if (name !== 'latency') expect(members, each).toContain(name)
      for (const name of named(text.slice(0, text.indexOf('\n|')))) {
        expect([
          ...membersOf(results),
          ...membersOf({ done: 0, interrupted: 0, failed: 0, code: 0, message: 0 }),
        ]).toContain(name)
      }
    }
  })
})

describe('ping --json', () => {
  test('has what docs/cli.md says of it', async () => {
    const text = section('cli', 'ping')
    const { stdout } = await runCli(['ping', '--json', '-c', '2', '-i', '0', '--tcp', `${closedPort()}`, '127.0.0.1'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json)
    expect(events.map(({ type }) => type)).toEqual(['start', 'answer', 'answer', 'summary'])
    const told = named(text)
    for (const event of events) for (const name of [event.type, ...membersOf(event)]) expect(told).toContain(name)
    const summary = text.slice(text.indexOf('`summary`'))
    for (const name of named(summary).slice(1)) expect(membersOf(events.at(-1))).toContain(name)
  })

  test('-q leaves the first line and the summary', async () => {
    const args = ['ping', '-q', '-c', '2', '-i', '0', '--tcp', `${closedPort()}`, '127.0.0.1']
    const types = (await runCli([...args, '--json'])).stdout.match(/(?<="type":")\w+/g)
    expect(types).toEqual(['start', 'summary'])
    expect((await runCli(args)).stdout).toMatch(/^ping .*\n127\.0\.0\.1: 2 sent, 2 received, 0 % lost\nmin.*\n$/)
  })
})

test('info --json has what docs/cli.md says of it', async () => {
  const text = section('cli', 'info')
  const info = JSON.parse((await runCli(['info', '--json'])).stdout) as Json
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  expect(rows.flatMap((line) => named(line.split('|')[1] ?? '')).toSorted()).toEqual(Object.keys(info).toSorted())
  for (const [member, value] of Object.entries(info)) {
    for (const name of membersOf(value)) expect(named(row(text, member)), member).toContain(name)
  }
})
