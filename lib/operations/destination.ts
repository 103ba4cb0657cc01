/** The address of an asynchronous call: encoded, or with a name that is looked up meanwhile. */
import {
  type AddressOwner,
  encodeAddress,
  encodedAddress,
  internetFamily,
  nameIn,
  restoreAddress,
  withHost,
} from '../address.js'
import type { ErrorAddress } from '../errors.js'
import { resolveHostAsync } from '../host.js'
import type { Operation } from '../operation.js'
import type { Queue } from '../queue.js'

export class Destination {
  /** As it was given, for errors. */
  readonly address: ErrorAddress
  readonly #owner: AddressOwner
  readonly #syscall: string
  /** The name to look up, until its address is known. */
  #name: string | null
  #encoded: Uint8Array | null = null
  #lookUp: AbortController | null = null

  /** @throws as `encodeAddress`, except what only the lookup can tell */
  constructor(owner: AddressOwner, address: unknown, syscall: string) {
    this.#owner = owner
    this.#syscall = syscall
    this.#name = nameIn(owner.family, address, 'address')
    // A copy, because the caller may change the array before it is needed.
    this.address = (Array.isArray(address) ? [...address] : address) as ErrorAddress
    if (this.#name === null) this.#encode(this.address)
  }

  get isKnown(): boolean {
    return this.#encoded !== null
  }

  /** Puts the encoded address into the shared memory. */
  restore(): void {
    if (this.#encoded !== null) restoreAddress(this.#encoded)
  }

  /** Looks the name up; then the operation, which waits in the queue, goes on, or ends with the error. */
  lookUp(operation: Operation, queue: Queue): void {
    if (this.#name === null) return
    const controller = new AbortController()
    this.#lookUp = controller
    // The operation itself keeps the process alive, or not.
    const limits = { timeoutNs: -1, signal: controller.signal, isReferenced: false }
    resolveHostAsync(this.#name, internetFamily(this.#owner.family, this.address), 'address[0]', limits)
      .then(([host, scopeId]) => {
        if (controller.signal.aborted) return
        this.#lookUp = null
        this.#encode(withHost(this.address, host, scopeId))
        queue.retryNow(operation)
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        this.#lookUp = null
        operation.fail(error)
        queue.advance()
      })
  }

  /** The operation has ended before its name was known. */
  forget(): void {
    this.#lookUp?.abort()
    this.#lookUp = null
  }

  #encode(address: unknown): void {
    encodeAddress(this.#owner, address, 'address', this.#syscall)
    this.#encoded = encodedAddress()
  }
}
