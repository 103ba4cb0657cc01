import { nodeCommand, outputOf } from '../lib/command.js'
import { launched } from '../lib/launched.js'

const PROBE = `
  import { readFileSync } from 'node:fs'
  import { socketpair } from 'berkeley'
  const [near, far] = socketpair()
  near.send('1')
  far.recv(1)
  const { version } = JSON.parse(readFileSync('../package.json', 'utf8'))
  console.log('berkeley ' + version + ', Node ' + process.version)
`

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = { 'udp-batch-offload': 'udp-batch', 'tcp-bulk-lowat': 'tcp-bulk' }

/** This package: its synchronous calls, blocking, and in async-* its promises. @type {import('../lib/types.js').Driver} */
export default {
  name: 'berkeley',
  about: 'this package: its blocking calls, and in cases named async-* its promises',
  programs: [
    ...['call-overhead', 'calls', 'open-close', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong'],
    ...['makefile-lines', 'pass-descriptor', 'recvmsg-sendmsg', 'sendfile', 'async-sendfile'],
    ...['async-connect', 'epoll-echo', 'tcp-accept', 'tcp-connect'],
    ...['udp-batch', 'udp-batch-offload', 'udp-flood'],
    ...['async-accept', 'async-bulk', 'async-echo', 'async-idle', 'async-zero-copy', 'splice-proxy'],
    ...['cold-start', 'import', 'tcp-bulk-lowat'],
  ],
  probe: () => outputOf(process.execPath, ['--input-type=module', '--eval', PROBE]),
  command: (program) => launched(program, nodeCommand('berkeley', SAME[program] ?? program)),
}
