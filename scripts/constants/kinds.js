/**
 * What the constants of a kind are, and where that is written: the documentation of each of them, and the pages of the
 * documentation's site, which group the kinds by subject.
 */

/** What one constant of the kind is, and the manual page or the document that tells more. @typedef {readonly [what: string, see: string]} Kind */
/** A page of the site. @typedef {{ title: string, kinds: Readonly<Record<string, Kind>> }} Subject */

/** @type {Readonly<Record<string, Subject>>} */
export const subjects = {
  sockets: {
    title: 'Families, types, flags',
    kinds: {
      AF: ['An address family', 'socket(2), address_families(7)'],
      SOCK: ['A type of socket, or a flag for one', 'socket(2)'],
      SHUT: ['What `shutdown` ends', 'shutdown(2)'],
      SOMAXCONN: ['The most that `listen` takes, as the headers have it', 'listen(2)'],
      MSG: ['A flag of receives and sends', 'recv(2), send(2)'],
      SOL: ['A level of options and control messages', 'getsockopt(2)'],
      IPPROTO: ['A protocol over IP, which is also a level of options', 'protocols(5), ip(7)'],
      IPPORT: ['A bound of the reserved ports', 'ip(7)'],
      INADDR: ['An IPv4 address as a number in host byte order', 'ip(7)'],
      AF_SYS: ['A subfamily of `PF_SYSTEM`', '<sys/sys_domain.h>'],
      SYSPROTO: ['A protocol of `PF_SYSTEM`', '<sys/kern_control.h>'],
    },
  },
  'socket-options': {
    title: 'Options of SOL_SOCKET',
    kinds: {
      SO: ['An option of `SOL_SOCKET`', 'socket(7)'],
      LOCAL: ['An option of `SOL_LOCAL`: who is at the other end of a unix socket', 'unix(4)'],
      SOCK_BUF: ['A value of `SO_BUF_LOCK`', '<linux/socket.h>'],
      SOCK_TXREHASH: ['A value of `SO_TXREHASH`', '<linux/socket.h>'],
      SOF_TIMESTAMPING: ['A flag of `SO_TIMESTAMPING`', 'The kernel’s Documentation/networking/timestamping'],
      SOF_TXTIME: ['A flag of `SO_TXTIME`', '<linux/net_tstamp.h>'],
      NET_SERVICE_TYPE: ['A value of `SO_NET_SERVICE_TYPE` or `SO_NETSVC_MARKING_LEVEL`', '<sys/socket.h>'],
      SONPX: ['A flag of `SO_NP_EXTENSIONS`', '<sys/socket.h>'],
    },
  },
  ancillary: {
    title: 'Control messages and errors',
    kinds: {
      SCM: ['A type of control message at `SOL_SOCKET`', 'unix(7), socket(7), cmsg(3)'],
      SCM_TSTAMP: ['What a transmit time stamp tells, in `ee_info`', 'recv(2), <linux/errqueue.h>'],
      SO_EE: ['Origin or code of an entry of the error queue', 'ip(7), IP_RECVERR'],
      E: ['An errno number', 'errno(3)'],
    },
  },
  internet: {
    title: 'Options of IP and IPv6',
    kinds: {
      IP: ['An option of `IPPROTO_IP`', 'ip(7)'],
      PMTUDISC: ['A value of `IP_MTU_DISCOVER` or `IPV6_MTU_DISCOVER`', 'ip(7), ipv6(7)'],
      IP_PORTRANGE: ['A value of `IP_PORTRANGE` or `IPV6_PORTRANGE`', 'ip(4)'],
      IPV6: ['An option of `IPPROTO_IPV6`, or a type of its control messages', 'ipv6(7), RFC 3542'],
      IPV6_FLOWLABEL: ['A value of `IPV6_FLOWLABEL_MGR`', '<linux/in6.h>'],
      IPV6_ADDR_PREFERENCES: ['A value of `IPV6_ADDR_PREFERENCES`', 'RFC 5014'],
      MCAST: ['An option of multicast, the same for IPv4 and IPv6', 'RFC 3678'],
      MCAST_MODE: ['A mode of `MCAST_MSFILTER`', 'RFC 3678'],
      ICMP: ['An option of raw ICMP sockets', 'raw(7), RFC 3542'],
    },
  },
  transports: {
    title: 'Options of TCP, UDP, MPTCP',
    kinds: {
      TCP: ['An option of `IPPROTO_TCP`', 'tcp(7)'],
      TCP_STATE: ['A state in `TCP_INFO`', 'tcp(7), RFC 9293'],
      TCP_MD5SIG: ['A part of `struct tcp_md5sig`', '<linux/tcp.h>, RFC 2385'],
      TCP_REPAIR: ['A value of `TCP_REPAIR`', '<linux/tcp.h>'],
      TCP_REPAIR_QUEUE: ['A value of `TCP_REPAIR_QUEUE`', '<linux/tcp.h>'],
      UDP: ['An option of `IPPROTO_UDP` or `IPPROTO_UDPLITE`', 'udp(7), udplite(7)'],
      UDP_ENCAP: ['A value of `UDP_ENCAP`', 'udp(7)'],
      MPTCP: ['An option of `SOL_MPTCP`', '<linux/mptcp.h>, RFC 8684'],
      MPTCP_FLAG: ['A flag in `MPTCP_INFO` and of subflows', '<linux/mptcp.h>'],
      TLS: ['An option or control message of `SOL_TLS`', 'The kernel’s Documentation/networking/tls'],
      TLS_VALUE: ['A version, cipher or size of `SOL_TLS`', '<linux/tls.h>'],
    },
  },
  resolver: {
    title: 'Look-ups',
    kinds: {
      AI: ['A flag of `getaddrinfo`', 'getaddrinfo(3)'],
      NI: ['A flag of `getnameinfo`, or a length of its results', 'getnameinfo(3)'],
      EAI: ['The errno of a `GaiError`', 'getaddrinfo(3), gai_strerror(3)'],
    },
  },
  filters: {
    title: 'Packet filters',
    kinds: {
      BPF: ['A part of an instruction of classic BPF, to be added up', 'socket(7), SO_ATTACH_FILTER; bpf(4)'],
      SKF: ['Where a filter loads from that is not the packet', '<linux/filter.h>'],
    },
  },
  netlink: {
    title: 'Netlink',
    kinds: {
      NETLINK: ['A protocol of netlink', 'netlink(7)'],
      NETLINK_OPTION: ['An option of `SOL_NETLINK`', 'netlink(7)'],
    },
  },
  packet: {
    title: 'Packet sockets',
    kinds: {
      ETH_P: ['A protocol in an Ethernet frame, in host byte order', 'packet(7), <linux/if_ether.h>'],
      PACKET: ['An option of `SOL_PACKET`', 'packet(7)'],
      PACKET_TYPE: ['The packet type in an `AF_PACKET` address', 'packet(7)'],
      PACKET_FANOUT: ['A mode or flag of `PACKET_FANOUT`', 'packet(7)'],
      PACKET_MR: ['A type of `PACKET_ADD_MEMBERSHIP`', 'packet(7)'],
      TPACKET: ['A value of `PACKET_VERSION`', 'packet(7)'],
      XDP: ['An option of `SOL_XDP`', '<linux/if_xdp.h>'],
    },
  },
  can: {
    title: 'CAN and J1939',
    kinds: {
      CAN: ['A protocol of `AF_CAN`', 'The kernel’s Documentation/networking/can'],
      CAN_OPTION: ['An option of `SOL_CAN_*`', 'The kernel’s Documentation/networking/can'],
      CAN_ID: ['A flag, mask or size of CAN frames', '<linux/can.h>'],
      CAN_BCM: ['A command or flag of the broadcast manager', '<linux/can/bcm.h>'],
      CAN_ISOTP: ['A flag of `CAN_ISOTP_OPTS`', '<linux/can/isotp.h>'],
      J1939: ['A bound, address or code of J1939', 'The kernel’s Documentation/networking/j1939'],
    },
  },
  algorithms: {
    title: 'AF_ALG',
    kinds: {
      ALG: ['An option or control message of `SOL_ALG`', 'The kernel’s Documentation/crypto/userspace-if'],
      ALG_OP: ['The operation that `sendmsgAfalg` asks for', '<linux/if_alg.h>'],
    },
  },
  vsock: {
    title: 'vsock',
    kinds: {
      VSOCK: ['An option of `AF_VSOCK`', 'vsock(7)'],
      VMADDR: ['A CID, port or flag in an `AF_VSOCK` address', 'vsock(7)'],
      IOCTL: ['A request of ioctl(2)', 'vsock(7)'],
    },
  },
  clusters: {
    title: 'TIPC, RDS, QIPCRTR',
    kinds: {
      TIPC: ['A value of TIPC: address types, scopes, importances, events', 'tipc(7)'],
      TIPC_OPTION: ['An option of `SOL_TIPC`', 'tipc(7)'],
      TIPC_ANCILLARY: ['A type of control message at `SOL_TIPC`', 'tipc(7)'],
      RDS: ['An option of `SOL_RDS`', 'rds(7)'],
      RDS_ANCILLARY: ['A type of control message at `SOL_RDS`', 'rds(7), rds-rdma(7)'],
      RDS_RDMA: ['A flag or status of RDMA over RDS', 'rds-rdma(7)'],
      QRTR: ['A node or port of `AF_QIPCRTR`', '<linux/qrtr.h>'],
    },
  },
  sctp: {
    title: 'SCTP',
    kinds: {
      SCTP: ['An option of `IPPROTO_SCTP`', 'sctp(7), RFC 6458'],
      SCTP_ANCILLARY: ['A type of control message at `IPPROTO_SCTP`', 'RFC 6458'],
      SCTP_VALUE: ['A flag, event or state of SCTP', 'RFC 6458'],
    },
  },
  bluetooth: {
    title: 'Bluetooth',
    kinds: {
      BTPROTO: ['A protocol of `AF_BLUETOOTH`', 'BlueZ, <bluetooth/bluetooth.h>'],
      BDADDR: ['A type of address of L2CAP', 'BlueZ, <bluetooth/bluetooth.h>'],
      BT: ['An option of `SOL_L2CAP`, `SOL_RFCOMM`, `SOL_SCO` or `SOL_BLUETOOTH`', 'BlueZ, <bluetooth/bluetooth.h>'],
      BT_VALUE: ['A value of such an option', 'BlueZ, <bluetooth/bluetooth.h>'],
      HCI: ['An option of `SOL_HCI`', 'BlueZ, <bluetooth/hci.h>'],
      HCI_CHANNEL: ['The device or the channel in an HCI address', 'BlueZ, <bluetooth/hci.h>'],
    },
  },
  select: {
    title: 'poll, epoll, kqueue',
    kinds: {
      POLL: ['An event of poll(2)', 'poll(2)'],
      PIPE_BUF: ['How many bytes a pipe takes at once where it polls writable', 'pipe(7), select(2)'],
      EPOLL: ['An event or a flag of epoll(7)', 'epoll_ctl(2)'],
      EPOLL_CREATE: ['A flag of `epoll()`', 'epoll_create1(2)'],
      KQ_FILTER: ['A filter of kqueue(2)', 'kqueue(2)'],
      KQ_EV: ['A flag of an event of kqueue(2)', 'kqueue(2)'],
      KQ_NOTE: ['A flag of a filter of kqueue(2)', 'kqueue(2)'],
    },
  },
}

/** @type {ReadonlyMap<string, Kind>} */
export const kinds = new Map(Object.values(subjects).flatMap((subject) => Object.entries(subject.kinds)))
