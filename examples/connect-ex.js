/**
 * A port checker. connect_ex answers 0 or the errno of what went wrong, where connect would throw.
 * Without arguments it checks an open and a closed port of its own.
 */
import { AF_INET, AF_INET6, createServer, errno, GaiError, SOCK_STREAM, socket } from 'berkeley'

const TIMEOUT_SECONDS = 2
const USAGE = `Usage: node connect-ex.js [host port ...]
  Prints which ports are open; exits 0 where all are, and 1 otherwise.`

/** 0 for an open port, otherwise why it is not. */
function check(host, port) {
  const sock = socket(host.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM) // a socket can try to connect once
  sock.settimeout(TIMEOUT_SECONDS)
  try {
    return sock.connect_ex([host, port])
  } finally {
    sock.close()
  }
}

function explain(number) {
  if (number === 0) return 'open'
  if (number === errno.ECONNREFUSED) return `closed (${number} ECONNREFUSED)`
  if (number === errno.EAGAIN) return `no answer within ${TIMEOUT_SECONDS} s (${number} EAGAIN)`
  return `not to be reached (${number} ${Object.keys(errno).find((name) => errno[name] === number)})`
}

let [host, ...ports] = process.argv.slice(2)
if (host !== undefined && (host.startsWith('-') || ports.length === 0 || !ports.every((port) => /^\d+$/.test(port)))) {
  console.error(USAGE)
  process.exit(host === '--help' ? 0 : 2)
}

const isDemonstration = host === undefined
if (isDemonstration) {
  host = '127.0.0.1'
  const open = createServer([host, 0])
  const closed = socket(AF_INET, SOCK_STREAM)
  closed.bind([host, 0]) // has the port, but does not listen
  ports = [open.getsockname()[1], closed.getsockname()[1]]
}

try {
  const answers = ports.map((port) => check(host, Number(port)))
  answers.forEach((number, index) => {
    console.log(`${host} port ${ports[index]}: ${explain(number)}`)
  })
  if (!isDemonstration && answers.some((number) => number !== 0)) process.exitCode = 1
} catch (error) {
  if (!(error instanceof GaiError)) throw error
  console.error(error.message) // the one thing that connect_ex throws: there is no such host
  process.exitCode = 1
}
