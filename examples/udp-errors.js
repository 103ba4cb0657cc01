/** What became of datagrams that did not arrive: the error queue, IP_RECVERR and MSG_ERRQUEUE (Linux). */
import {
  AF_INET,
  decodeAncillary,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_LOCAL,
  SOCK_DGRAM,
  SocketError,
  socket,
} from 'berkeley'

if (IP_RECVERR === undefined) {
  console.log('this system has no error queue')
  process.exit()
}

/** Host and ports from the command line; without, two ports that were just given back. */
const [host = '127.0.0.1', ...ports] = process.argv.slice(2)
for (let missing = process.argv.length > 2 ? 0 : 2; missing > 0; missing--) {
  const probe = socket(AF_INET, SOCK_DGRAM)
  probe.bind([host, 0])
  ports.push(probe.getsockname()[1])
  probe.close()
}

const sock = socket(AF_INET, SOCK_DGRAM)
// Without it, an unconnected socket hears of no error at all.
sock.setsockopt(IPPROTO_IP, IP_RECVERR, 1)

/** Prints what the error queue has, as long as something comes. */
async function watch() {
  for (;;) {
    // The data and the address are those of the datagram that failed.
    const options = { flags: MSG_ERRQUEUE, ancbufsize: 512, timeout: 0.5 }
    const [data, ancdata, , address] = await sock.recvmsgAsync(65_535, options)
    for (const { code, origin, offender, mtu } of decodeAncillary(ancdata).errors ?? []) {
      if (origin === SO_EE_ORIGIN_LOCAL) console.log(`${code}: the interface takes ${mtu} bytes`)
      if (origin === SO_EE_ORIGIN_ICMP) {
        const [to, port] = address
        console.log(`'${data}' to ${to} port ${port}: ${code}, says ${offender?.[0]}`)
      }
    }
  }
}

const watched = watch().catch((error) => {
  if (error.code !== 'ETIMEDOUT') throw error
})

/** An earlier datagram's error is told by the next call too, which then has done nothing: send again. */
async function send(data, address) {
  for (;;) {
    try {
      return await sock.sendtoAsync(data, address)
    } catch (error) {
      if (!(error instanceof SocketError) || error.code !== 'ECONNREFUSED') throw error
    }
  }
}

for (const port of ports) await send(`hello, ${port}`, [host, Number(port)])
await send(Buffer.alloc(65_508), [host, 9]).catch((error) => console.log(`sendto: ${error.code}`))

await watched
sock.close()
