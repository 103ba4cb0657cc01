/** io_uring has been asked for, and the kernel lacks the means half-way: the engine takes epoll(7), and leaves nothing. */
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { getengine, socketpair } from 'berkeley'
import { summary, test } from './support.js'

await test('epoll in its place', async () => {
  const [one, other] = socketpair()
  const received = other.recvAsync(10)
  await one.sendallAsync('x')
  assert.equal(String(await received), 'x')
  assert.equal(getengine(), 'epoll')
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  assert.ok(!links.includes('anon_inode:[io_uring]'), links.join(' '))
  one.close()
  other.close()
})

summary()
