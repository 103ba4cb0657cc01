import { compile, home } from '../lib/command.js'
import { launched } from '../lib/launched.js'

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = {
  'async-bulk': 'tcp-bulk',
  'async-idle': 'async-echo',
  'async-sendfile': 'sendfile',
  'epoll-echo': 'async-echo',
  'udp-batch-offload': 'udp-batch',
  'async-zero-copy': 'zero-copy',
  'tcp-bulk-lowat': 'tcp-bulk',
}

/**
 * Plain system calls, blocking or with epoll: the measure of all others.
 * @type {import('../lib/types.js').Driver}
 */
export default {
  name: 'c',
  about: 'plain system calls, blocking or over epoll: the measure of all others',
  programs: [
    ...['call-overhead', 'calls', 'open-close', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong', 'tcp-sink', 'tcp-source'],
    ...['makefile-lines', 'pass-descriptor', 'recvmsg-sendmsg', 'sendfile', 'async-sendfile'],
    ...['async-connect', 'connect-sink', 'epoll-echo', 'tcp-accept', 'tcp-connect'],
    ...['async-accept', 'async-bulk', 'async-echo', 'async-idle', 'load-accept', 'load-echo', 'load-idle'],
    ...['udp-batch', 'udp-batch-offload', 'udp-flood', 'udp-flooder'],
    ...['async-zero-copy', 'splice-proxy', 'load-proxy'],
    ...['cold-start', 'tcp-bulk-lowat'],
  ],
  probe: compile,
  command: (program) => launched(program, [`${home}.build/${SAME[program] ?? program}`]),
}
