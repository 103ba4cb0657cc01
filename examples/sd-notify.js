/**
 * A service that tells systemd how it is (Type=notify): datagrams to the unix socket that NOTIFY_SOCKET names, a path or,
 * with a leading @, an abstract name. See sd_notify(3) and systemd.service(5).
 *
 *   systemd-run --user -p Type=notify -p WatchdogSec=10 node examples/sd-notify.js
 */
import { AF_UNIX, createServer, SOCK_DGRAM, socket } from 'berkeley'

/** Tells the service manager, where there is one. */
function notify(...lines) {
  const name = process.env.NOTIFY_SOCKET
  if (!name) return
  const sock = socket(AF_UNIX, SOCK_DGRAM)
  try {
    sock.sendto(lines.join('\n'), name.replace(/^@/, '\0'))
  } finally {
    sock.close()
  }
}

const listener = createServer(['127.0.0.1', 0])
notify('READY=1', `STATUS=listening on port ${listener.getsockname()[1]}`, `MAINPID=${process.pid}`)
console.log(process.env.NOTIFY_SOCKET ? 'ready, and told so' : 'ready; nobody to tell, as NOTIFY_SOCKET is not set')

// Half of the time within which systemd wants to hear from us, in microseconds.
const watchdogUs = Number(process.env.WATCHDOG_USEC ?? 0)
const watchdog = watchdogUs > 0 ? setInterval(notify, watchdogUs / 2000, 'WATCHDOG=1') : undefined

process.once('SIGTERM', () => {
  notify('STOPPING=1', 'STATUS=finishing')
  clearInterval(watchdog)
  listener.close() // ends the loop
})
if (!process.env.NOTIFY_SOCKET) process.emit('SIGTERM')

for await (const [conn] of listener) conn.close()
console.log('stopped')
