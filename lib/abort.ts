/**
 * Calls that end with a signal. A signal has one listener for all of them: Node looks through all listeners whenever
 * one comes or goes, and warns from eleven on, where a server's connections may share one signal.
 */

/** What ends when its signal is aborted. */
export interface Abortable {
  abort(reason: unknown): void
}

class Listener {
  readonly #signal: AbortSignal
  readonly calls = new Set<Abortable>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this)
  }

  handleEvent(): void {
    const { reason } = this.#signal
    for (const call of this.calls) call.abort(reason)
  }

  stop(): void {
    listeners.delete(this.#signal)
    this.#signal.removeEventListener('abort', this)
  }
}

const listeners = new WeakMap<AbortSignal, Listener>()

/** Has `call` told when `signal`, which is not aborted yet, is. */
export function listenFor(signal: AbortSignal, call: Abortable): void {
  let listener = listeners.get(signal)
  if (listener === undefined) {
    listener = new Listener(signal)
    listeners.set(signal, listener)
  }
  listener.calls.add(call)
}

/** `call` has ended, however it did. */
export function stopListening(signal: AbortSignal, call: Abortable): void {
  const listener = listeners.get(signal)
  if (listener?.calls.delete(call) && listener.calls.size === 0) listener.stop()
}
