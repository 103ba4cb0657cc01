import { home, outputOf } from '../lib/command.js'
import { launched } from '../lib/launched.js'

const bun = process.env.BUN ?? 'bun'

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = { 'async-bulk': 'tcp-bulk' }

/** Bun's own sockets: callbacks, no promises. @type {import('../lib/types.js').Driver} */
export default {
  name: 'bun',
  about: "Bun's own sockets, by callbacks",
  effort: 0.5,
  programs: ['async-accept', 'async-bulk', 'async-echo', 'async-idle', 'tcp-pingpong', 'cold-start'],
  probe: async () => `Bun ${await outputOf(bun, ['--version'])}`,
  command: (program) =>
    program === 'async-idle'
      ? [bun, '--preload', `${home}lib/collect.js`, `${home}bun/async-echo.js`]
      : launched(program, [bun, `${home}bun/${SAME[program] ?? program}.js`]),
}
