/** The examples of servers do what they say: each runs as a child process. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { examplesFolder, portOf, runExample, startExample, startPython } from './support/process.js'
import { hasPython } from './support/python.js'
import { ask } from './support/servers.js'
import { can } from './support/sockets.js'

test('no example of a server is left out here, nor on their page', () => {
  const found = readdirSync(examplesFolder).filter((name) => /^(socketserver-.*|async-server)\.js$/.test(name))
  expect(found.sort()).toEqual(['async-server.js', 'socketserver-echo.js', 'socketserver-threads.js'])
  const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
  for (const name of found) expect(page).toContain(`- \`node examples/${name}`)
})

test.each([
  [
    'socketserver-threads.js',
    [
      /^12 answers, such as 822beb0d1729878a\.\.\.\nfrom (several threads|one thread), at most 3: true$/m,
      /^reported: nothing to digest$/m,
      /^an empty request is answered ''\nclosed$/m,
    ],
  ],
  [
    'async-server.js',
    [
      /^done: one\ndone: two\ndone: three\ndone: four\ndone: five\nnever more than 2 at a time$/m,
      /^SIGTERM, with 2 requests under way\na late client: ECONNREFUSED$/m,
      /^done: short\nlong: the server has closed the connection\n/m,
      /^1 of them aborted$/m,
      /^served$/m,
    ],
  ],
])('%s prints what it says', async (name, patterns) => {
  const { code, stdout, stderr } = await runExample(name)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const pattern of patterns) expect(stdout).toMatch(pattern)
})

test('socketserver-echo.js explains itself', async () => {
  const asked = await runExample('socketserver-echo.js', ['--help'])
  expect(asked.code).toBe(0)
  expect(asked.stderr).toContain('Usage: node socketserver-echo.js ')
  expect(await runExample('socketserver-echo.js', ['127.0.0.1', 'http'])).toMatchObject({
    code: 2,
    stderr: asked.stderr,
  })
})

test('socketserver-echo.js echoes lines, one client after the other, until Ctrl-C', async () => {
  await using server = startExample('socketserver-echo.js', ['127.0.0.1', '0'])
  const port = await portOf(server)
  expect(await ask(['127.0.0.1', Number(port)], 'one\ntwo')).toBe('one\ntwo')
  expect(await ask(['127.0.0.1', Number(port)], '')).toBe('')
  await server.printed(/(^127\.0\.0\.1 port \d+ connected\n){2}/m)
  server.signal('SIGINT')
  expect(await server.ended()).toMatchObject({ signal: 'SIGINT', stderr: '' })
})

test.skipIf(!hasPython)('socketserver-echo.js echoes a client of CPython [needs python3]', async () => {
  await using server = startExample('socketserver-echo.js', ['127.0.0.1', '0'])
  await using client = startPython(
    `
import socket, sys
with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as conn, conn.makefile('rwb') as file:
    for length in (0, 1, 100, 100_000):
        line = b'x' * length + b'\\n'
        file.write(line)
        file.flush()
        print(file.readline() == line)
`,
    await portOf(server),
  )
  expect((await client.ended()).stdout).toBe('True\n'.repeat(4))
})

test.skipIf(!can.bindIPv6)('socketserver-echo.js listens on ::1 [needs IPv6]', async () => {
  await using server = startExample('socketserver-echo.js', ['::1', '0'])
  expect(await ask(['::1', Number(await portOf(server))], 'six\n')).toBe('six\n')
})
