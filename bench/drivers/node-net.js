import { home } from '../lib/command.js'

/** The standard library's streams: asynchronous, for want of any other. @type {import('../lib/types.js').Driver} */
export default {
  name: 'node-net',
  programs: ['tcp-bulk', 'tcp-echo', 'tcp-pingpong'],
  probe: async () => `node:net of ${process.version}, libuv ${process.versions.uv}`,
  command: (program) => [process.execPath, `${home}node-net/${program}.js`],
}
