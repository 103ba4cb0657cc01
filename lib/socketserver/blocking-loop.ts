/** The loop of a server that blocks its thread. */

import { SocketError } from '../errors.js'
import { select } from '../select/select.js'
import type { HasFileno } from '../select/selectable.js'
import { EVENT_READ } from '../selectors/key.js'
import { PollSelector } from '../selectors/poll.js'
import type { Dispatcher } from './dispatcher.js'
import { type Hooks, isExhausted, isInterrupt, takeRequest } from './take.js'
import { deadlineIn } from './time.js'

/** What the loops need of a server. */
export interface Served<Request, Address> extends Hooks<Request, Address>, HasFileno {
  getRequest(): [request: Request, clientAddress: Address]
  getRequestAsync(options: { timeout?: number | null; signal?: AbortSignal }): Promise<[Request, Address]>
  serviceActions(): void
  handleTimeout(): void
}

/** Seconds to leave the system alone that has no descriptors or memory left: the listener would stay readable. */
const REST = 0.05

/** Waits until some of these are readable: those. */
function readableOf(files: readonly HasFileno[], timeout: number | null): HasFileno[] {
  using selector = new PollSelector<null, HasFileno>()
  for (const file of files) selector.register(file, EVENT_READ)
  return selector.select(timeout).map(([key]) => key.fileobj)
}

/** Waits for a request and for what threads tell, which it hears. Whether there is a request. */
function awaitRequest<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  timeout: number | null,
): boolean {
  if (dispatcher === null) return readableOf([server], timeout).length > 0
  const readable = readableOf([...dispatcher.watched(), ...(dispatcher.hasRoom() ? [server] : [])], timeout)
  const hasRequest = readable.includes(server)
  // Also where nothing came: there may be something that no descriptor tells of.
  if (readable.length !== 1 || !hasRequest) dispatcher.attend()
  return hasRequest && dispatcher.hasRoom()
}

/** Takes the request that is there and handles it; one that has gone is passed over. Whether the system lacks something. */
function handleWhatIsThere<Request, Address>(server: Served<Request, Address>): boolean {
  let taken: [Request, Address]
  try {
    taken = server.getRequest()
  } catch (error) {
    if (!(error instanceof SocketError) || isInterrupt(error)) throw error
    return isExhausted(error)
  }
  takeRequest(server, ...taken)
  return false
}

/** Handles requests until `isOver` says so. */
export function serve<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  pollInterval: number | null,
  isOver: () => boolean,
): void {
  dispatcher?.prepare()
  while (!isOver()) {
    const hasRequest = awaitRequest(server, dispatcher, pollInterval)
    if (isOver()) return
    if (hasRequest && handleWhatIsThere(server)) select([], [], [], REST)
    server.serviceActions()
  }
}

/** Handles one request, or none in so many seconds. */
export function handleOne<Request, Address>(
  server: Served<Request, Address>,
  dispatcher: Dispatcher<Request, Address> | null,
  timeout: number | null,
): void {
  const secondsLeft = deadlineIn(timeout)
  for (;;) {
    if (awaitRequest(server, dispatcher, secondsLeft())) {
      handleWhatIsThere(server)
      return
    }
    if (secondsLeft() === 0) {
      server.handleTimeout()
      return
    }
  }
}
