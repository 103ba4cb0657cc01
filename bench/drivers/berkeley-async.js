import { nodeCommand } from '../lib/command.js'
import { launched } from '../lib/launched.js'
import berkeley from './berkeley.js'

/** @type {Record<string, string>} */
const PROGRAMS = { 'cold-start': 'async-cold-start', 'tcp-pingpong': 'async-pingpong' }

/**
 * This package's promises in cases of blocking calls; the cases named async-* are promises of `berkeley` itself.
 * @type {import('../lib/types.js').Driver}
 */
export default {
  ...berkeley,
  name: 'berkeley-async',
  about: 'the promises of berkeley where other drivers block',
  programs: Object.keys(PROGRAMS),
  command: (program) => launched(program, nodeCommand('berkeley', PROGRAMS[program] ?? program)),
}
