import { execFileSync } from 'node:child_process'
import { home, outputOf } from '../lib/command.js'
import { launched } from '../lib/launched.js'

/** The interpreter itself: `python3` may be a script that looks for it, which would count where a start is measured. */
const interpreter = () => {
  found ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  return found
}

/** @type {string | undefined} */
let found

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = { 'tcp-bulk-lowat': 'tcp-bulk' }

/** The module socket of the standard library, blocking. @type {import('../lib/types.js').Driver} */
export default {
  name: 'cpython',
  about: "CPython's module socket, blocking",
  programs: [
    ...['call-overhead', 'calls', 'open-close', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong'],
    ...['epoll-echo', 'tcp-accept', 'tcp-connect'],
    ...['makefile-lines', 'pass-descriptor', 'recvmsg-sendmsg', 'sendfile'],
    ...['udp-batch', 'udp-flood'],
    ...['cold-start', 'import', 'tcp-bulk-lowat'],
  ],
  probe: () => outputOf('python3', ['--version']),
  // -B: no bytecode folder in the tree.
  command: (program) => launched(program, [interpreter(), '-B', `${home}cpython/${SAME[program] ?? program}.py`]),
}
