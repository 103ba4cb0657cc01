import { compile, home } from '../lib/command.js'

/** Plain blocking system calls: the measure of all others. @type {import('../lib/types.js').Driver} */
export default {
  name: 'c',
  programs: ['call-overhead', 'calls', 'open-close', 'tcp-bulk', 'tcp-echo', 'tcp-pingpong', 'tcp-sink', 'tcp-source'],
  probe: compile,
  command: (program) => [`${home}.build/${program}`],
}
