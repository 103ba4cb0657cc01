/** What is injected into which program. */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {readonly (readonly [calls: string, fault: string])[]} faults system calls, each of which must be hit, and
 *   `error=EINTR:when=1+2`, in strace's terms; `when` counts each call of each thread by itself. `when=last` is the
 *   last one that the first thread makes where none fails
 * @property {readonly string[]} args the program and its arguments
 * @property {Record<string, string>} [env]
 * @property {boolean} [mayFail] tests may fail of what is injected, but no process may die of a signal; of each fault one
 *   of its calls must be hit
 */

/** Those that only this package makes, or that libuv and the C library make so that EINTR does them no harm. */
const INTERRUPTIBLE =
  'recvfrom,recvmsg,recvmmsg,sendto,sendmsg,sendmmsg,accept4,connect,poll,ppoll,epoll_wait,splice,sendfile'
const RECEIVES = 'recvfrom,recvmsg,recvmmsg'
const SENDS = 'sendto,sendmsg,sendmmsg'

const SUITE = ['test/portable/run.js']
const URING = { BERKELEY_ENGINE: 'io_uring' }

/**
 * A script of test/faults/, and perhaps which part of it, with each of the errors.
 * @param {string} script @param {string} calls @param {readonly string[]} errors
 * @param {{ when?: string, more?: (error: string) => Row['faults'], env?: Record<string, string> }} [options]
 * @returns {Row[]}
 */
const scriptRows = (script, calls, errors, { when = '1+2', more = () => [], env } = {}) =>
  errors.map((error) => ({
    name: `${error}, ${script}`,
    faults: [[calls, `error=${error}:when=${when}`], ...more(error)],
    args: [`test/faults/${script.replace(/ .*/, '')}.js`, error, ...script.split(' ').slice(1)],
    ...(env === undefined ? {} : { env }),
  }))

/**
 * EAGAIN where there is something is injected only into calls that wait: edge-triggered epoll(7) tells of what is there
 * once, and no kernel says EAGAIN of a socket from which it has not taken that.
 * @type {readonly Row[]}
 */
export const rows = [
  { name: 'EINTR, every second call', faults: [[INTERRUPTIBLE, 'error=EINTR:when=1+2']], args: SUITE },
  { name: 'delay before calls', faults: [[INTERRUPTIBLE, 'delay_enter=2000:when=1+3']], args: SUITE },
  { name: 'delay after calls', faults: [[INTERRUPTIBLE, 'delay_exit=2000:when=2+3']], args: SUITE },
  {
    name: 'errors, now and then',
    faults: [
      [SENDS, 'error=ENOBUFS:when=5+7'],
      [RECEIVES, 'error=ENOMEM:when=5+7'],
      // Not socketpair(2), by which Node talks to its children.
      ['socket', 'error=EMFILE:when=11+13'],
      ['accept4', 'error=EMFILE:when=3+4'],
    ],
    args: SUITE,
    // A test that waits for what was never sent need not do so for long.
    env: { BERKELEY_SLOWNESS: '1' },
    mayFail: true,
  },
  ...scriptRows('nothing-there', `${RECEIVES},${SENDS},accept4,sendfile`, ['EAGAIN']),
  ...scriptRows('sends', `${SENDS},sendfile`, ['ENOBUFS', 'ENOMEM']),
  ...scriptRows('receives', RECEIVES, ['ENOBUFS', 'ENOMEM']),
  ...scriptRows('openings', 'socket,socketpair,accept4', ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']),
  ...scriptRows('options', 'bind,listen,setsockopt,getsockname,getpeername,shutdown', ['ENOBUFS', 'ENOMEM'], {
    more: (error) => [['connect', `error=${error}:when=1+3`]],
  }),
  // Not before Node has started, nor when it ends.
  ...scriptRows('duplicates', 'fcntl', ['EMFILE'], { when: '100..140+2' }),
  ...scriptRows('epoll', 'epoll_create1', ['EMFILE', 'ENFILE', 'ENOMEM'], { when: '20+2' }),
  ...scriptRows('registrations', 'epoll_ctl', ['ENOMEM', 'ENOSPC'], { when: '60..160+2' }),
  ...scriptRows('polls', 'ppoll', ['ENOMEM']),
  // Above what Node closes at its start.
  ...scriptRows('close', 'close', ['EINTR', 'EIO', 'ECONNRESET'], { when: '300..400+2' }),
  ...scriptRows('splices pipe', 'pipe2', ['EMFILE', 'ENFILE'], { when: '20..60+2' }),
  ...scriptRows('splices memory', 'splice', ['ENOMEM']),
  ...scriptRows('first-calls engine', 'pipe2', ['EMFILE'], { when: 'last', env: { BERKELEY_WAKER: 'thread' } }),
  ...scriptRows('first-calls look-up', 'pipe2', ['EMFILE', 'ENFILE'], { when: 'last' }),
  ...scriptRows('engine-choice register', 'io_uring_register', ['ENOMEM'], { when: '1', env: URING }),
  ...scriptRows('engine-choice setup', 'io_uring_setup', ['ENOMEM', 'EPERM', 'ENOSYS'], { when: 'last', env: URING }),
  ...scriptRows('engine-choice wake-ups', 'eventfd2', ['EMFILE', 'ENOMEM'], { when: 'last', env: URING }),
]
