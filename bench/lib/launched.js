import { home } from './command.js'

/** Programs that are started again and again, by bench/c/launch.c, because their start is what is measured. */
const LAUNCHED = ['cold-start', 'import']

/**
 * The command that runs a program: the program itself, or what launches it.
 * @param {string} program as the case names it
 * @param {string[]} command of the program itself
 */
export function launched(program, command) {
  return LAUNCHED.includes(program) ? [`${home}.build/launch`, ...command] : command
}
