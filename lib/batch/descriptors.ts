/** Descriptors that came with the messages of a batch and that nobody has taken: the batch's to close. */
import { native, TOKEN, words } from '../binding.js'

type Held = Map<number, [fd: number, token: number][]>

/** Those of batches that were collected. */
const forgotten = new FinalizationRegistry<Held>((held) => {
  for (const index of held.keys()) closeAll(held, index)
})

function closeAll(held: Held, index: number): void {
  for (const [fd, token] of held.get(index) ?? []) native.closeOwned(fd, token)
  held.delete(index)
}

export class HeldDescriptors {
  #held: Held | null = null

  /** Descriptors have come with a message. From here on they are closed where the thread ends, too. */
  hold(index: number, fds: readonly number[]): void {
    if (this.#held === null) {
      this.#held = new Map()
      forgotten.register(this, this.#held)
    }
    const list: [fd: number, token: number][] = []
    this.#held.set(index, list)
    // One of which the thread keeps no record is closed.
    for (const fd of fds) if (native.own(fd) >= 0) list.push([fd, words[TOKEN] as number])
  }

  /** They are the caller's. */
  give(index: number): void {
    for (const [fd, token] of this.#held?.get(index) ?? []) native.detach(fd, token)
    this.#held?.delete(index)
  }

  /** Nobody wants them. */
  close(index: number): void {
    if (this.#held !== null && this.#held.size > 0) closeAll(this.#held, index)
  }

  closeAll(): void {
    if (this.#held === null || this.#held.size === 0) return
    for (const index of [...this.#held.keys()]) closeAll(this.#held, index)
  }
}
