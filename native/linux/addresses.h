// The kernel's layouts of addresses whose headers are missing or incomplete on many systems.
// They are part of the kernel's interface, which does not change; a test compares them with the
// headers of the machine. Each byte has a name, so that none goes to the kernel by accident.
#pragma once

#include "../platform.h"

namespace berkeley {

// linux/vm_sockets.h
struct VsockAddress {
  sa_family_t family;
  uint16_t reserved;
  uint32_t port;
  uint32_t cid;
  uint8_t flags;
  uint8_t zero[3];
};

// linux/qrtr.h
struct QrtrAddress {
  sa_family_t family;
  uint16_t unused;
  uint32_t node;
  uint32_t port;
};

// linux/can.h; the older ones have no J1939.
struct CanAddress {
  sa_family_t family;
  uint16_t unused;
  int32_t interface;
  // ISO-TP: what is received and what is sent. J1939: two words of a name, a group, an address.
  uint32_t words[4];
};

// linux/tipc.h
struct TipcAddress {
  sa_family_t family;
  uint8_t type;
  int8_t scope;
  // A range: service, lower, upper; a service: service, instance, domain; a socket: port, node.
  uint32_t words[3];
};

// linux/if_alg.h
struct AlgAddress {
  sa_family_t family;
  char type[14];
  uint32_t feat;
  uint32_t mask;
  char name[64];
};

// net/bluetooth/bluetooth.h and its kin, which the kernel does not export (BlueZ has copies).
// Numbers in addresses are little endian.
struct BluetoothDevice {
  uint8_t bytes[6];  // the last byte first
};
struct L2capAddress {  // net/bluetooth/l2cap.h
  sa_family_t family;
  uint8_t psm[2];
  BluetoothDevice device;
  uint8_t cid[2];
  uint8_t device_type;
  uint8_t unused;
};
struct RfcommAddress {  // net/bluetooth/rfcomm.h
  sa_family_t family;
  BluetoothDevice device;
  uint8_t channel;
  uint8_t unused;
};
struct ScoAddress {  // net/bluetooth/sco.h
  sa_family_t family;
  BluetoothDevice device;
};
struct HciAddress {  // net/bluetooth/hci_sock.h
  sa_family_t family;
  uint16_t device;
  uint16_t channel;
};

}  // namespace berkeley
