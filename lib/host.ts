/** Resolution of the host in an address, as the socket calls need it: one numeric host of one family. */
import { domainToASCII } from 'node:url'
import { native, VALUE, words } from './binding.js'
import { errorOf, gaiError } from './errors.js'
import { EAI_NONAME } from './generated/constants.js'
import { checkNoNul } from './validate.js'

/** A host as C takes it: ASCII, internationalised names in their `xn--` form. */
export function asciiHost(host: string, name: string): string {
  checkNoNul(name, host)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII itself
  if (/^[\x00-\x7f]*$/.test(host)) return host
  const ascii = domainToASCII(host)
  if (ascii === '') throw gaiError(EAI_NONAME, 'getaddrinfo', host)
  return ascii
}

/**
 * Resolves `host` and leaves its numeric text and scope id in the shared memory, where an address is encoded.
 * @throws {GaiError} where it has no address of that family
 */
export function resolveInto(host: string, family: number, name: string): void {
  const result = native.resolveHost(asciiHost(host, name), family)
  if (result > 0) throw gaiError(words[VALUE] as number, 'getaddrinfo', host)
  if (result < 0) throw errorOf(result, 'getaddrinfo', host)
}
