/** getaddrinfo: from a name and a port to everything that a socket needs; and getnameinfo, the way back. */
import {
  AF_INET,
  AF_INET6,
  AI_NUMERICHOST,
  GaiError,
  getaddrinfo,
  getnameinfo,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
} from 'berkeley'

const [host = 'localhost', port = '80'] = process.argv.slice(2)
if (host === '--help') {
  console.error('Usage: node resolve.js [host = localhost] [port or service = 80]')
  process.exit()
}

const families = new Map([
  [AF_INET, 'IPv4'],
  [AF_INET6, 'IPv6'],
])
const types = new Map([
  [SOCK_STREAM, 'TCP'],
  [SOCK_DGRAM, 'UDP'],
])

function print(found) {
  for (const [family, type, , , address] of found) {
    const [numericHost, numericPort] = getnameinfo(address, NI_NUMERICHOST | NI_NUMERICSERV)
    console.log(`  ${families.get(family)} ${types.get(type) ?? `type ${type}`}: ${numericHost} port ${numericPort}`)
  }
}

try {
  console.log(`${host} port ${port}`)
  print(getaddrinfo(host, port))
  console.log(`${host} port ${port}, for TCP over IPv4 only`)
  print(getaddrinfo(host, port, { family: AF_INET, type: SOCK_STREAM }))

  console.log('a name where AI_NUMERICHOST allows none')
  getaddrinfo('localhost', port, { flags: AI_NUMERICHOST })
} catch (error) {
  if (!(error instanceof GaiError)) throw error
  console.log(`  ${error.code} (${error.errno}): ${error.message}`)
}
