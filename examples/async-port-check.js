/**
 * A port checker that asks many ports at a time: connect_exAsync answers an errno for each, where connectAsync would
 * reject. Without arguments it checks open and closed ports of its own. For machines that you may ask.
 */
import { createServer, errno, GaiError, getaddrinfoAsync, SOCK_STREAM, socket } from 'berkeley'

const USAGE = `Usage: node async-port-check.js [host ports ...]
  ports  a port, or two with a dash between: 80 8000-8100
  Prints the open ports and counts the others; exits 0 where one is open, and 1 otherwise.`
const AT_ONCE = 100
const TIMEOUT_SECONDS = 2

let [host, ...ranges] = process.argv.slice(2)
const areRanges = ranges.length > 0 && ranges.every((range) => /^\d{1,5}(-\d{1,5})?$/.test(range))
if (host !== undefined && (host.startsWith('-') || !areRanges)) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

function* portsIn(ranges) {
  for (const range of ranges) {
    const [first, last = first] = range.split('-').map(Number)
    for (let port = first; port <= last; port++) yield port
  }
}

/** 0 for an open port, otherwise why it is not. */
async function check(family, address) {
  const sock = socket(family, SOCK_STREAM) // a socket can try to connect once
  try {
    return await sock.connect_exAsync(address, { timeout: TIMEOUT_SECONDS })
  } finally {
    sock.close()
  }
}

/** How often each answer came. Open ports are told as they are found. */
async function checkAll() {
  // The name is looked up once, not for every port.
  const [[family, , , , [address]]] = await getaddrinfoAsync(host, null, { type: SOCK_STREAM })
  const counts = new Map()
  const ports = portsIn(ranges)
  // Each takes the next port from the one generator, until that has no more.
  async function takeOne() {
    for (const port of ports) {
      const number = await check(family, [address, port])
      counts.set(number, (counts.get(number) ?? 0) + 1)
      if (number === 0) console.log(`${address} port ${port}: open`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, takeOne))
  return counts
}

function explain(number) {
  if (number === errno.EAGAIN) return `no answer within ${TIMEOUT_SECONDS} s (${number} EAGAIN)`
  return `${number} ${Object.keys(errno).find((name) => errno[name] === number)}`
}

const own = []
if (host === undefined) {
  host = '127.0.0.1'
  for (let i = 0; i < 4; i++) own.push(createServer([host, 0]))
  for (let i = 0; i < 4; i++) {
    const closed = socket()
    closed.bind([host, 0]) // has the port, but does not listen
    own.push(closed)
  }
  ranges = own.map((sock) => `${sock.getsockname()[1]}`)
}

try {
  const counts = await checkAll()
  for (const [number, count] of counts) if (number !== 0) console.log(`${count} others: ${explain(number)}`)
  if (!counts.has(0)) process.exitCode = 1
} catch (error) {
  if (!(error instanceof GaiError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
for (const sock of own) sock.close()
