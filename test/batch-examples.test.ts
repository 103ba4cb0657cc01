/** The examples of batches do what they say. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { examplesFolder, runExample } from './support/process.js'
import { can } from './support/sockets.js'

test('their page has them all', () => {
  const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
  for (const name of ['udp-batch-echo.js', 'udp-loss.js']) expect(page).toContain(`- \`node examples/${name}`)
})

test('udp-batch-echo.js answers all, several with each call', async () => {
  const { code, stdout, stderr } = await runExample('udp-batch-echo.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [, messages, calls] = /^(\d+) datagrams answered in (\d+) calls$/m.exec(stdout) ?? []
  expect(stdout).toMatch(/^320 right answers$/m)
  expect(messages).toBe('320')
  expect(Number(calls)).toBeLessThan(320)
})

test('udp-loss.js knows of each datagram what became of it', async () => {
  const { code, stdout, stderr } = await runExample('udp-loss.js', ['20000'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [, received] = /^received (\d+) of 20000 in \d+ calls/m.exec(stdout) ?? []
  const [, missing] = /^missing by their numbers: (\d+)$/m.exec(stdout) ?? []
  expect(Number(received)).toBeGreaterThan(0)
  expect(Number(received) + Number(missing)).toBe(20_000)
  if (!can.linux) return
  const [, dropped] = /^dropped, says the kernel: (\d+)$/m.exec(stdout) ?? []
  // Of those that say that it is over some may be dropped too.
  expect(Number(dropped)).toBeGreaterThanOrEqual(Number(missing))
})
