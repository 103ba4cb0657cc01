/** Resolution of the host in an address, as the socket calls need it: one numeric host of one family. */
import { domainToASCII } from 'node:url'
import { native, TO_SCOPE_ID, TO_TEXT_LENGTH, toText, words } from './binding.js'
import { gaiError, lookUpError } from './errors.js'
import { EAI_NONAME } from './generated/constants.js'
import { type Limits, promiseOf } from './jobs.js'
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
  check(native.resolveHost(asciiHost(host, name), family), host)
}

function check(result: number, host: string): void {
  if (result !== 0) throw lookUpError(result, 'getaddrinfo', host)
}

/**
 * Resolves `host` on another thread. Arguments as {@link resolveInto} takes them, and the limits of the wait.
 * @returns the numeric host, and its scope id: 0 = none
 * @throws {GaiError} where it has no address of that family; `SocketTimeoutError`; the signal's reason
 */
export async function resolveHostAsync(
  host: string,
  family: number,
  name: string,
  limits: Limits,
): Promise<[numericHost: string, scopeId: number]> {
  const ascii = asciiHost(host, name)
  const lookUp = {
    syscall: 'getaddrinfo',
    address: host,
    begin: () => native.resolveHostAsync(ascii, family),
    finish(result: number): [numericHost: string, scopeId: number] {
      check(result, host)
      return [toText.toString('latin1', 0, words[TO_TEXT_LENGTH]), (words[TO_SCOPE_ID] as number) >>> 0]
    },
  }
  return await promiseOf(lookUp, limits)
}
