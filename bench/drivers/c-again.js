import c from './c.js'

/**
 * The same programs once more, where the noise is worth a run: what is not farther from C than this says nothing.
 * @type {import('../lib/types.js').Driver}
 */
export default {
  name: 'c-again',
  about: 'the same C program once more: how far two equal programs are apart',
  programs: ['call-overhead', 'tcp-pingpong', 'tcp-bulk', 'async-echo'],
  control: true,
  probe: async () => 'the C program, to see the noise',
  command: c.command,
}
