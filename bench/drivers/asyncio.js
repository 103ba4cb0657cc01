import { home, outputOf } from '../lib/command.js'

export const PROGRAMS = ['async-accept', 'async-echo', 'async-idle', 'tcp-pingpong']

/**
 * A program of bench/asyncio over an event loop.
 * @param {string} loop
 * @param {string} program
 */
export function loopCommand(loop, program) {
  const file = program === 'async-idle' ? 'async-echo' : program
  // -B: no bytecode folder in the tree.
  return ['python3', '-B', `${home}asyncio/${file}.py`, `loop=${loop}`]
}

/** CPython's event loop, with protocols, its fastest way. @type {import('../lib/types.js').Driver} */
export default {
  name: 'asyncio',
  about: "CPython's event loop of the standard library, by protocols, its fastest way",
  programs: PROGRAMS,
  effort: 0.34,
  probe: async () => `asyncio of ${await outputOf('python3', ['--version'])}`,
  command: (program) => loopCommand('asyncio', program),
}
