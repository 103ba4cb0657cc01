import { outputOf } from '../lib/command.js'
import berkeley from './berkeley.js'

const PROBE = `
  import { getengine } from 'berkeley'
  if (getengine() !== 'io_uring') throw new Error('the engine runs over ' + getengine() + ' here')
`

/** Through env(1), as a driver is a command. */
const withEngine = ['env', 'BERKELEY_ENGINE=io_uring']

/** The same programs as berkeley's with promises, with the engine over io_uring. @type {import('../lib/types.js').Driver} */
export default {
  name: 'berkeley-uring',
  programs: ['async-accept', 'async-bulk', 'async-echo'],
  probe: async () => {
    await outputOf('env', [...withEngine.slice(1), process.execPath, '--input-type=module', '--eval', PROBE])
    return `${await berkeley.probe()}, io_uring`
  },
  command: (program) => [...withEngine, ...berkeley.command(program)],
}
