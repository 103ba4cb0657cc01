import { home, outputOf } from '../lib/command.js'

const bun = process.env.BUN ?? 'bun'

/** Bun's own sockets: callbacks, no promises. @type {import('../lib/types.js').Driver} */
export default {
  name: 'bun',
  programs: ['async-accept', 'async-echo', 'async-idle'],
  probe: async () => `Bun ${await outputOf(bun, ['--version'])}`,
  command: (program) =>
    program === 'async-idle'
      ? [bun, '--preload', `${home}lib/collect.js`, `${home}bun/async-echo.js`]
      : [bun, `${home}bun/${program}.js`],
}
