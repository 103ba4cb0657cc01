/** All scenarios, by what they are about. */
import type { Scenario } from '../notation.js'
import { buffers } from './buffers.js'
import { closed } from './closed.js'
import { connect } from './connect.js'
import { creation } from './creation.js'
import { endings } from './endings.js'
import { families } from './families.js'
import { files } from './files.js'
import { inet } from './inet.js'
import { ipv6 } from './ipv6.js'
import { messages } from './messages.js'
import { names } from './names.js'
import { options } from './options.js'
import { passing } from './passing.js'
import { poll } from './poll.js'
import { select } from './select.js'
import { selectors } from './selectors.js'
import { tcp } from './tcp.js'
import { timeouts } from './timeouts.js'
import { udp } from './udp.js'
import { unix } from './unix.js'

export const subjects: Record<string, Scenario[]> = {
  creation,
  tcp,
  endings,
  connect,
  udp,
  unix,
  ipv6,
  options,
  timeouts,
  messages,
  passing,
  buffers,
  closed,
  families,
  files,
  inet,
  names,
  select,
  poll,
  selectors,
}
