/** Clients of servers, and what a server leaves behind. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { openDescriptors as allDescriptors } from './open-descriptors.js'

type Target = readonly [host: string, port: number] | string

/** A connection of `node:net`. */
export function connectTo(target: Target) {
  const conn = typeof target === 'string' ? connect(target) : connect(target[1], target[0])
  conn.setEncoding('utf8')
  return conn
}

/** Sends `text` and the end; everything that comes back until the server closes. An error of the connection rejects. */
export async function ask(target: Target, text: string): Promise<string> {
  const conn = connectTo(target)
  let answer = ''
  conn.on('data', (data) => {
    answer += data
  })
  conn.end(text)
  await once(conn, 'close')
  return answer
}

/** How many descriptors this process has open. */
export const openDescriptors = (): number => allDescriptors().size

/** Waits until `condition` holds, a turn of the event loop at a time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** A promise with what settles it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
