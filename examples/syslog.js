/**
 * A line for the system's log, as logger(1) writes it: one datagram to the unix socket of syslogd or journald, in the
 * form of RFC 3164. Node's own modules have no unix datagrams.
 */
import { AF_UNIX, SOCK_DGRAM, SocketError, socket } from 'berkeley'

const [message, path = process.platform === 'darwin' ? '/var/run/syslog' : '/dev/log'] = process.argv.slice(2)
if (message === undefined || message === '--help') {
  console.error('Usage: node syslog.js message [path of the socket]')
  process.exit(message === undefined ? 2 : 0)
}

const [USER, NOTICE] = [1, 5] // facility and severity
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function timestamp(date) {
  const [day, ...time] = [date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()]
  const clock = time.map((part) => `${part}`.padStart(2, '0')).join(':')
  return `${MONTHS[date.getMonth()]} ${`${day}`.padStart(2)} ${clock}`
}

const log = socket(AF_UNIX, SOCK_DGRAM)
log.settimeout(1) // a full queue of the receiver makes a sender wait
try {
  log.connect(path)
  log.send(`<${USER * 8 + NOTICE}>${timestamp(new Date())} example[${process.pid}]: ${message}`)
  console.log(`sent to ${path}`)
} catch (error) {
  if (!(error instanceof SocketError)) throw error
  console.error(error.message) // ENOENT: no such daemon here
  process.exitCode = 1
} finally {
  log.close()
}
