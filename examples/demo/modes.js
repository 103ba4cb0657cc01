/** The modes of a socket: not to wait at all, to wait for a time, to wait for ever. */
import { socketpair } from 'berkeley'
import { check, narrator, title } from './narrate.js'

const { ask, note, refuse } = narrator('')
const TIMEOUT = 0.2

title('setblocking and settimeout')

const [conn, peer] = socketpair()
note('a new socket is blocking; nothing was sent to this one, recv would wait for ever')
ask(
  () => conn.gettimeout(),
  (seconds) => seconds === null,
)

ask(() => conn.setblocking(false))
refuse(() => conn.recv(1024), 'EAGAIN')

ask(() => conn.settimeout(0.2))
const started = performance.now()
refuse(() => conn.recv(1024), 'ETIMEDOUT')
const seconds = (performance.now() - started) / 1000
note(`that took ${seconds.toFixed(3)} seconds`)
// A busy machine may take longer, no machine less (but for the rounding of clocks).
check(seconds > TIMEOUT - 0.001, `the timeout of ${TIMEOUT} seconds ran out after ${seconds}`)

note('with something to receive, no mode waits')
ask(
  () => peer.send('now'),
  (sent) => sent === 3,
)
ask(
  () => conn.recv(1024),
  (data) => data.toString() === 'now',
)
ask(() => conn.setblocking(true))
ask(
  () => conn.getblocking(),
  (isBlocking) => isBlocking,
)

conn.close()
peer.close()
