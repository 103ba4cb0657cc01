import { home, outputOf } from '../lib/command.js'

const deno = process.env.DENO ?? 'deno'

/** Programs that serve a case of another name as they are. @type {Record<string, string>} */
const SAME = { 'async-bulk': 'tcp-bulk' }

/** Deno's own sockets, with promises. @type {import('../lib/types.js').Driver} */
export default {
  name: 'deno',
  about: "Deno's own sockets, with promises",
  programs: ['async-accept', 'async-bulk', 'async-echo', 'tcp-pingpong'],
  effort: 0.34,
  probe: async () => (await outputOf(deno, ['--version'])).split('\n')[0] ?? deno,
  // Nothing of the checkout is Deno's: no configuration, no lock file, no folder of packages.
  command: (program) => [
    ...[deno, 'run', '--quiet', '--no-config', '--no-lock', '--no-remote', '--allow-all'],
    `${home}deno/${SAME[program] ?? program}.js`,
  ],
}
