/** What is injected into which program. */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {readonly (readonly [calls: string, fault: string])[]} faults system calls, each of which must be hit, and
 *   `error=EINTR:when=1+2`, in strace's terms; `when` counts each call of each thread by itself
 * @property {readonly string[]} args the program and its arguments
 * @property {Record<string, string>} [env]
 */

/** Those that only this package makes, or that libuv and the C library make so that EINTR does them no harm. */
const INTERRUPTIBLE =
  'recvfrom,recvmsg,recvmmsg,sendto,sendmsg,sendmmsg,accept4,connect,poll,epoll_wait,splice,sendfile'
const RECEIVES = 'recvfrom,recvmsg,recvmmsg'
const SENDS = 'sendto,sendmsg,sendmmsg'

const SUITE = ['test/portable/run.js']

/**
 * A script of test/faults/, with each of the errors.
 * @param {string} script @param {string} calls @param {readonly string[]} errors
 * @param {{ when?: string, more?: (error: string) => Row['faults'], env?: Record<string, string> }} [options]
 * @returns {Row[]}
 */
const scriptRows = (script, calls, errors, { when = '1+2', more = () => [], env } = {}) =>
  errors.map((error) => ({
    name: `${error}, ${script}`,
    faults: [[calls, `error=${error}:when=${when}`], ...more(error)],
    args: [`test/faults/${script}.js`, error],
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
  ...scriptRows('nothing-there', `${RECEIVES},${SENDS},accept4,sendfile`, ['EAGAIN']),
  ...scriptRows('sends', SENDS, ['ENOBUFS', 'ENOMEM']),
  ...scriptRows('receives', RECEIVES, ['ENOBUFS', 'ENOMEM']),
  ...scriptRows('openings', 'socket,socketpair,accept4', ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']),
  ...scriptRows('options', 'bind,listen,setsockopt,getsockname,getpeername,shutdown', ['ENOBUFS', 'ENOMEM'], {
    more: (error) => [['connect', `error=${error}:when=1+3`]],
  }),
  // Not before Node has started, nor when it ends.
  ...scriptRows('duplicates', 'fcntl', ['EMFILE'], { when: '100..140+2' }),
  ...scriptRows('epoll', 'epoll_create1', ['EMFILE', 'ENFILE', 'ENOMEM'], { when: '20+2' }),
  ...scriptRows('engine-choice', 'io_uring_register', ['ENOMEM'], { when: '1', env: { BERKELEY_ENGINE: 'io_uring' } }),
]
