/** The inputs that the fuzzer has kept, given to its targets as plain programs with sanitizers. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildReplays, corpusOf, targets } from '../scripts/fuzz.js'

const compiler = process.env.CXX ?? 'g++'
const canBuild = spawnSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.startsWith('/')

const inputsOf = (target: string): string[] => readdirSync(corpusOf(target)).map((name) => join(corpusOf(target), name))

describe.skipIf(!canBuild)('the inputs of the fuzzer [needs a compiler with AddressSanitizer]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bk-replay-'))
  const programs = new Map<string, string>()
  beforeAll(() => {
    for (const [index, program] of buildReplays(folder).entries()) programs.set(targets[index] as string, program)
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(targets)('%s: nothing is read or written astray, and what goes in comes out', (target) => {
    const inputs = inputsOf(target)
    const { LD_PRELOAD, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(programs.get(target) as string, inputs, { encoding: 'utf8', env })
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: `${inputs.length} inputs\n` })
  })
})

describe('the corpus', () => {
  test('is small, and has a folder for each target and for nothing else', () => {
    expect(readdirSync('test/fuzz/corpus').sort()).toEqual([...targets].sort())
    for (const target of targets) {
      expect(existsSync(corpusOf(target)), target).toBe(true)
      const inputs = inputsOf(target)
      expect(inputs.length, target).toBeGreaterThan(10)
      expect(inputs.length, target).toBeLessThan(200)
      for (const input of inputs) expect(readFileSync(input).length, input).toBeLessThanOrEqual(512)
    }
  })
})
