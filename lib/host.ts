/** Resolution of the host in an address, as the socket calls need it: one numeric host of one family. */
import { domainToASCII } from 'node:url'
import { native, TO_SCOPE_ID, TO_TEXT_LENGTH, toText, VALUE, words } from './binding.js'
import { errorOf, gaiError } from './errors.js'
import { EAI_NONAME } from './generated/constants.js'
import { checkNoNul } from './validate.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII itself
const ASCII = /^[\x00-\x7f]*$/
/** What the URL parser behind `domainToASCII` ends a host at, decodes or drops, instead of refusing it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among them
const URL_SYNTAX = /[\x00-\x20\x7f/?#\\@:%[\]]/
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/

/** A host as C takes it: ASCII, internationalised names in their `xn--` form. */
export function asciiHost(host: string, name: string): string {
  checkNoNul(name, host)
  if (ASCII.test(host)) return host
  const plain = host.normalize('NFKC').replaceAll('\u3002', '.')
  const ascii = URL_SYNTAX.test(host) || URL_SYNTAX.test(plain) ? '' : domainToASCII(host)
  if (ascii === '') throw gaiError(EAI_NONAME, 'getaddrinfo', host)
  if (!IPV4.test(ascii)) return ascii
  // A URL's idea of numbers is not the C library's: that judges the full-width digits in their usual form.
  if (!ASCII.test(plain)) throw gaiError(EAI_NONAME, 'getaddrinfo', host)
  return plain
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

/** TEMPORARY */
export async function resolveHostAsync(
  host: string,
  family: number,
  name: string,
  _timeoutNs: number,
  _signal: AbortSignal | undefined,
): Promise<[numericHost: string, scopeId: number]> {
  await new Promise((resolve) => setImmediate(resolve))
  resolveInto(host, family, name)
  return [toText.toString('latin1', 0, words[TO_TEXT_LENGTH]), words[TO_SCOPE_ID] as number]
}
