/** A UDP server on all addresses that answers from the one that was asked: IP_PKTINFO, in and out. */
import {
  AF_INET,
  decodeAncillary,
  encodeAncillary,
  IP_PKTINFO,
  IPPROTO_IP,
  ifIndextoname,
  SOCK_DGRAM,
  socket,
} from 'berkeley'

const server = socket(AF_INET, SOCK_DGRAM)
server.bind(['', 0])
// From now on each datagram tells where it was sent to, and by which interface it came.
server.setsockopt(IPPROTO_IP, IP_PKTINFO, 1)
const port = server.getsockname()[1]

async function serve() {
  for (;;) {
    const [data, ancdata, , client] = await server.recvmsgAsync(65_535, { ancbufsize: 256 })
    if (data.length === 0) return
    const { packetInfo } = decodeAncillary(ancdata)
    const { address, interfaceIndex } = packetInfo
    console.log(`asked at ${address} by ${interfaceIndex === 0 ? 'loopback' : ifIndextoname(interfaceIndex)}`)
    // The kernel would choose a source address by its routes: here always 127.0.0.1. This says which one it shall be.
    await server.sendmsgAsync([data], { ancdata: encodeAncillary({ packetInfo }), address: client })
  }
}

const served = serve()
const client = socket(AF_INET, SOCK_DGRAM)
// Linux takes all of 127.0.0.0/8 for its own; elsewhere there may be only one.
const addresses = process.platform === 'linux' ? ['127.0.0.1', '127.0.0.2', '127.1.2.3'] : ['127.0.0.1']
for (const address of addresses) {
  // A connected socket hears only the address that it is connected to, as do firewalls: another one's answer is lost.
  await client.connectAsync([address, port])
  await client.sendAsync('hello')
  const [data, [from]] = await client.recvfromAsync(100, { timeout: 5 })
  console.log(`${address} asked, ${from} answered '${data}'`)
}

await client.sendAsync('')
await served
client.close()
server.close()
