/** What became of numbered datagrams: lost, out of order, there twice; and how unevenly they came. */

/** How far back a late number can be told from one that came twice. */
const WINDOW = 1 << 17

/** Follows the numbers 0, 1, 2, ... of a flow. */
export class SequenceTracker {
  /** A bit for each of the last `WINDOW` numbers: whether it came. */
  readonly #seen = new Uint8Array(WINDOW)
  #highest = -1
  #received = 0
  #reordered = 0
  #duplicates = 0

  /** Different numbers that came. */
  get received(): number {
    return this.#received
  }
  /** Those that came after a higher one. */
  get reordered(): number {
    return this.#reordered
  }
  /** Datagrams whose number had come before. */
  get duplicates(): number {
    return this.#duplicates
  }
  /** How many numbers there were up to the highest that came. */
  get expected(): number {
    return this.#highest + 1
  }

  /** A datagram came; whether its number is new. */
  note(sequence: number): boolean {
    if (sequence > this.#highest) {
      const from = Math.max(this.#highest + 1, sequence - WINDOW + 1)
      for (let between = from; between < sequence; between++) this.#seen[between % WINDOW] = 0
      this.#highest = sequence
    } else if (sequence <= this.#highest - WINDOW || this.#seen[sequence % WINDOW] === 1) {
      // Later than anybody can say: taken for a copy rather than counted twice.
      this.#duplicates++
      return false
    } else {
      this.#reordered++
    }
    this.#seen[sequence % WINDOW] = 1
    this.#received++
    return true
  }

  /**
   * How many of those sent did not come.
   * @param sent how many were sent; those up to the highest that came where it is not known
   */
  lost(sent: number | null): number {
    return Math.max(0, Math.max(sent ?? 0, this.expected) - this.#received)
  }
}

/**
 * The interarrival jitter of RFC 3550, section 6.4.1: by how much the times under way of neighbours differ, smoothed.
 * The clocks of the two hosts need not agree, as only differences count.
 */
export class Jitter {
  #last: number | undefined
  #value = 0

  /** Nanoseconds, like the times it is given. */
  get ns(): number {
    return this.#value
  }

  note(sentNs: number, receivedNs: number): void {
    const transit = receivedNs - sentNs
    if (this.#last !== undefined) this.#value += (Math.abs(transit - this.#last) - this.#value) / 16
    this.#last = transit
  }
}
