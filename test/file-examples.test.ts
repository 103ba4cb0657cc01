/** The examples of files over sockets do what they say. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createConnection } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { fileOf } from './support/descriptors.js'
import { examplesFolder, portOf, runExample, startExample } from './support/process.js'

test('line-protocol.js: the tour', async () => {
  const { code, stdout, stderr } = await runExample('line-protocol.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe(
    [
      'server: READY',
      'SET größe size -> OK',
      'SET 海 the sea -> OK',
      'GET 海 -> FOUND the sea',
      'GET größe -> FOUND size',
      'GET nothing -> MISSING',
      'EAT everything -> ERROR requests are: SET word meaning, GET word, QUIT',
      'after QUIT there is nothing',
      '',
    ].join('\n'),
  )
})

test('line-protocol.js serves a client of node:net, byte by byte', async () => {
  await using server = startExample('line-protocol.js', ['serve', '0'])
  const client = connect(Number(await portOf(server)), '127.0.0.1')
  const received = buffer(client)
  for (const byte of Buffer.from('SET word €\r\nGET word\r\nQUIT\r\n')) client.write(Buffer.of(byte))
  expect((await received).toString()).toBe('READY\r\nOK\r\nFOUND €\r\n')
})

test('sendfile.js: the tour', async () => {
  const { code, stdout, stderr } = await runExample('sendfile.js')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { length } = readFileSync(`${examplesFolder}sendfile.js`)
  expect(stdout.split('\n').sort()).toEqual(['', `${length} bytes sent`, `status 200, ${length} bytes, to the end`])
})

test('sendfile.js serves a large file to a client of node:http, and survives one that leaves', async () => {
  using file = fileOf(5 << 20)
  await using server = startExample('sendfile.js', [file.path, '0'])
  const port = Number(await portOf(server))
  const leaving = createConnection(port, '127.0.0.1')
  leaving.write('GET / HTTP/1.0\r\n\r\n')
  await once(leaving, 'data')
  leaving.destroy()
  await server.printed(/after \d+ bytes of the file$/m)
  const [response] = await once(request({ host: '127.0.0.1', port, agent: false }).end(), 'response')
  expect((await buffer(response)).equals(readFileSync(file.path))).toBe(true)
})

test('the page of the examples has them', () => {
  const page = readFileSync(`${examplesFolder}README.md`, 'utf8')
  for (const name of ['line-protocol.js', 'sendfile.js']) expect(page).toContain(`- \`node examples/${name}`)
})
