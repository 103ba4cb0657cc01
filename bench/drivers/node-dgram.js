import { nodeCommand } from '../lib/command.js'

/** The standard library's datagrams: an event for each. @type {import('../lib/types.js').Driver} */
export default {
  name: 'node-dgram',
  about: "Node's own datagrams, an event for each",
  programs: ['udp-flood'],
  probe: async () => `node:dgram of ${process.version}, libuv ${process.versions.uv}`,
  command: (program) => nodeCommand('node-dgram', program),
}
