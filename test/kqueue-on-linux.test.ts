/**
 * The sources for macOS that are over kqueue(2), its sends, and its loop for batches of messages, run on Linux: the tests
 * of what uses them, over an addon made of them.
 */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { buildShim, canBuildShim, SHIM_TESTS } from './support/kqueue-shim.js'

test.skipIf(!canBuildShim)(
  'kqueue, selectors and asynchronous calls over kqueue [needs a release build and g++]',
  { timeout: 180_000 },
  () => {
    using shim = buildShim()
    const { VITEST, VITEST_MODE, VITEST_POOL_ID, VITEST_WORKER_ID, ...env } = process.env
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--reporter=json', ...SHIM_TESTS],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        timeout: 150_000,
        killSignal: 'SIGKILL',
        env: { ...env, BERKELEY_ADDON: shim.addon },
      },
    )
    expect({ signal, stdout }).toEqual({ signal: null, stdout: expect.stringContaining('{') })
    const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
      numPassedTests: number
      testResults: {
        message: string
        assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
      }[]
    }
    const failed = report.testResults.flatMap(({ message, assertionResults }) => [
      ...(message === '' ? [] : [message]),
      ...assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join()}`),
    ])
    expect(failed).toEqual([])
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(report.numPassedTests).toBeGreaterThan(250)
  },
)
