/**
 * ping: echo requests, and how long their answers take. With a ping socket, which needs no privileges where the system
 * allows it, otherwise with a raw socket, which needs root or CAP_NET_RAW.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  CMSG_SPACE,
  decodeAncillary,
  getaddrinfoAsync,
  IP_RECVTTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVHOPLIMIT,
  SOCK_DGRAM,
  SOCK_RAW,
  SocketError,
  SocketTimeoutError,
  socket,
} from 'berkeley'

const USAGE = `Usage: node ping.js [-4 | -6] [-c count] [-i seconds] [-W seconds] [-s bytes] [host]
  -4, -6  only over IPv4, only over IPv6
  -c      how many requests, 4 where left out
  -i      seconds between them, 1
  -W      seconds to wait for an answer, 1
  -s      bytes of data in each, 56
  host    a name or an address, 127.0.0.1 where left out
  Exits 0 where an answer came, and 1 otherwise. Ctrl-C ends it with what was seen so far.`

/** The same messages have other numbers over IPv6. `ttl`: the option that has the TTL told with each message. */
const PROTOCOLS = {
  [AF_INET]: { proto: IPPROTO_ICMP, request: 8, reply: 0, any: '0.0.0.0', ttl: [IPPROTO_IP, IP_RECVTTL] },
  [AF_INET6]: { proto: IPPROTO_ICMPV6, request: 128, reply: 129, any: '::', ttl: [IPPROTO_IPV6, IPV6_RECVHOPLIMIT] },
}
const HEADER = 8

function usage(code) {
  console.error(USAGE)
  process.exit(code)
}

function parse(args) {
  const options = { family: AF_UNSPEC, c: 4, i: 1, W: 1, s: 56, host: '127.0.0.1' }
  while (args.length > 0) {
    const arg = args.shift()
    if (arg === '-4') options.family = AF_INET
    else if (arg === '-6') options.family = AF_INET6
    else if (/^-[ciWs]$/.test(arg) && args.length > 0) options[arg[1]] = Number(args.shift())
    else if (arg.startsWith('-') || args.length > 0) usage(arg === '--help' ? 0 : 2)
    else options.host = arg
  }
  const { c, i, W, s } = options
  const isGood = Number.isInteger(c) && c > 0 && i >= 0 && W > 0 && Number.isInteger(s) && s >= 0 && s <= 65_000
  if (!isGood) usage(2)
  return options
}

/** A socket that may send echo requests, and what kind it is. */
function open(family, proto) {
  const refused = []
  for (const [type, kind] of [
    [SOCK_DGRAM, 'ping socket'],
    [SOCK_RAW, 'raw socket'],
  ]) {
    try {
      return [socket(family, type, proto), kind]
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      refused.push(`${kind}: ${error.code}`)
    }
  }
  console.error(`not allowed to ping (${refused.join(', ')}). A raw socket needs root or CAP_NET_RAW; a ping socket, on
Linux, a group within net.ipv4.ping_group_range: sysctl -w net.ipv4.ping_group_range='0 2147483647'`)
  process.exit(1)
}

/** The Internet's checksum. The kernel writes that of ICMPv6 itself. */
function checksum(bytes) {
  let sum = 0
  for (const [i, byte] of bytes.entries()) sum += i % 2 === 0 ? byte << 8 : byte
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function echoRequest(type, id, sequence, size) {
  const message = Buffer.alloc(HEADER + size, 'berkeley')
  message.fill(0, 0, HEADER)
  message[0] = type
  message.writeUInt16BE(id, 4)
  message.writeUInt16BE(sequence, 6)
  message.writeUInt16BE(checksum(message), 2)
  return message
}

/** What came, without the IP header that raw sockets give with IPv4: that begins with a 4, and no echo does. */
const withoutHeader = (data) => (data[0] >> 4 === 4 ? data.subarray((data[0] & 15) * 4) : data)

/** Waits for the answer to one request: its size and TTL, or null where none comes in time. */
async function answerTo(sock, { reply }, request, address, deadline, signal) {
  for (;;) {
    try {
      const timeout = Math.max(0, (deadline - performance.now()) / 1000)
      const options = { ancbufsize: CMSG_SPACE(4), timeout, signal }
      const [data, ancillary, , from] = await sock.recvmsgAsync(65_535, options)
      const message = withoutHeader(data)
      // A raw socket also gets the answers of other programs, and on loopback the requests.
      const isAnswer = message[0] === reply && message.subarray(4).equals(request.subarray(4))
      if (!isAnswer || from[0] !== address[0]) continue
      const { ttl, hopLimit } = decodeAncillary(ancillary)
      return { bytes: message.length, ttl: ttl ?? hopLimit }
    } catch (error) {
      if (error instanceof SocketTimeoutError) return null
      throw error
    }
  }
}

const { family: wanted, c: count, i: interval, W: timeout, s: size, host } = parse(process.argv.slice(2))
const controller = new AbortController()
const { signal } = controller
process.once('SIGINT', () => controller.abort())
const times = []
let sent = 0

try {
  const [[family, , , , address]] = await getaddrinfoAsync(host, null, { family: wanted, type: SOCK_DGRAM })
  const protocol = PROTOCOLS[family]
  const [sock, kind] = open(family, protocol.proto)
  sock.setsockopt(...protocol.ttl, true)
  // On Linux a ping socket has an id as other sockets have a port, and gets the answers to that only.
  if (kind === 'ping socket') sock.bind([protocol.any, 0])
  const id = sock.getsockname()[1] || process.pid & 0xffff
  console.log(`ping ${host} (${address[0]}): ${size} bytes of data, by a ${kind}`)

  while (sent < count && !signal.aborted) {
    const request = echoRequest(protocol.request, id, ++sent, size)
    const started = performance.now()
    try {
      await sock.sendtoAsync(request, address, { signal })
      const answer = await answerTo(sock, protocol, request, address, started + timeout * 1000, signal)
      const time = performance.now() - started
      if (answer === null) {
        console.log(`no answer: seq=${sent}`)
      } else {
        times.push(time)
        console.log(
          `${answer.bytes} bytes from ${address[0]}: seq=${sent} ttl=${answer.ttl} time=${time.toFixed(3)} ms`,
        )
      }
    } catch (error) {
      if (signal.aborted) break
      if (!(error instanceof SocketError)) throw error
      console.log(`${error.message}: seq=${sent}`)
    }
    if (sent < count)
      await sleep(Math.max(0, started + interval * 1000 - performance.now()), null, { signal }).catch(() => {})
  }
  sock.close()
} catch (error) {
  if (!(error instanceof SocketError)) throw error
  console.error(error.message)
  process.exit(1)
}

const lost = sent === 0 ? 0 : Math.round((100 * (sent - times.length)) / sent)
console.log(`${host}: ${sent} sent, ${times.length} received, ${lost} % lost`)
if (times.length > 0) {
  const mean = times.reduce((sum, time) => sum + time) / times.length
  const [min, avg, max] = [Math.min(...times), mean, Math.max(...times)].map((time) => time.toFixed(3))
  console.log(`round trip min/avg/max = ${min}/${avg}/${max} ms`)
}
process.exitCode = times.length > 0 ? 0 : 1
