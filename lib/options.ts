/** Options by name, typed: one table, which says where each stands in the kernel and how its value is written. */
import { namedConstants } from './binding.js'
import { SocketError, socketError } from './errors.js'
import { AF_INET6 } from './generated/constants.js'
import type { Handle } from './handle.js'
import { getsockopt, setsockopt } from './operations/options.js'
import { ipRows } from './options/ip-rows.js'
import { placeOf, type Row, systemsOf } from './options/row.js'
import { socketRows } from './options/socket-rows.js'
import { tcpRows } from './options/tcp-rows.js'
import { argumentValueError, checkString } from './validate.js'

export const optionTable = { ...socketRows, ...tcpRows, ...ipRows }

type Table = typeof optionTable
/** The types of a row's value: as it is given, as it is taken. */
type ValuesOf<R> = R extends Row<infer Out, infer In> ? [Out, In] : never

/** The options that `getOption` gives, with the types of their values. */
export type SocketOptions = {
  readonly [K in keyof Table as Table[K]['access'] extends 'w' ? never : K]: ValuesOf<Table[K]>[0]
}

/** The options that `setOption` takes, with the types of their values. */
export type SocketOptionsIn = {
  readonly [K in keyof Table as Table[K]['access'] extends 'r' ? never : K]: ValuesOf<Table[K]>[1]
}

const isMacos = process.platform === 'darwin'
const rows: Readonly<Record<string, Row<unknown>>> = optionTable

/** The option of that name, for a user who may have the constant's name in mind. */
function rowOf(name: string): Row<unknown> {
  checkString('name', name)
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined
  if (row !== undefined) return row
  const meant = Object.keys(rows).find((key) => {
    const { at, inet6, macos } = rows[key] as Row<unknown>
    return key.toLowerCase() === name.toLowerCase() || [at, inet6, macos].some((place) => place?.[1] === name)
  })
  const hint = meant === undefined ? 'docs/options.md lists them' : `it is called '${meant}'`
  throw argumentValueError('name', `must be the name of a socket option (${hint})`, name)
}

/** An option of this system: its level, its number and its form. */
function resolve(handle: Handle, row: Row<unknown>, name: string, syscall: string) {
  const place = placeOf(row, handle.family === AF_INET6, isMacos)
  const number = place === null ? undefined : namedConstants()[place[1]]
  const level = place === null ? undefined : namedConstants()[place[0]]
  if (level !== undefined && number !== undefined) return { level, number, codec: place?.[2] ?? row.codec }
  const error = socketError('ENOPROTOOPT', syscall)
  error.message += `: '${name}' is an option of ${systemsOf(row)}, not of this system`
  throw error
}

/** An error of the kernel tells which option it was about. */
function naming<T>(name: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (error instanceof SocketError) error.message += `: '${name}'`
    throw error
  }
}

/** getsockopt(2) by a name of the table. */
export function getOption<K extends keyof SocketOptions>(handle: Handle, name: K): SocketOptions[K] {
  const row = rowOf(name)
  if (row.access === 'w') throw argumentValueError('name', 'must be an option that can be read', name)
  const { level, number, codec } = resolve(handle, row, name, 'getsockopt')
  const raw = naming(name, () => getsockopt(handle, level, number, codec.size))
  return codec.decode(raw as never) as SocketOptions[K]
}

/** setsockopt(2) by a name of the table. */
export function setOption<K extends keyof SocketOptionsIn>(handle: Handle, name: K, value: SocketOptionsIn[K]): void {
  const row = rowOf(name)
  if (row.access === 'r') throw argumentValueError('name', 'must be an option that can be set', name)
  const { level, number, codec } = resolve(handle, row, name, 'setsockopt')
  naming(name, () => setsockopt(handle, level, number, codec.encode(value, name), undefined))
}
