import { outputOf } from '../lib/command.js'
import { loopCommand, PROGRAMS } from './asyncio.js'

/** The same programs over libuv. @type {import('../lib/types.js').Driver} */
export default {
  name: 'uvloop',
  about: "CPython's asyncio over uvloop, which is libuv in Cython, by protocols",
  programs: PROGRAMS,
  effort: 0.5,
  probe: async () => `uvloop ${await outputOf('python3', ['-c', 'import uvloop; print(uvloop.__version__)'])}`,
  command: (program) => loopCommand('uvloop', program),
}
