/** A call that may not wait for its descriptor, but has to wait for its turn. */
import { wouldBlock } from './errors.js'
import { Operation, type OperationQueue } from './operation.js'

export class OneAttempt<T> extends Operation<T> {
  readonly #operation: Operation<T>
  readonly #timesOut: boolean

  /** @param timesOut whether it has timed out where it would have to wait; otherwise that is `EAGAIN` */
  constructor(operation: Operation<T>, timesOut: boolean) {
    super()
    this.#operation = operation
    this.#timesOut = timesOut
  }

  override get syscall(): string {
    return this.#operation.syscall
  }

  override perform(queue: OperationQueue): T | number {
    return this.#operation.performOnce(queue)
  }

  /** The one attempt, after which it has ended. It tells nothing of the direction: its flags are its own. */
  override attempt(queue: OperationQueue): boolean {
    const { ready } = queue
    if (super.attempt(queue)) return true
    queue.ready = ready
    this.refuse()
    return true
  }

  /** It would have to wait. */
  refuse(): void {
    this.fail(this.#timesOut ? this.timeoutError() : this.errorOf(wouldBlock))
  }

  override errorOf(result: number): Error {
    return this.#operation.errorOf(result)
  }

  override timeoutError(): Error {
    return this.#operation.timeoutError()
  }
}
