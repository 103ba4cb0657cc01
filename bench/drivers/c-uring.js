import { compile, home, outputOf } from '../lib/command.js'

const PROGRAM = `${home}.build/uring-echo`

/** What io_uring is worth without a language's costs. @type {import('../lib/types.js').Driver} */
export default {
  name: 'c-uring',
  about: 'C over io_uring: multishot receives into a ring of buffers, sends in batches',
  programs: ['async-echo'],
  probe: async () => {
    const compiler = await compile()
    await outputOf(PROGRAM, ['probe=yes'])
    return `${compiler}, io_uring`
  },
  command: () => [PROGRAM],
}
