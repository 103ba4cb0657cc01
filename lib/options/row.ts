/** The rows of the table of options. */
import type * as constants from '../generated/constants.js'
import type { Codec } from './codec.js'

type ConstantName = keyof typeof constants

/** Where an option stands in the kernel: its level, its name, and its form where that is not the row's. */
export type Place<Out, In> = readonly [
  level: Extract<ConstantName, `SOL_${string}` | `IPPROTO_${string}`>,
  option: ConstantName,
  codec?: Codec<Out, In>,
]

interface Particulars<Out, In> {
  /** What a number counts. */
  readonly unit?: string
  /** Where sockets of AF_INET6 have it, if not where others have it. */
  readonly inet6?: Place<Out, In>
  /** Where macOS has it, if not where Linux has it; `null` where it has no such option. */
  readonly macos?: Place<Out, In> | null
  readonly macosInet6?: Place<Out, In>
  /** The manual page, if not that of its level. */
  readonly manual?: string
}

/** Who may do what: read, write. */
export type Access = 'rw' | 'r' | 'w'

export interface Row<Out, In = Out, A extends Access = Access> extends Particulars<Out, In> {
  readonly access: A
  readonly codec: Codec<Out, In>
  /** Where Linux has it; `null` where it has no such option. */
  readonly at: Place<Out, In> | null
  readonly doc: string
}

function maker<A extends Access>(access: A) {
  return <Out, In>(
    codec: Codec<Out, In>,
    at: Place<Out, In> | null,
    doc: string,
    particulars: Particulars<Out, In> = {},
  ): Row<Out, In, A> => ({ codec, at, doc, access, ...particulars })
}

/** An option that is read and set. */
export const option = maker('rw')
/** An option that is only read. */
export const readOnly = maker('r')
/** An option that is only set. */
export const writeOnly = maker('w')

/** Where a socket has the option on this system; `null` where it has none. */
export function placeOf<Out, In>(row: Row<Out, In>, isInet6: boolean, isMacos: boolean): Place<Out, In> | null {
  if (isMacos && row.macos !== undefined) return (isInet6 ? row.macosInet6 : undefined) ?? row.macos
  return (isInet6 ? row.inet6 : undefined) ?? row.at
}

/** The systems that have the option, for people. */
export function systemsOf(row: Pick<Row<unknown>, 'at' | 'macos'>): string {
  if (row.at === null) return 'macOS'
  return row.macos === null ? 'Linux' : 'Linux, macOS'
}
