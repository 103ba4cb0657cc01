/** That a file of tests fails where it leaks descriptors. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { differencesFrom, openDescriptors } from './support/open-descriptors.js'
import { Program } from './support/process.js'
import { temporaryFolder } from './support/sockets.js'

test('what was opened, closed, or took the number of another, is told', () => {
  using folder = temporaryFolder()
  const [one, other] = [folder.path('one'), folder.path('other')]
  writeFileSync(one, '')
  writeFileSync(other, '')
  const before = openDescriptors()
  expect(differencesFrom(before)).toEqual([])
  const fd = openSync(one, 'r')
  expect(differencesFrom(before)).toEqual([expect.stringMatching(`^${fd} was left open: `)])
  const meanwhile = openDescriptors()
  closeSync(fd)
  expect(differencesFrom(before)).toEqual([])
  expect(differencesFrom(meanwhile)).toEqual([expect.stringMatching(`^${fd} was closed: `)])
  expect(openSync(other, 'r')).toBe(fd)
  expect(differencesFrom(meanwhile)).toEqual([expect.stringMatching(`^${fd} was left open: `)])
  closeSync(fd)
})

test.each([
  ['none', [], 0],
  ['socket', [expect.stringMatching(/^this file of tests leaks descriptors: \d+ was left open: \S+$/)], 1],
  ['foreign', [expect.stringMatching(/^this file of tests leaks descriptors: 2 was closed: \S+$/)], 1],
])('a file whose tests pass and leak: %s', async (leak, messages, code) => {
  const run = `
    import { startVitest } from 'vitest/node'
    await startVitest('test', [], { include: ['test/fixtures/leaky.ts'], watch: false, reporters: ['json'] })`
  const { VITEST, VITEST_MODE, VITEST_POOL_ID, VITEST_WORKER_ID, ...env } = process.env
  await using vitest = new Program(process.execPath, ['--input-type=module', '-e', run], { ...env, LEAK: leak })
  const outcome = await vitest.ended()
  const report = JSON.parse(outcome.stdout.slice(outcome.stdout.indexOf('{'))) as {
    numPassedTests: number
    testResults: { message: string }[]
  }
  expect(report.testResults.map(({ message }) => message).filter((message) => message !== '')).toEqual(messages)
  expect([report.numPassedTests, outcome.code]).toEqual([2, code])
})
