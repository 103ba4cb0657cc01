/** What a selector knows of a registered object. */
import { descriptorOf, notRegistered, type Selectable } from '../select/selectable.js'

/**
 * Ready for reading (or accepting), without waiting.
 * @see select(2). Linux, macOS.
 */
export const EVENT_READ = 1
/**
 * Ready for writing, without waiting.
 * @see select(2). Linux, macOS.
 */
export const EVENT_WRITE = 2

/** A registered object and what was registered with it. It does not change: `modify` makes another. */
export interface SelectorKey<Data = unknown, File extends Selectable = Selectable> {
  /** The descriptor or object that was registered. */
  readonly fileobj: File
  /** Its descriptor. */
  readonly fd: number
  /** `EVENT_READ`, `EVENT_WRITE` or both: what is waited for. */
  readonly events: number
  /** What was given to go with it; `null` where nothing was. */
  readonly data: Data
}

/** A registered object that is ready, and the events of those registered that it is ready for. */
export type Ready<Data = unknown, File extends Selectable = Selectable> = [key: SelectorKey<Data, File>, events: number]

/** The keys of a selector by descriptor. */
export class Keys<Data, File extends Selectable> {
  readonly #byDescriptor = new Map<number, SelectorKey<Data, File>>()

  /** The descriptor of an object, or where it is closed, the one that it was registered with. */
  descriptorOf(fileobj: unknown, syscall: string): number {
    try {
      return descriptorOf('fileobj', fileobj, syscall)
    } catch (error) {
      for (const key of this.#byDescriptor.values()) if (key.fileobj === fileobj) return key.fd
      throw error
    }
  }

  get size(): number {
    return this.#byDescriptor.size
  }

  get(fd: number): SelectorKey<Data, File> | undefined {
    return this.#byDescriptor.get(fd)
  }

  /** The key of an object. @throws {SocketError} `ENOENT` where it is not registered */
  find(fileobj: unknown, syscall: string): SelectorKey<Data, File> {
    const fd = this.descriptorOf(fileobj, syscall)
    const key = this.#byDescriptor.get(fd)
    if (key !== undefined) return key
    throw notRegistered(syscall, fd)
  }

  set(key: SelectorKey<Data, File>): SelectorKey<Data, File> {
    this.#byDescriptor.set(key.fd, key)
    return key
  }

  delete(key: SelectorKey<Data, File>): void {
    this.#byDescriptor.delete(key.fd)
  }

  clear(): void {
    this.#byDescriptor.clear()
  }

  all(): IterableIterator<SelectorKey<Data, File>> {
    return this.#byDescriptor.values()
  }
}

/**
 * The keys of a selector, to look at: what is registered now.
 *
 * Methods throw `TypeError` for what has no descriptor, and `SocketError` `EBADF` for an object that is closed and was
 * not registered.
 * @see Python’s selectors.BaseSelector.get_map. Linux, macOS.
 */
export class SelectorMap<Data = unknown, File extends Selectable = Selectable> {
  readonly #keys: Keys<Data, File>

  /** @internal */
  constructor(keys: Keys<Data, File>) {
    this.#keys = keys
  }

  /** How many objects are registered. */
  get size(): number {
    return this.#keys.size
  }

  /**
   * The key of a descriptor or object; `undefined` where it is not registered.
   * @param fileobj a descriptor or an object with a `fileno()`
   */
  get(fileobj: Selectable): SelectorKey<Data, File> | undefined {
    return this.#keys.get(this.#keys.descriptorOf(fileobj, 'get'))
  }

  /**
   * Whether a descriptor or object is registered.
   * @param fileobj a descriptor or an object with a `fileno()`
   */
  has(fileobj: Selectable): boolean {
    return this.get(fileobj) !== undefined
  }

  /** The descriptors. */
  *keys(): Generator<number, undefined, undefined> {
    for (const key of this.#keys.all()) yield key.fd
  }

  /** The keys of all that is registered. */
  values(): IterableIterator<SelectorKey<Data, File>> {
    return this.#keys.all()
  }

  /** The descriptors with their keys. */
  *entries(): Generator<[fd: number, key: SelectorKey<Data, File>], undefined, undefined> {
    for (const key of this.#keys.all()) yield [key.fd, key]
  }

  /** As `entries()`. */
  [Symbol.iterator](): Generator<[fd: number, key: SelectorKey<Data, File>], undefined, undefined> {
    return this.entries()
  }
}
