/** What a server does with a request that it has got, and with an error in its place. */
import { SocketError } from '../errors.js'

/** The hooks of a server, as far as a request meets them. */
export interface Hooks<Request, Address> {
  verifyRequest(request: Request, clientAddress: Address): boolean
  processRequest(request: Request, clientAddress: Address): void
  shutdownRequest(request: Request): void
  handleError(request: Request, clientAddress: Address, error: unknown): void
}

/** Whether an error says that the user interrupted the program: Python's KeyboardInterrupt, which no server holds up. */
export const isInterrupt = (error: unknown): boolean => error instanceof SocketError && error.code === 'EINTR'

/** Verifies and processes a request. Errors of handlers go to `handleError`; what that and the other hooks throw, out. */
export function takeRequest<Request, Address>(
  server: Hooks<Request, Address>,
  request: Request,
  clientAddress: Address,
): void {
  let isVerified: boolean
  try {
    isVerified = server.verifyRequest(request, clientAddress)
  } catch (error) {
    server.shutdownRequest(request)
    throw error
  }
  if (!isVerified) {
    server.shutdownRequest(request)
    return
  }
  try {
    server.processRequest(request, clientAddress)
  } catch (error) {
    try {
      if (isInterrupt(error)) throw error
      server.handleError(request, clientAddress, error)
    } finally {
      server.shutdownRequest(request)
    }
  }
}

/** The system lacks something, which may be there again later. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])
/** Trouble of one client or of the network, which the next one need not have: accept(2), udp(7). */
const PASSING = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAGAIN',
  'EPROTO',
  'EPERM',
  'ENETDOWN',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENONET',
  'ENOPROTOOPT',
  'EMSGSIZE',
])

export const isExhausted = (error: unknown): boolean => error instanceof SocketError && EXHAUSTED.has(error.code)
export const isPassing = (error: unknown): boolean => error instanceof SocketError && PASSING.has(error.code)
