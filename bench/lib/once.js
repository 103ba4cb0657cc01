/** One run of a program: alone, against a peer, or as the server of a load generator. */
import { canPin, cpus, start } from './process.js'

/** @import { Case, Driver, Placement } from './types.js' */

const LIMIT_MS = 30_000
// A peer ends by itself when its client has left.
const FAREWELL_MS = 5_000

/**
 * The CPUs that the measured program and the other one are pinned to, if any; a reason where that is not possible.
 * @param {Placement} wanted
 * @returns {{ own?: number | undefined, other?: number | undefined, missing?: string }}
 */
export function place(wanted) {
  if (wanted === 'free') return {}
  if (!canPin) return { missing: 'needs taskset, to pin both sides' }
  // On a machine with one CPU both are on that one.
  return { own: cpus.at(-1), other: wanted === 'one-cpu' ? cpus.at(-1) : cpus.at(0) }
}

/**
 * Runs a driver's program once, with its peer or load where the case has one, and gives the result printed.
 * @param {Case} benchmark
 * @param {Driver} driver
 * @param {Map<string, Driver>} drivers
 * @param {Record<string, string | number>} counts
 */
export async function runOnce(benchmark, driver, drivers, counts) {
  const { own, other } = place(benchmark.placement)
  const words = Object.entries({ ...benchmark.args, ...counts }).map(([key, value]) => `${key}=${value}`)
  const command = driver.command(benchmark.program)
  if (benchmark.load !== undefined) {
    const load = commandOf(drivers, 'c', benchmark.load)
    return runServer({ command, cpu: own }, { command: [...load, ...words], cpu: other })
  }
  const measured = { command: [...command, ...words], cpu: own }
  if (!benchmark.peer) return parse(await start(measured.command, { cpu: own, limitMs: LIMIT_MS }).ended)
  const { program, driver: host } = benchmark.peer
  const peer = host === 'self' ? driver.command(program) : commandOf(drivers, host, program)
  return runClient(measured, { command: peer, cpu: other })
}

/** @typedef {{ command: string[], cpu: number | undefined }} Placed */

/**
 * The client is the program measured; the server ends when it has left.
 * @param {Placed} client
 * @param {Placed} server
 */
async function runClient(client, server) {
  const peer = start(server.command, { cpu: server.cpu, limitMs: LIMIT_MS + FAREWELL_MS })
  try {
    const command = [...client.command, `port=${Number(await peer.firstLine)}`]
    const result = parse(await start(command, { cpu: client.cpu, limitMs: LIMIT_MS }).ended)
    const timer = setTimeout(peer.kill, FAREWELL_MS)
    await peer.ended.finally(() => clearTimeout(timer))
    return result
  } catch (error) {
    throw causeOf(error, peer.failure())
  } finally {
    peer.kill()
  }
}

/**
 * The server is the program measured, from outside: by the client, which knows its process and prints the result.
 * @param {Placed} server
 * @param {Placed} client
 */
async function runServer(server, client) {
  const measured = start(server.command, { cpu: server.cpu, limitMs: LIMIT_MS + FAREWELL_MS })
  try {
    const command = [...client.command, `port=${Number(await measured.firstLine)}`, `pid=${measured.pid}`]
    return parse(await start(command, { cpu: client.cpu, limitMs: LIMIT_MS }).ended)
  } catch (error) {
    throw causeOf(error, measured.failure())
  } finally {
    measured.kill()
  }
}

/**
 * A program whose server failed fails too; the server's reason is the cause.
 * @param {unknown} error
 * @param {Error | undefined} failure
 */
function causeOf(error, failure) {
  return failure ? new Error(`the server: ${failure.message}`) : error
}

/**
 * @param {Map<string, Driver>} drivers
 * @param {string} name
 * @param {string} program
 */
function commandOf(drivers, name, program) {
  const driver = drivers.get(name)
  if (!driver) throw new Error(`no driver ${name} for ${program}`)
  return driver.command(program)
}

/** @param {string[]} lines */
function parse(lines) {
  try {
    return JSON.parse(lines.at(-1) ?? '')
  } catch {
    throw new Error(`no result in its output: ${lines.join(' ').slice(0, 200)}`)
  }
}
