import { AF_INET, IPPROTO_TCP, SO_LINGER, SOCK_STREAM, SOL_SOCKET, socket, TCP_NODELAY } from 'berkeley'
import { tellPort } from '../lib/program.js'

/** @param {number} port */
export function connectLoopback(port) {
  const sock = socket(AF_INET, SOCK_STREAM)
  sock.connect(['127.0.0.1', port])
  sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  return sock
}

/**
 * Listens on a free port and tells it.
 * @param {number} backlog
 */
export function listenLoopback(backlog) {
  const listener = socket(AF_INET, SOCK_STREAM)
  listener.bind(['127.0.0.1', 0])
  listener.listen(backlog)
  tellPort(listener.getsockname()[1])
  return listener
}

/** Waits for the one client. */
export function acceptLoopback() {
  const listener = listenLoopback(1)
  const [conn] = listener.accept()
  listener.close()
  conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  return conn
}

// struct linger { l_onoff = 1, l_linger = 0 }
const AT_ONCE = Buffer.from(new Int32Array([1, 0]).buffer)

/**
 * Closes without a handshake, so that no port is kept in TIME_WAIT.
 * @param {import('berkeley').Socket} sock
 */
export function closeAtOnce(sock) {
  sock.setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
  sock.close()
}
