/** The checks of a binary, without running it. */
import { inspectElf } from './inspect-elf.js'
import { inspectMachO } from './inspect-macho.js'

/** @import { Target } from './targets.js' */

/**
 * What is wrong with a binary; nothing where the list is empty.
 * @param {Buffer} bytes
 * @param {Target} target for which it is meant
 * @returns {string[]}
 */
export function inspect(bytes, target) {
  try {
    return target.platform === 'darwin' ? inspectMachO(bytes, target) : inspectElf(bytes, target)
  } catch (error) {
    return [`cannot be read: ${/** @type {Error} */ (error).message}`]
  }
}
