/** The file that sendfile and its rivals send. */
import { mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHUNK, number, PATTERN } from './program.js'

/** An open file of `chunks` chunks of the pattern, that has no name any more. */
export function newFile() {
  const chunks = number('chunks', 16)
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const fd = openSync(join(folder, 'file'), 'w+')
    for (let i = 0; i < chunks; i++) writeSync(fd, PATTERN, 0, CHUNK)
    return { fd, chunks, size: chunks * CHUNK }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
