/** Hosts that are not plain ASCII text: names in IDNA, numbers in other digits, bytes. */
import { getaddrinfo, gethostbyaddr, gethostbyname, gethostbynameEx } from 'berkeley'
import { expect, test } from 'vitest'
import { differences, hasPython } from './support/python.js'
import { thrown } from './support/sockets.js'

test('internationalised names are looked up in ASCII', () => {
  expect(getaddrinfo('LocalHost', 80)).toEqual(getaddrinfo('localhost', 80))
  // Full-width letters, which IDNA maps to their usual forms.
  expect(getaddrinfo('\uff4c\uff4fcalhost', 80)).toEqual(getaddrinfo('localhost', 80))
  expect(thrown(() => getaddrinfo('bücher.invalid', 80))).toMatchObject({
    name: 'GaiError',
    address: 'bücher.invalid',
  })
})

test.each([
  'bü/cher',
  'bü?',
  'bü#x',
  'bü\\x',
  'x@bü',
  'bü:1',
  'bü%41',
  'localhos%74ü',
  '[ü]',
  'bü\tcher',
  ' ü',
  'ü\x7f',
  '\uff4cocalhost/x',
  '\uff4cocalhost\uff0fx',
  '\uff4c\tocalhost',
  '\uff4cocalhost%2e',
  '\u00ad127.0.0.1',
])('%j is no name, whatever a URL would make of it', (host) => {
  expect(thrown(() => getaddrinfo(host, 80))).toMatchObject({ name: 'GaiError', code: 'EAI_NONAME', address: host })
  expect(thrown(() => gethostbyname(host)).code).toBe('EAI_NONAME')
})

test.skipIf(!hasPython)('full-width numbers are the hosts that CPython takes them for [needs python3]', () => {
  const calls: Record<string, () => unknown> = {}
  for (const host of [
    '１２７.0.0.1',
    '１２７。０。０。１',
    '１２７．１',
    '０x7f.1',
    '２１３',
    '１.2.3.4.',
    '１.2.3.256',
  ]) {
    calls[`socket.getaddrinfo('${host}', 80)`] = () => getaddrinfo(host, 80)
  }
  expect(differences(calls)).toEqual({})
})

test('bytes whose memory is gone are neither a host nor a port', () => {
  const detached = new Uint8Array(9)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  for (const call of [
    () => getaddrinfo(detached, 80),
    () => getaddrinfo('127.0.0.1', detached),
    () => gethostbyname(detached),
    () => gethostbynameEx(detached),
    () => gethostbyaddr(detached),
  ]) {
    expect(thrown(call).code).toBe('ERR_INVALID_ARG_TYPE')
  }
})
