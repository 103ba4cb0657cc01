import { number, tellPort } from '../lib/program.js'

/**
 * What a handler throws would only be shown.
 * @param {BunSocket} _
 * @param {Error} error
 */
function error(_, error) {
  console.error(error)
  process.exit(1)
}

/**
 * @param {(data: Buffer) => void} data
 * @param {() => void} [drain] there is room to send
 */
export async function connectLoopback(data, drain = () => {}) {
  const socket = { data: (/** @type {BunSocket} */ _, /** @type {Buffer} */ bytes) => data(bytes), drain, error }
  const sock = await Bun.connect({ hostname: '127.0.0.1', port: number('port'), socket })
  sock.setNoDelay(true)
  return sock
}

/**
 * Listens on a free port and tells it.
 * @param {Omit<BunHandlers, 'error'>} handlers
 */
export function listenLoopback(handlers) {
  const socket = { ...handlers, error }
  tellPort(Bun.listen({ hostname: '127.0.0.1', port: 0, socket }).port)
}
