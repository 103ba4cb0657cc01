import { nodeCommand } from '../lib/command.js'
import { launched } from '../lib/launched.js'

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = {
  'async-bulk': 'tcp-bulk',
  'async-sendfile': 'sendfile',
  'epoll-echo': 'async-echo',
  'tcp-connect': 'async-connect',
}

/** The standard library's streams: asynchronous, for want of any other. @type {import('../lib/types.js').Driver} */
export default {
  name: 'node-net',
  about: "Node's own streams, by callbacks",
  programs: [
    ...['async-accept', 'async-bulk', 'async-echo', 'async-idle', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong'],
    ...['async-connect', 'epoll-echo', 'tcp-connect'],
    ...['async-sendfile', 'makefile-lines', 'sendfile'],
    ...['cold-start', 'import'],
  ],
  probe: async () => `node:net of ${process.version}, libuv ${process.versions.uv}`,
  command: (program) => launched(program, nodeCommand('node-net', SAME[program] ?? program)),
}
