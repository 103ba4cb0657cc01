/**
 * The options of IPv4 and IPv6. See ip(7), ipv6(7). A name that both protocols use goes by the socket's family; what one
 * of them calls otherwise has a row of its own, so that a socket for both can be told both.
 */
import { flag, integer, portRange } from './codec.js'
import { deviceIndex, inetInterface } from './interface.js'
import { option, readOnly } from './row.js'

export const ipRows = {
  ttl: option(integer(1, 255), ['IPPROTO_IP', 'IP_TTL'], 'how far packets may go', { unit: 'hops' }),
  unicastHops: option(integer(0, 255), ['IPPROTO_IPV6', 'IPV6_UNICAST_HOPS'], 'the same of IPv6', { unit: 'hops' }),
  minTtl: option(integer(0, 255), ['IPPROTO_IP', 'IP_MINTTL'], 'drop what arrives with less to go; 0: nothing', {
    unit: 'hops',
    macos: null,
  }),
  minHopCount: option(integer(0, 255), ['IPPROTO_IPV6', 'IPV6_MINHOPCOUNT'], 'the same of IPv6', {
    unit: 'hops',
    macos: null,
  }),
  typeOfService: option(
    integer(0, 255),
    ['IPPROTO_IP', 'IP_TOS'],
    'DSCP (the upper six bits) and ECN (the lower two, which TCP keeps for itself)',
  ),
  trafficClass: option(integer(0, 255), ['IPPROTO_IPV6', 'IPV6_TCLASS'], 'the same of IPv6'),
  multicastTtl: option(
    integer(0, 255),
    ['IPPROTO_IP', 'IP_MULTICAST_TTL'],
    'how far packets to groups may go; 0: not off this machine',
    { unit: 'hops' },
  ),
  multicastHops: option(integer(0, 255), ['IPPROTO_IPV6', 'IPV6_MULTICAST_HOPS'], 'the same of IPv6', { unit: 'hops' }),
  multicastLoop: option(
    flag,
    ['IPPROTO_IP', 'IP_MULTICAST_LOOP'],
    'receivers on this machine get what is sent to groups',
    { inet6: ['IPPROTO_IPV6', 'IPV6_MULTICAST_LOOP'] },
  ),
  multicastInterface: option(
    inetInterface,
    ['IPPROTO_IP', 'IP_MULTICAST_IF'],
    'where packets to groups leave: set by name, index or, for IPv4, address; read as the address that it was set by (IPv4) or the name (IPv6); `null`: as routed',
    { inet6: ['IPPROTO_IPV6', 'IPV6_MULTICAST_IF', deviceIndex] },
  ),
  multicastAll: option(
    flag,
    ['IPPROTO_IP', 'IP_MULTICAST_ALL'],
    'also receive from groups that other sockets have joined',
    { inet6: ['IPPROTO_IPV6', 'IPV6_MULTICAST_ALL'], macos: null },
  ),
  v6Only: option(flag, ['IPPROTO_IPV6', 'IPV6_V6ONLY'], 'leave IPv4 to others; to be set before `bind`'),
  transparent: option(flag, ['IPPROTO_IP', 'IP_TRANSPARENT'], 'bind to foreign addresses, for proxies; privileged', {
    inet6: ['IPPROTO_IPV6', 'IPV6_TRANSPARENT'],
    macos: null,
  }),
  freeBind: option(flag, ['IPPROTO_IP', 'IP_FREEBIND'], 'bind to addresses that are not there yet', {
    inet6: ['IPPROTO_IPV6', 'IPV6_FREEBIND'],
    macos: null,
  }),
  bindAddressNoPort: option(
    flag,
    ['IPPROTO_IP', 'IP_BIND_ADDRESS_NO_PORT'],
    '`bind` with port 0 leaves the choice to `connect`, which can share ports',
    { macos: null },
  ),
  localPortRange: option(
    portRange,
    ['IPPROTO_IP', 'IP_LOCAL_PORT_RANGE'],
    'of which ports the kernel chooses; a 0: the default of that end; `null`: of both',
    { unit: 'ports', macos: null },
  ),
  mtuDiscover: option(integer(0, 5), ['IPPROTO_IP', 'IP_MTU_DISCOVER'], 'path MTU discovery', {
    unit: '`IP_PMTUDISC_*`',
    inet6: ['IPPROTO_IPV6', 'IPV6_MTU_DISCOVER'],
    macos: null,
  }),
  mtu: readOnly(integer(0), ['IPPROTO_IP', 'IP_MTU'], 'the path MTU, of connected sockets', {
    unit: 'bytes',
    inet6: ['IPPROTO_IPV6', 'IPV6_MTU'],
    macos: null,
  }),
  headerIncluded: option(flag, ['IPPROTO_IP', 'IP_HDRINCL'], 'of raw sockets: what is sent brings its IP header', {
    manual: 'raw(7)',
  }),
  receivePacketInfo: option(
    flag,
    ['IPPROTO_IP', 'IP_PKTINFO'],
    'receive `IP_PKTINFO`, `IPV6_PKTINFO`: destination address and interface of a datagram',
    {
      inet6: ['IPPROTO_IPV6', 'IPV6_RECVPKTINFO'],
      macos: ['IPPROTO_IP', 'IP_RECVPKTINFO'],
      macosInet6: ['IPPROTO_IPV6', 'IPV6_RECVPKTINFO'],
    },
  ),
  receiveTtl: option(flag, ['IPPROTO_IP', 'IP_RECVTTL'], 'receive `IP_TTL`: the TTL of a datagram'),
  receiveHopLimit: option(
    flag,
    ['IPPROTO_IPV6', 'IPV6_RECVHOPLIMIT'],
    'receive `IPV6_HOPLIMIT`: the hop limit of a datagram',
  ),
  receiveTos: option(flag, ['IPPROTO_IP', 'IP_RECVTOS'], 'receive `IP_TOS`: the type of service of a datagram'),
  receiveTrafficClass: option(
    flag,
    ['IPPROTO_IPV6', 'IPV6_RECVTCLASS'],
    'receive `IPV6_TCLASS`: the traffic class of a datagram',
  ),
  receiveErrors: option(
    flag,
    ['IPPROTO_IP', 'IP_RECVERR'],
    'queue errors, ICMP messages among them, for `MSG_ERRQUEUE`',
    { inet6: ['IPPROTO_IPV6', 'IPV6_RECVERR'], macos: null },
  ),
  receiveOriginalDestination: option(
    flag,
    ['IPPROTO_IP', 'IP_RECVORIGDSTADDR'],
    'receive `IP_ORIGDSTADDR`: where a redirected datagram was sent to',
    { inet6: ['IPPROTO_IPV6', 'IPV6_RECVORIGDSTADDR'], macos: null },
  ),
  receiveFragmentSize: option(
    flag,
    ['IPPROTO_IP', 'IP_RECVFRAGSIZE'],
    'receive the size of the largest fragment of a datagram',
    { inet6: ['IPPROTO_IPV6', 'IPV6_RECVFRAGSIZE'], macos: null },
  ),
}
