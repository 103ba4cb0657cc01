/** The forms of addresses, family by family. */
import type { BytesLike } from '../bytes.js'
import type { Constant } from '../constant.js'

/** `[host, port]`: `''` = any address, `'<broadcast>'` = broadcast, a name is resolved; port in host order. */
export type InetAddress = [host: string, port: number]
/** What the kernel says of an IPv6 peer. */
export type Inet6Address = [host: string, port: number, flowinfo: number, scopeId: number]
/** What an IPv6 call takes: flow information and scope id may be left out (0). */
export type Inet6AddressIn = readonly [host: string, port: number, flowinfo?: number, scopeId?: number]
/** A path; a `Buffer` where it is not UTF-8 or (Linux) an abstract name, which begins with NUL; `''` = unnamed. */
export type UnixAddress = string | Buffer
/** An address of a form that is not known: the family and the bytes after it. */
export type RawAddress = [family: number, data: Buffer]
/** The same as calls take it, on sockets of that family other than `AF_INET`, `AF_INET6` and `AF_UNIX`. */
export type RawAddressIn = readonly [family: number, data: Uint8Array]

/** Port id (0 = the kernel) and a mask of multicast groups. netlink(7). Linux. */
export type NetlinkAddress = [pid: number, groups: number]
/** Context id and port, each 32 bits: `VMADDR_CID_*`, `VMADDR_PORT_ANY`. vsock(7). Linux, macOS. */
export type VsockAddress = [cid: number, port: number]
/** Node and port. Linux. */
export type QipcrtrAddress = [node: number, port: number]
/** Interface (`''` = all), protocol (`ETH_P_*`) in host order, `PACKET_*`, `ARPHRD_*`, hardware address. packet(7). Linux. */
export type PacketAddress = [ifname: string, proto: number, pkttype: number, hatype: number, addr: Buffer]
/** The same as calls take it; the hardware address has at most 8 bytes. */
export type PacketAddressIn = readonly [
  ifname: string | Uint8Array,
  proto: number,
  pkttype?: number,
  hatype?: number,
  addr?: BytesLike,
]
/** `CAN_RAW` and `CAN_BCM`: an interface, `''` = all. Linux. */
export type CanAddress = [ifname: string]
/** `CAN_ISOTP`: the ids of the frames that are received and sent. Linux. */
export type CanIsotpAddress = [ifname: string, rxId: number, txId: number]
/** `CAN_J1939`: the 64 bits of a name, a parameter group, an address. Linux. */
export type CanJ1939Address = [ifname: string, name: bigint, pgn: number, addr: number]
/** Any of AF_CAN as calls take it. */
export type CanAddressIn =
  | readonly [ifname: string | Uint8Array]
  | readonly [ifname: string | Uint8Array, rxId: number, txId: number]
  | readonly [ifname: string | Uint8Array, name: bigint | number, pgn: number, addr: number]
/** Such as `['hash', 'sha256']`, `['skcipher', 'cbc(aes)']`; for `bind` alone. Linux. */
export type AlgAddress = [type: string, name: string, feat: number, mask: number]
/** The same as `bind` takes it. */
export type AlgAddressIn = readonly [type: string, name: string, feat?: number, mask?: number]
/** `BTPROTO_L2CAP`; the last two where they are not 0: a fixed channel, the `BDADDR_*` type. Linux. */
export type L2capAddress = [bdaddr: string, psm: number, cid?: number, bdaddrType?: number]
/** `BTPROTO_RFCOMM`. Linux. */
export type RfcommAddress = [bdaddr: string, channel: number]
/** `BTPROTO_HCI`: the number of a device, and the channel where it is not `HCI_CHANNEL_RAW`. Linux. */
export type HciAddress = [device: number, channel?: number]
/** Any of AF_BLUETOOTH; a string alone is `BTPROTO_SCO`'s. Linux. */
export type BluetoothAddress = L2capAddress | RfcommAddress | HciAddress | string
/** Any of AF_BLUETOOTH as calls take it. */
export type BluetoothAddressIn =
  | Readonly<L2capAddress>
  | Readonly<RfcommAddress>
  | Readonly<HciAddress>
  | string
  | number
  | Uint8Array
/** `TIPC_ADDR_NAMESEQ`: service, lower, upper; `TIPC_ADDR_NAME`: service, instance; `TIPC_ADDR_ID`: node, port. Linux. */
export type TipcAddress = [kind: number, v1: number, v2: number, v3: number, scope: number]
/** The same as calls take it; the scope is `TIPC_CLUSTER_SCOPE` where left out. */
export type TipcAddressIn = readonly [kind: number, v1: number, v2: number, v3: number, scope?: number]
/** A kernel control and its unit, 0 = any. macOS. */
export type SystemAddress = [id: number, unit: number]
/** The same as calls take it: a name is looked up. A name alone has unit 0. */
export type SystemAddressIn = string | Uint8Array | readonly [control: number | string | Uint8Array, unit: number]

/** What calls take and give, by the name of the family's constant. */
interface Forms {
  AF_INET: { takes: Readonly<InetAddress>; gives: InetAddress }
  AF_INET6: { takes: Inet6AddressIn; gives: Inet6Address }
  AF_UNIX: { takes: string | Uint8Array; gives: UnixAddress }
  AF_NETLINK: { takes: Readonly<NetlinkAddress> | RawAddressIn; gives: NetlinkAddress }
  AF_PACKET: { takes: PacketAddressIn | RawAddressIn; gives: PacketAddress }
  AF_VSOCK: { takes: Readonly<VsockAddress> | RawAddressIn; gives: VsockAddress }
  AF_QIPCRTR: { takes: Readonly<QipcrtrAddress> | RawAddressIn; gives: QipcrtrAddress }
  AF_CAN: { takes: CanAddressIn | RawAddressIn; gives: CanAddress | CanIsotpAddress | CanJ1939Address }
  AF_ALG: { takes: AlgAddressIn | RawAddressIn; gives: AlgAddress }
  AF_BLUETOOTH: { takes: BluetoothAddressIn | RawAddressIn; gives: BluetoothAddress | RawAddress }
  AF_TIPC: { takes: TipcAddressIn | RawAddressIn; gives: TipcAddress }
  AF_SYSTEM: { takes: SystemAddressIn | RawAddressIn; gives: SystemAddress | RawAddress }
  AF_RDS: { takes: Inet6AddressIn | RawAddressIn; gives: InetAddress | Inet6Address }
  AF_SMC: { takes: Inet6AddressIn | RawAddressIn; gives: InetAddress | Inet6Address }
}

/** The families that the types know, by name; any other, and any number, has every form. */
type NameOf<F extends number> = F extends Constant<'AF', infer Name extends keyof Forms> ? Name : never

/** What a socket of family `F` takes. */
export type AddressIn<F extends number = number> = [NameOf<F>] extends [never]
  ? Forms[keyof Forms]['takes']
  : Forms[NameOf<F>]['takes']

/** What a socket of family `F` gives. */
export type AddressOut<F extends number = number> = [NameOf<F>] extends [never]
  ? Forms[keyof Forms]['gives'] | RawAddress
  : Forms[NameOf<F>]['gives']
