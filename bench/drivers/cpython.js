import { home, outputOf } from '../lib/command.js'
import { launched } from '../lib/launched.js'

/** The module socket of the standard library, blocking. @type {import('../lib/types.js').Driver} */
export default {
  name: 'cpython',
  about: "CPython's module socket, blocking",
  programs: [
    ...['call-overhead', 'calls', 'open-close', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong'],
    ...['epoll-echo', 'tcp-accept', 'tcp-connect'],
    ...['makefile-lines', 'pass-descriptor', 'recvmsg-sendmsg', 'sendfile'],
    ...['udp-batch', 'udp-flood'],
    ...['cold-start', 'import'],
  ],
  probe: () => outputOf('python3', ['--version']),
  // -B: no bytecode folder in the tree.
  command: (program) => launched(program, ['python3', '-B', `${home}cpython/${program}.py`]),
}
