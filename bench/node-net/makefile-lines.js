/** Lines of a unix stream by node:readline. It has no socketpair: both ends of a connection are here. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { lines, text } from '../lib/lines.js'
import { cpuNs, expect, finish, nowNs, number } from '../lib/program.js'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const path = join(folder, 'socket')
const server = createServer((conn) => conn.end(text)).listen(path)
await once(server, 'listening')

/**
 * @param {number} count
 * @param {boolean} check
 */
async function readLines(count, check) {
  for (let i = 0; i < count; i++) {
    let at = 0
    // Its event is faster than its asynchronous iterator.
    const reader = createInterface({ input: connect(path), crlfDelay: Number.POSITIVE_INFINITY })
    reader.on('line', (line) => {
      if (check) expect(`${line}\n` === lines[at], 'another line came')
      at++
    })
    await once(reader, 'close')
    expect(at === lines.length, 'another number of lines came')
  }
}

const count = number('count', 10)
try {
  await readLines(number('checked', 1), true)
  await readLines(number('warmup'), false)
  const cpu = cpuNs()
  const start = nowNs()
  await readLines(count, false)
  const ns = nowNs() - start
  finish({ ns, cpuNs: cpuNs() - cpu, count: count * lines.length })
} finally {
  server.close()
  rmSync(folder, { recursive: true })
}
