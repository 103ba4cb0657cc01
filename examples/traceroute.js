/** The routers on the way to a host, without privileges: a hop limit for each datagram, and the error queue (Linux). */
import {
  AF_INET6,
  decodeAncillary,
  encodeAncillary,
  getaddrinfoAsync,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MSG_ERRQUEUE,
  SOCK_DGRAM,
  socket,
} from 'berkeley'

if (MSG_ERRQUEUE === undefined) {
  console.log('this system has no error queue')
  process.exit()
}

const [host = '127.0.0.1', most = '30'] = process.argv.slice(2)
// Where hardly anybody receives: the ports that traceroute(8) takes.
const [[family, , , , [address, port]]] = await getaddrinfoAsync(host, 33434, { type: SOCK_DGRAM }).catch((error) => {
  console.error(error.message)
  process.exit(1)
})
const isIPv6 = family === AF_INET6
const sock = socket(family, SOCK_DGRAM)
sock.setsockopt(isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP, isIPv6 ? IPV6_RECVERR : IP_RECVERR, 1)
console.log(`to ${address}, at most ${most} hops`)

for (let hop = 1; hop <= Number(most); hop++) {
  const started = performance.now()
  const ancdata = encodeAncillary(isIPv6 ? { hopLimit: hop } : { ttl: hop })
  await sock.sendmsgAsync(['hello'], { ancdata, address: [address, port + hop] })
  try {
    const [, answer] = await sock.recvmsgAsync(100, { flags: MSG_ERRQUEUE, ancbufsize: 512, timeout: 2 })
    const [{ code, offender }] = decodeAncillary(answer).errors
    console.log(`${hop}: ${offender?.[0]}, ${(performance.now() - started).toFixed(1)} ms, ${code}`)
    // A router on the way says that the hop limit is used up (EHOSTUNREACH); the host, that nobody has the port.
    if (code === 'ECONNREFUSED') break
  } catch (error) {
    if (error.code !== 'ETIMEDOUT') throw error
    console.log(`${hop}: no answer`)
  }
}
sock.close()
