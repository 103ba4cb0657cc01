/**
 * What the scripts for failing system calls share. strace(1) has every second call of a kind fail in each thread, the
 * first one to begin with, so that what fails works when it is done once more.
 */
import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { AF_INET, AF_UNIX, SOCK_STREAM, socket, socketpair } from 'berkeley'
import { openDescriptors, settled } from '../portable/support/open-descriptors.js'
import { printLine } from '../portable/support/report.js'

/** The error that is injected: `ENOBUFS`. */
export const code = /** @type {keyof typeof constants.errno} */ (String(process.argv[2]))

let passed = 0
let before = openDescriptors()

/**
 * A test, in which no descriptor may be left open.
 * @param {string} name
 * @param {() => unknown} body
 */
export async function test(name, body) {
  const limit = setTimeout(() => {
    printLine(`not ok - ${name}: no end after 30 s`)
    process.exit(1)
  }, 30_000)
  try {
    await body()
    assert.deepEqual(await settled(before), [], 'descriptors left open')
    passed++
  } catch (error) {
    printLine(`not ok - ${name}: ${error instanceof Error ? error.stack : error}`)
    process.exitCode = 1
    before = openDescriptors()
  }
  clearTimeout(limit)
}

/** What is open now may stay. */
export function keep() {
  before = openDescriptors()
}

/** The last line. */
export const summary = () => printLine(`${passed} passed, ${process.exitCode === 1 ? 'and some' : 0} failed`)

/** What a failed call must tell. @param {unknown} error @param {string} syscall */
export function check(error, syscall) {
  if (error === undefined) assert.fail(`${syscall} did not fail`)
  const { code: itsCode, errno, syscall: itsSyscall, name } = /** @type {NodeJS.ErrnoException} */ (error)
  assert.deepEqual(
    { name, code: itsCode, errno, syscall: itsSyscall },
    { name: 'SocketError', code, errno: constants.errno[code], syscall },
    error instanceof Error ? error.stack : String(error),
  )
}

/**
 * It fails, with the error that was injected, and then works.
 * @template T
 * @param {string} syscall @param {() => T} call
 * @returns {T}
 */
export function twice(syscall, call) {
  /** @type {unknown} */
  let error
  try {
    call()
  } catch (thrown) {
    error = thrown
  }
  check(error, syscall)
  return call()
}

/**
 * The same of a promise.
 * @template T
 * @param {string} syscall @param {() => Promise<T>} call
 */
export async function twiceAsync(syscall, call) {
  check(
    await call().then(
      () => new Error('it did not fail'),
      (reason) => reason,
    ),
    syscall,
  )
  return call()
}

/**
 * Where faults begin later, because Node needs those calls at its start: makes and closes until that fails. The next
 * one works, and the one behind it fails.
 * @param {() => { close(): void }} make
 * @returns {unknown} the error
 */
export function untilItFails(make) {
  for (let i = 0; i < 1000; i++) {
    try {
      make().close()
    } catch (error) {
      return error
    }
  }
  throw new Error('it never failed')
}

/**
 * Runs with a pair of sockets, which it closes.
 * @param {(first: import('berkeley').Socket, second: import('berkeley').Socket) => unknown} body
 * @param {import('berkeley').SocketType} [type]
 */
export async function withPair(body, type = SOCK_STREAM) {
  const [first, second] = socketpair(AF_UNIX, type)
  try {
    await body(first, second)
  } finally {
    first.close()
    second.close()
  }
}

/** A listening socket on loopback. */
export function listenTcp() {
  const listener = socket(AF_INET)
  listener.bind(['127.0.0.1', 0])
  listener.listen()
  return listener
}
