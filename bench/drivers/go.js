import { mkdir, readdir } from 'node:fs/promises'
import { home, outputOf } from '../lib/command.js'

const go = process.env.GO ?? 'go'
const COMMON = 'common.go'

/** Builds every program of bench/go into bench/.build. */
async function build() {
  const version = await outputOf(go, ['version'])
  const sources = (await readdir(`${home}go`)).filter((name) => name.endsWith('.go') && name !== COMMON)
  await mkdir(`${home}.build`, { recursive: true })
  for (const name of sources) {
    await outputOf(go, ['build', '-o', `.build/go-${name.slice(0, -3)}`, `go/${name}`, `go/${COMMON}`])
  }
  return version.replace('go version ', '')
}

/** Programs that serve a case of another name as they are. @type {Record<string, string[]>} */
const SAME = { 'async-idle': ['async-echo', 'collect=yes'], 'tcp-accept': ['async-accept'] }

/** Goroutines that block, over the runtime's epoll. @type {import('../lib/types.js').Driver} */
export default {
  name: 'go',
  about: 'package net of Go: goroutines that block, over one epoll of the runtime',
  programs: ['async-accept', 'async-echo', 'async-idle', 'tcp-accept', 'tcp-bulk', 'tcp-connect', 'tcp-pingpong'],
  effort: 0.34,
  probe: build,
  command(program) {
    const [name = program, ...rest] = SAME[program] ?? []
    return [`${home}.build/go-${name}`, ...rest]
  },
}
