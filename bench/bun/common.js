import { tellPort } from '../lib/program.js'

/**
 * Listens on a free port and tells it.
 * @param {Omit<BunHandlers, 'error'>} handlers
 */
export function listenLoopback(handlers) {
  const socket = {
    ...handlers,
    // What a handler throws would only be shown.
    error(/** @type {BunSocket} */ _, /** @type {Error} */ error) {
      console.error(error)
      process.exit(1)
    },
  }
  tellPort(Bun.listen({ hostname: '127.0.0.1', port: 0, socket }).port)
}
