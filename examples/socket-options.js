/** Socket options: setOption and getOption by name, setsockopt and getsockopt as in C. See socket(7), ip(7) and tcp(7). */
import {
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_TCP,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
  TCP_NODELAY,
} from 'berkeley'

const sock = socket()

// By name, each with a value of its own type; durations are seconds. docs/options.md lists them.
sock.setOption('keepAliveIdle', 30)
sock.setOption('linger', null)
sock.setOption('receiveTimeout', 2.5)
console.log(`keepAliveIdle: ${sock.getOption('keepAliveIdle')} seconds, linger: ${sock.getOption('linger')}`)
console.log(`noDelay: ${sock.getOption('noDelay')}, receiveTimeout: ${sock.getOption('receiveTimeout')} seconds`)

// A value is a number, and a boolean counts as 1 or 0. Some systems answer another number than 1 for "on".
const options = [
  ['SO_REUSEADDR', SOL_SOCKET, SO_REUSEADDR, true],
  ['SO_KEEPALIVE', SOL_SOCKET, SO_KEEPALIVE, true],
  ['TCP_NODELAY', IPPROTO_TCP, TCP_NODELAY, true],
  ['IP_TTL', IPPROTO_IP, IP_TTL, 17],
  ['SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, 32768], // Linux doubles it, for its own book-keeping
]
for (const [name, level, option, value] of options) {
  const before = sock.getsockopt(level, option)
  sock.setsockopt(level, option, value)
  console.log(`${name}: was ${before}, set to ${value}, is ${sock.getsockopt(level, option)}`)
}

// Some can only be read.
console.log(`SO_TYPE: ${sock.getsockopt(SOL_SOCKET, SO_TYPE)}, SOCK_STREAM is ${SOCK_STREAM}`)
console.log(`SO_ERROR: ${sock.getsockopt(SOL_SOCKET, SO_ERROR)}, no error is waiting`)

// SO_LINGER is a C struct of two ints, on or off and seconds; its bytes are set, and read with their length.
const lingerSize = 2 * Int32Array.BYTES_PER_ELEMENT
sock.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 5))
const bytes = sock.getsockopt(SOL_SOCKET, SO_LINGER, lingerSize)
const [isOn, seconds] = new Int32Array(new Uint8Array(bytes).buffer)
console.log(`SO_LINGER: ${bytes.length} bytes, ${isOn ? 'on' : 'off'}, ${seconds} seconds`)

sock.close()
