/** setspin: a thread that looks for more events before it goes back to its event loop still goes back. */
import { getspin, setspin } from 'berkeley'
import { expect, test } from 'vitest'
import { Program } from './support/process.js'
import { entryOf } from './support/worker.js'

test('setspin takes microseconds, 0 to 1000, and getspin tells them', () => {
  expect(getspin()).toBe(0)
  for (const wrong of ['20', 1.5, -1, 1001]) expect(() => setspin(wrong as number)).toThrow(/"microseconds"/)
  setspin(1000)
  expect(getspin()).toBe(1000)
  setspin(0)
})

test('timers have their turn though sockets of this thread answer each other all the time', async () => {
  const code = `
    import { setspin, socketpair } from '${entryOf('index')}'
    setspin(20)
    async function echo(sock) {
      for (;;) await sock.sendallAsync(await sock.recvAsync(100))
    }
    for (const [left, right] of [socketpair(), socketpair()]) {
      for (const sock of [left, right]) echo(sock)
      left.send('x')
    }
    let ticks = 0
    setInterval(() => ++ticks === 5 && process.exit(0), 1)
  `
  await using program = new Program(process.execPath, ['--input-type=module', '-e', code])
  expect(await program.ended()).toMatchObject({ code: 0, stderr: '' })
})
