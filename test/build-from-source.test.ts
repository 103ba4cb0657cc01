/** What building from source says where it cannot; `npm run test:package` has it build. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const scratch = mkdtempSync(join(tmpdir(), 'bk-source-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const output = join(scratch, 'out/berkeley.node')

/** A compiler that is there, and does that with everything. */
function compilerThat(script: string): string {
  const path = join(scratch, `compiler-${readdirSync(scratch).length}`)
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

function build(env: NodeJS.ProcessEnv, file = output) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['scripts/build-from-source.js', '--output', file], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })
  return { stdout, stderr, status }
}

test('without a compiler it says what to install', () => {
  const { stderr, status } = build({ PATH: scratch })
  expect(status).toBe(1)
  expect(stderr).toContain(
    'the native addon was not built.\nMissing on this machine: a C++17 compiler (g++ or clang++).',
  )
  expect(stderr).toMatch(/Install with: .*(apt-get install g\+\+ .*apk add g\+\+ linux-headers|xcode-select --install)/)
  expect(stderr).not.toMatch(/python|make/)
})

test('what the compiler complains of is told, and nothing is left', () => {
  const { stderr, status } = build({ CXX: compilerThat('echo "some.cc:1: unknown type" >&2; exit 1') })
  expect(status).toBe(1)
  expect(stderr).toMatch(/compiler-\d+ -std=c\+\+17 .*\nsome\.cc:1: unknown type/)
  expect(readdirSync(join(scratch, 'out'))).toEqual([])
})

test('what does not load takes no other binary’s place', () => {
  writeFileSync(output, 'the old one')
  // Writes a text where the compiler is to write its result: the last argument.
  const { stderr, status } = build({ CXX: `${compilerThat('for file; do :; done; echo no binary > "$file"')} -pipe` })
  expect(status).toBe(1)
  expect(stderr).toMatch(/berkeley\.node\.\d+/)
  expect(readFileSync(output, 'utf8')).toBe('the old one')
  expect(readdirSync(join(scratch, 'out'))).toEqual(['berkeley.node'])
})

test('a folder that cannot be written is named, with what can be done', () => {
  // A file where a folder should be: root may write everywhere else.
  const file = join(scratch, 'file')
  writeFileSync(file, '')
  const { stderr, status } = build({ CXX: compilerThat('exit 1') }, join(file, 'berkeley.node'))
  expect(status).toBe(1)
  expect(stderr).toContain(`${file} cannot be written`)
  expect(stderr).toContain('BERKELEY_ADDON')
})
