/** There are no descriptors left for duplicates. */
import assert from 'node:assert/strict'
import { socketpair } from 'berkeley'
import { check, summary, test, twice, untilItFails } from './support.js'

await test('dup', () => {
  const [one, other] = socketpair()
  check(
    untilItFails(() => one.dup()),
    'dup',
  )
  one.dup().close()
  for (let i = 0; i < 5; i++) {
    const copy = twice('dup', () => one.dup())
    copy.sendall('through the copy')
    assert.equal(String(other.recv(100)), 'through the copy')
    copy.close()
  }
  // Until strace has no more to do: Node would miss what it asks at its end.
  for (let i = 0, inRow = 0; inRow < 3 && i < 1000; i++) {
    try {
      one.dup().close()
      inRow++
    } catch {
      inRow = 0
    }
  }
  one.close()
  other.close()
})

summary()
