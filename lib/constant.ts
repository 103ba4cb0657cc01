/**
 * The types of the constants. At run time a constant is a plain number; at compile time it
 * carries the family it belongs to, so that `socket(SOCK_STREAM, AF_INET)` does not compile.
 */
import type { LevelKind, OptionKind, ProtocolKind } from './generated/kinds.js'

declare const kind: unique symbol
declare const constantName: unique symbol

/** A constant of the platform's headers: a number that knows its family (`'AF'`, `'SO'`, ...) and its name. */
export type Constant<Kind extends string = string, Name extends string = string> = number & {
  readonly [kind]: Kind
  readonly [constantName]: Name
}

/** What a parameter takes: a plain number (combined flags, a computed value) or a constant of that family, but not of another. */
export type Flavor<Kind extends string> = number & { readonly [kind]?: Kind }

/** An address family, `AF_*`. */
export type AddressFamily = Flavor<'AF'>
/** A socket type, `SOCK_*`; on Linux it may carry `SOCK_NONBLOCK` and `SOCK_CLOEXEC`. */
export type SocketType = Flavor<'SOCK'>
/** A protocol of a socket: `IPPROTO_*`, `NETLINK_*`, `ETH_P_*` and the like. */
export type Protocol = Flavor<ProtocolKind>
/** The level of an option: `SOL_*` or `IPPROTO_*`. */
export type OptionLevel = Flavor<LevelKind>
/** The name of an option: `SO_*`, `TCP_*`, `IP_*` and the like. */
export type OptionName = Flavor<OptionKind>
/** `MSG_*`, combined with `|`. */
export type MessageFlags = Flavor<'MSG'>
/** `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`. */
export type ShutdownHow = Flavor<'SHUT'>
