/** Selectors: each of them through the same calls. */
import {
  badValue,
  bytes,
  call,
  closedIsEbadf,
  constant,
  differs,
  error,
  fails,
  keyError,
  object,
  outOfRange,
  path,
  ref,
  type Scenario,
  type Step,
} from '../notation.js'
import { closedDescriptor, streamPair } from './common.js'

const EVENT_READ = constant('EVENT_READ')
const EVENT_WRITE = constant('EVENT_WRITE')
const BOTH = constant('EVENT_READ', 'EVENT_WRITE')

/** A step whose result is a key. */
const key = (step: Step): Step => ({ ...step, kinds: { '1': 'descriptor' } })
/** A step whose result is one key with its events. */
const ready = (step: Step): Step => ({ ...step, kinds: { '0.0.1': 'descriptor' } })
/** A step whose result lists descriptors first. */
const keys = (count: number, step: Step): Step => ({
  ...step,
  kinds: Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.0`, 'descriptor' as const])),
})

/** The life of a selector, but for what its own call says of bad descriptors. */
const life = (name: string): Step[] => [
  ...streamPair(),
  call('s = selector', name),
  call('keys_of', ref('s')),
  call('s.select', 0),
  call('s.select', -1),
  call('s.select', 0.01),
  key(call('s.register', ref('a'), EVENT_READ, 'data')),
  call('s.select', 0),
  keyError('EEXIST', call('s.register', ref('a'), EVENT_WRITE)),
  call('b.send', bytes('x')),
  ready(call('s.select')),
  ready(call('s.select', null)),
  key(call('s.modify', ref('a'), BOTH)),
  ready(call('s.select', 5)),
  key(call('s.modify', ref('a'), EVENT_WRITE, 'more')),
  ready(call('s.select', 0)),
  key(call('s.modify', ref('a'), EVENT_WRITE, 'other')),
  key(call('s.get_key', ref('a'))),
  keys(1, call('keys_of', ref('s'))),
  key(call('s.register', ref('b'), EVENT_READ)),
  keys(2, call('keys_of', ref('s'))),
  key(call('s.unregister', ref('b'))),
  keyError('ENOENT', call('s.unregister', ref('b'))),
  keyError('ENOENT', call('s.modify', ref('b'), EVENT_READ)),
  keyError('ENOENT', call('s.get_key', ref('b'))),
  keyError('ENOENT', call('s.unregister', 999_999)),
  badValue(call('s.register', ref('b'), 0)),
  badValue(call('s.register', ref('b'), 4)),
  badValue(call('s.register', ref('b'), 999_999)),
  fails('TypeError', call('s.register', ref('b'), 'r')),
  badValue(call('s.register', object, EVENT_READ)),
  badValue(call('s.register', 'x', EVENT_READ)),
  badValue(call('s.unregister', object)),
  outOfRange(call('s.register', -10, EVENT_READ)),
  fails('TypeError', call('s.select', 'x')),
  keys(1, call('keys_of', ref('s'))),
  key(call('s.modify', ref('a'), EVENT_READ)),
  call('b.close'),
  ready(call('s.select', 5)),
  call('a.close'),
  key(call('s.get_key', ref('a'))),
  key(call('s.unregister', ref('a'))),
  call('s.select', 0),
  call('s.close'),
  call('s.close'),
  call('s.get_map'),
  closedIsEbadf(call('s.get_key', ref('a'))),
]

export const selectors: Scenario[] = [
  ...['DefaultSelector', 'SelectSelector', 'PollSelector'].map((name) => ({
    name: `${name}: its life`,
    steps: life(name),
  })),
  { name: 'EpollSelector: its life', needs: ['linux'], steps: life('EpollSelector') },
  {
    name: 'what the calls say of files and of what is not open',
    needs: ['linux'],
    steps: [
      call('touch', path('file')),
      { ...call('file = open_file', path('file')), kinds: { '': 'descriptor' } },
      call('wrapped = wrap', ref('file')),
      call('s = selector', 'SelectSelector'),
      key(call('s.register', ref('wrapped'), BOTH)),
      ready(call('s.select')),
      ...closedDescriptor(),
      { ...call('s.register', ref('gone'), EVENT_READ), kinds: { '0': 'descriptor', '1': 'descriptor' } },
      fails('EBADF', call('s.select')),
      call('p = selector', 'PollSelector'),
      key(call('p.register', ref('wrapped'), BOTH)),
      ready(call('p.select')),
      key(call('p.unregister', ref('wrapped'))),
      key(call('p.register', 999, EVENT_WRITE)),
      ready(call('p.select')),
      call('e = selector', 'EpollSelector'),
      fails('EPERM', call('e.register', ref('wrapped'), EVENT_READ)),
      fails('EBADF', call('e.register', 999, EVENT_READ)),
      call('keys_of', ref('e')),
      call('gone = wrap', -1),
      differs(
        call('e.register', ref('gone'), EVENT_READ),
        error('ValueError'),
        error('EBADF'),
        'its fileno() is -1, a negative number for CPython; here what is closed is EBADF',
      ),
    ],
  },
]
