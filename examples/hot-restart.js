/**
 * A restart that drops no connection: the new process asks the old one for everything it has, and gets it over a unix
 * socket: the listener, and each connection with the bytes of a request that has come in part. Clients notice nothing.
 *
 *   node hot-restart.js 8080 /run/user/1000/echo.control        # the first one
 *   node hot-restart.js 8080 /run/user/1000/echo.control        # its successor: the first one ends
 *
 * Until the new process has told that it has everything, the old one keeps it too, and goes on if the other one fails.
 * Whoever may connect to the control socket takes the service over, so it is for its owner alone.
 */
import { rmSync } from 'node:fs'
import { AF_UNIX, createServer, errno, recvFdsAsync, Socket, SocketError, sendFdsAsync, socket } from 'berkeley'

const MOST_LINE = 16384
const STEP_TIMEOUT = 5

const [port, controlPath] = process.argv.slice(2)
if (!/^\d{1,5}$/.test(port ?? '') || controlPath === undefined) {
  console.error('Usage: node hot-restart.js port control-path')
  process.exit(port === '--help' ? 0 : 2)
}

/** Aborted when everything is to be given away: what waits then ends without losing a byte. */
let leaving = new AbortController()
/** For each connection a promise of what is left of it then, or of nothing. */
let serving = new Set()
let ending = false

/** Answers each line with this process's id. The connection and the part of a line that has come, when it is to leave. */
async function serve(conn, begun = Buffer.alloc(0)) {
  const { signal } = leaving
  let rest = begun
  try {
    for (;;) {
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        await conn.sendallAsync(`${process.pid} ${rest.subarray(0, end + 1)}`)
        rest = rest.subarray(end + 1)
      }
      const data = await conn.recvAsync(MOST_LINE, { signal })
      if (data.length === 0) break
      rest = Buffer.concat([rest, data])
      if (rest.length > MOST_LINE && !rest.includes('\n')) break
    }
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { conn, rest }
    if (!(error instanceof SocketError)) throw error
  }
  conn.close()
}

function keep(conn, rest) {
  const { signal } = leaving
  const served = serve(conn, rest)
  const mine = serving
  mine.add(served)
  served.finally(() => signal.aborted || mine.delete(served))
}

async function acceptAll(listener) {
  const { signal } = leaving
  try {
    for (;;) keep((await listener.acceptAsync({ signal }))[0])
  } catch (error) {
    if (!signal.aborted && !ending) throw error
  }
}

/** A frame: the length of what follows, a letter for its kind, bytes; and perhaps a descriptor. */
async function sendFrame(control, kind, rest = Buffer.alloc(0), fds = []) {
  const head = Buffer.from([0, 0, 0, 0, kind.charCodeAt(0)])
  head.writeUInt32BE(1 + rest.length)
  const frame = Buffer.concat([head, rest])
  const sent = await sendFdsAsync(control, [frame], fds, { timeout: STEP_TIMEOUT })
  if (sent < frame.length) await control.sendallAsync(frame.subarray(sent), { timeout: STEP_TIMEOUT })
}

async function receiveFrame(control) {
  // The descriptor comes with the first byte.
  const [first, fds] = await recvFdsAsync(control, 4, 1, { timeout: STEP_TIMEOUT })
  let data = first
  const more = async (length) => {
    while (data.length < length) {
      const next = await control.recvAsync(length - data.length, { timeout: STEP_TIMEOUT })
      if (next.length === 0) throw new Error('the other process is gone')
      data = Buffer.concat([data, next])
    }
  }
  await more(4)
  await more(4 + data.readUInt32BE())
  return { kind: String.fromCharCode(data[4]), rest: data.subarray(5), fd: fds[0] }
}

/** Gives everything to the process at the other end of `control`; it is its own only when that has said so. */
async function giveAway(control, listener) {
  leaving.abort()
  await accepting // one that has just been accepted is among those that are served
  const left = (await Promise.all(serving)).filter((connection) => connection !== undefined)
  serving = new Set()
  leaving = new AbortController()
  try {
    await sendFrame(control, 'L', undefined, [listener.fileno()])
    for (const { conn, rest } of left) await sendFrame(control, 'C', rest, [conn.fileno()])
    await sendFrame(control, 'E')
    const { kind } = await receiveFrame(control)
    if (kind !== 'T') throw new Error('the other process has not taken over')
  } catch (error) {
    console.log(`stays: ${error.message}`)
    for (const { conn, rest } of left) keep(conn, rest)
    return false
  }
  for (const { conn } of left) conn.close()
  return true
}

/** What an older process has, or nothing where there is none. */
async function takeOver() {
  const control = socket(AF_UNIX)
  try {
    const failure = await control.connect_exAsync(controlPath)
    if (failure === errno.ENOENT || failure === errno.ECONNREFUSED) return undefined
    if (failure !== 0) throw new Error(`${controlPath}: errno ${failure}`)
    const taken = { connections: [] }
    for (;;) {
      const { kind, rest, fd } = await receiveFrame(control)
      if (kind === 'E') break
      const sock = Socket.adopt(fd)
      if (kind === 'L') taken.listener = sock
      else taken.connections.push([sock, rest])
    }
    await sendFrame(control, 'T')
    return taken
  } finally {
    control.close()
  }
}

function listenForSuccessors() {
  rmSync(controlPath, { force: true })
  const mask = process.umask(0o177) // the control socket is for its owner alone
  const control = socket(AF_UNIX)
  control.bind(controlPath)
  control.listen()
  process.umask(mask)
  return control
}

const taken = await takeOver()
const listener = taken?.listener ?? createServer(['127.0.0.1', Number(port)], { backlog: 128 })
const control = listenForSuccessors()
for (const [conn, rest] of taken?.connections ?? []) keep(conn, rest)
console.log(`listening on 127.0.0.1 port ${listener.getsockname()[1]}`)
console.log(`${process.pid} serves, with ${taken?.connections.length ?? 'no'} connections of its predecessor`)

process.once('SIGTERM', () => {
  ending = true
  rmSync(controlPath, { force: true })
  for (const sock of [control, listener]) sock.close()
  leaving.abort()
  Promise.all(serving).then((left) => {
    for (const connection of left) connection?.conn.close()
  })
})

let accepting = acceptAll(listener)
while (!ending) {
  let successor
  try {
    ;[successor] = await control.acceptAsync()
  } catch (error) {
    if (ending) break
    throw error
  }
  ending = await giveAway(successor, listener)
  successor.close()
  if (!ending) accepting = acceptAll(listener)
}
control.close()
listener.close()
console.log(`${process.pid} is done`)
