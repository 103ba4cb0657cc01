/** What is injected into which program, and which system calls it must have hit. */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} calls system calls, each of which must have been hit
 * @property {string} fault `error=EINTR:when=1+2`, in strace's terms; `when` counts each call of each thread
 * @property {readonly string[]} args the program and its arguments
 */

/** Those that only this package makes, or that libuv and the C library make so that EINTR does them no harm. */
const INTERRUPTIBLE =
  'recvfrom,recvmsg,recvmmsg,sendto,sendmsg,sendmmsg,accept4,connect,poll,epoll_wait,splice,sendfile'

const SUITE = ['test/portable/run.js']

/** @type {readonly Row[]} */
export const rows = [
  { name: 'EINTR, every second call', calls: INTERRUPTIBLE, fault: 'error=EINTR:when=1+2', args: SUITE },
  { name: 'delay before each call', calls: INTERRUPTIBLE, fault: 'delay_enter=2000:when=1+3', args: SUITE },
  { name: 'delay after each call', calls: INTERRUPTIBLE, fault: 'delay_exit=2000:when=2+3', args: SUITE },
]
