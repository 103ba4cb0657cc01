/** `connect_ex` answers the errno that `connect` would throw. */
import { createServer, errno, socket } from 'berkeley'
import { errnoName, narrator, title } from './narrate.js'

const { ask, note, refuse } = narrator('client')
const explain = (answer) => (answer === 0 ? '0, connected' : `${answer}, which is errno.${errnoName(answer)}`)

title('connect_ex: an errno for an answer')

const closed = socket()
closed.bind(['127.0.0.1', 0]) // bound, so that nobody else gets the port, but not listening
const closedAddress = closed.getsockname()
note(`port ${closedAddress[1]}: nobody listens`)
const first = socket()
ask(
  () => first.connect_ex(closedAddress),
  (answer) => answer === errno.ECONNREFUSED,
  explain,
)
note('connect throws instead')
const second = socket()
refuse(() => second.connect(closedAddress), 'ECONNREFUSED')

const listener = createServer(['127.0.0.1', 0])
const openAddress = listener.getsockname()
note(`port ${openAddress[1]}: a server listens`)
const third = socket()
ask(
  () => third.connect_ex(openAddress),
  (answer) => answer === 0,
  explain,
)

for (const each of [closed, first, second, third, listener]) each.close()
