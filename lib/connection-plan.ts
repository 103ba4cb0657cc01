/** What both forms of `createConnection` make of their arguments, and of the errors of their attempts. */
import { socketError } from './errors.js'
import { addressQuestion } from './questions.js'
import {
  argumentTypeError,
  checkInteger,
  checkNumber,
  checkOptions,
  checkString,
  checkSwitch,
  checkTimeout,
  timeoutNsOf,
} from './validate.js'

/** Where a service is: the port is a number or the service's name; the host `null` is this machine. */
export type ServiceAddress = readonly [host: string | null, port: number | string]

/** Options of `createConnection`. */
export interface CreateConnectionOptions {
  /** Seconds for each attempt, and the timeout of the socket; `null` = wait for ever; the thread's default where left out. */
  timeout?: number | null
  /** The local address to bind to. */
  sourceAddress?: readonly [host: string, port: number]
  /** Throw an `AggregateError` of every attempt's error, not the last one alone. */
  allErrors?: boolean
}

/** The same, where `undefined` is as good as nothing. */
type GivenOptions = { readonly [K in keyof CreateConnectionOptions]: CreateConnectionOptions[K] | undefined }

/** Checked arguments. */
export interface ConnectionPlan {
  readonly host: string | null
  readonly port: number | string
  /** Seconds; `undefined` = the thread's default. */
  readonly timeout: number | null | undefined
  readonly source: [host: string, port: number] | undefined
  /** What is thrown where every attempt has failed. */
  failure(errors: readonly unknown[]): unknown
}

function checkSourceAddress(given: unknown): [host: string, port: number] {
  const name = 'options.sourceAddress'
  if (!Array.isArray(given) || given.length !== 2) throw argumentTypeError(name, 'an array [host, port]', given)
  const [host, port]: unknown[] = given
  checkString(`${name}[0]`, host)
  checkNumber(`${name}[1]`, port)
  return [host, port]
}

/** Checks everything, the port's range excepted, which is for getaddrinfo(3) to judge: first what is of which type. */
export function planConnection(address: ServiceAddress, options: GivenOptions): ConnectionPlan {
  if (!Array.isArray(address) || address.length !== 2)
    throw argumentTypeError('address', 'an array [host, port]', address)
  checkOptions('options', options)
  const { timeout, sourceAddress, allErrors } = options
  if (timeout !== undefined) checkTimeout('options.timeout', timeout)
  const source = sourceAddress === undefined ? undefined : checkSourceAddress(sourceAddress)
  const givesAll = allErrors !== undefined && checkSwitch('options.allErrors', allErrors)
  const [host, port] = address as ServiceAddress
  addressQuestion(host, port, {})
  if (timeout !== undefined) timeoutNsOf('options.timeout', timeout)
  if (source !== undefined) checkInteger('options.sourceAddress[1]', source[1], 0, 65535)
  const failure = (errors: readonly unknown[]): unknown => {
    if (errors.length === 0) return socketError('EADDRNOTAVAIL', 'getaddrinfo', [host, port])
    return givesAll ? new AggregateError(errors, `createConnection to ${[host, port].join(':')} failed`) : errors.at(-1)
  }
  return { host, port, timeout, source, failure }
}
