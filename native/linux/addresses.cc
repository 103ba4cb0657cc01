// The families that Linux alone has, or has in a form of its own.
#include "addresses.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>

#include <algorithm>
#include <iterator>

#include "../address_codec.h"
#include "../syscall.h"

namespace berkeley {

namespace {

// Protocols of AF_CAN, linux/can.h; all others have addresses of an interface alone.
constexpr int32_t kCanRaw = 1;
constexpr int32_t kCanBcm = 2;
constexpr int32_t kCanIsotp = 6;
constexpr int32_t kCanJ1939 = 7;

// Protocols of AF_BLUETOOTH, net/bluetooth/bluetooth.h.
constexpr int32_t kL2cap = 0;
constexpr int32_t kHci = 1;
constexpr int32_t kSco = 2;
constexpr int32_t kRfcomm = 3;

// Kinds of TIPC addresses, linux/tipc.h.
constexpr uint32_t kTipcRange = 1;
constexpr uint32_t kTipcService = 2;
constexpr uint32_t kTipcSocket = 3;

// values: the two numbers that make the address.
template <typename Sockaddr, uint32_t Sockaddr::* first, uint32_t Sockaddr::* second>
int EncodePair(const AddressFields& fields, sockaddr_storage* address) {
  Sockaddr pair = {};
  pair.*first = fields.values[0];
  pair.*second = fields.values[1];
  return WriteSockaddr(pair, fields.family, address);
}

template <typename Sockaddr, uint32_t Sockaddr::* first, uint32_t Sockaddr::* second>
bool DecodePair(AddressFields* fields) {
  const auto pair = ReadRaw<Sockaddr>(*fields);
  fields->values[0] = pair.*first;
  fields->values[1] = pair.*second;
  return WithoutText(fields);
}

// values: interface, protocol in host order, packet type, hardware type; text: hardware address.
int EncodePacket(const AddressFields& fields, sockaddr_storage* address) {
  sockaddr_ll link = {};
  size_t length;
  if (!TextLength(fields, sizeof(link.sll_addr), &length)) return -EINVAL;
  link.sll_ifindex = static_cast<int>(fields.values[0]);
  link.sll_protocol = htons(static_cast<uint16_t>(fields.values[1]));
  link.sll_pkttype = static_cast<uint8_t>(fields.values[2]);
  link.sll_hatype = static_cast<uint16_t>(fields.values[3]);
  link.sll_halen = static_cast<uint8_t>(length);
  memcpy(link.sll_addr, fields.text, length);
  return WriteSockaddr(link, AF_PACKET, address);
}

bool DecodePacket(AddressFields* fields) {
  const auto link = ReadRaw<sockaddr_ll>(*fields);
  fields->values[0] = static_cast<uint32_t>(link.sll_ifindex);
  fields->values[1] = ntohs(link.sll_protocol);
  fields->values[2] = link.sll_pkttype;
  fields->values[3] = link.sll_hatype;
  // Some links have longer addresses than the structure: the kernel writes them past its end.
  constexpr size_t kStart = offsetof(sockaddr_ll, sll_addr) - kFamilyEnd;
  const size_t raw = static_cast<size_t>(fields->text_length);
  const size_t there = raw > kStart ? raw - kStart : 0;
  const size_t length = link.sll_halen < there ? link.sll_halen : there;
  memmove(fields->text, fields->text + kStart, length);
  fields->text_length = static_cast<int32_t>(length);
  return true;
}

// values: interface; ISO-TP: the two ids; J1939: name (low, high), parameter group, address.
int EncodeCan(const AddressFields& fields, sockaddr_storage* address) {
  CanAddress can = {};
  can.interface = static_cast<int32_t>(fields.values[0]);
  switch (fields.form) {
    case kCanRaw:
    case kCanBcm:
      break;
    case kCanIsotp:
      can.words[0] = fields.values[1];
      can.words[1] = fields.values[2];
      break;
    case kCanJ1939: {
      const uint64_t name = (static_cast<uint64_t>(fields.values[2]) << 32) | fields.values[1];
      const auto number = static_cast<uint8_t>(fields.values[4]);
      memcpy(can.words, &name, sizeof(name));
      can.words[2] = fields.values[3];
      memcpy(can.words + 3, &number, sizeof(number));
      break;
    }
    default:
      return -EPROTONOSUPPORT;
  }
  return WriteSockaddr(can, AF_CAN, address);
}

bool DecodeCan(int32_t proto, AddressFields* fields) {
  const auto can = ReadRaw<CanAddress>(*fields);
  fields->values[0] = static_cast<uint32_t>(can.interface);
  if (proto == kCanIsotp) {
    fields->values[1] = can.words[0];
    fields->values[2] = can.words[1];
  } else if (proto == kCanJ1939) {
    uint64_t name;
    uint8_t number;
    memcpy(&name, can.words, sizeof(name));
    memcpy(&number, can.words + 3, sizeof(number));
    fields->values[1] = static_cast<uint32_t>(name);
    fields->values[2] = static_cast<uint32_t>(name >> 32);
    fields->values[3] = can.words[2];
    fields->values[4] = number;
  }
  return WithoutText(fields);
}

// values: kind, three numbers, scope.
int EncodeTipc(const AddressFields& fields, sockaddr_storage* address) {
  TipcAddress tipc = {};
  tipc.type = static_cast<uint8_t>(fields.values[0]);
  tipc.scope = static_cast<int8_t>(fields.values[4]);
  switch (fields.values[0]) {
    case kTipcRange:
      memcpy(tipc.words, fields.values + 1, sizeof(tipc.words));
      break;
    case kTipcService:
      tipc.words[0] = fields.values[1];
      tipc.words[1] = fields.values[2];
      break;
    case kTipcSocket:  // the kernel has the port before the node
      tipc.words[0] = fields.values[2];
      tipc.words[1] = fields.values[1];
      break;
    default:
      return -EINVAL;
  }
  return WriteSockaddr(tipc, AF_TIPC, address);
}

bool DecodeTipc(AddressFields* fields) {
  const auto tipc = ReadRaw<TipcAddress>(*fields);
  if (tipc.type < kTipcRange || tipc.type > kTipcSocket) return false;
  const bool is_socket = tipc.type == kTipcSocket;
  fields->values[0] = tipc.type;
  fields->values[1] = tipc.words[is_socket ? 1 : 0];
  fields->values[2] = tipc.words[is_socket ? 0 : 1];
  // A service alone is the range of its one instance.
  fields->values[3] = tipc.type == kTipcRange ? tipc.words[2] : is_socket ? 0 : tipc.words[1];
  fields->values[4] = static_cast<uint32_t>(static_cast<int32_t>(tipc.scope));
  return WithoutText(fields);
}

// values: feat, mask, bytes of the type; text: type and name. Both end with a NUL in the address.
int EncodeAlg(const AddressFields& fields, sockaddr_storage* address) {
  AlgAddress alg = {};
  size_t length;
  const size_t type = fields.values[2];
  if (!TextLength(fields, kTextSize, &length) || type > length) return -EINVAL;
  if (type >= sizeof(alg.type) || length - type >= sizeof(alg.name)) return -EINVAL;
  alg.feat = fields.values[0];
  alg.mask = fields.values[1];
  memcpy(alg.type, fields.text, type);
  memcpy(alg.name, fields.text + type, length - type);
  return WriteSockaddr(alg, AF_ALG, address);
}

bool DecodeAlg(AddressFields* fields) {
  const auto alg = ReadRaw<AlgAddress>(*fields);
  const size_t type = strnlen(alg.type, sizeof(alg.type));
  const size_t name = strnlen(alg.name, sizeof(alg.name));
  fields->values[0] = alg.feat;
  fields->values[1] = alg.mask;
  fields->values[2] = static_cast<uint32_t>(type);
  memcpy(fields->text, alg.type, type);
  memcpy(fields->text + type, alg.name, name);
  fields->text_length = static_cast<int32_t>(type + name);
  return true;
}

// Little endian, as all numbers in these addresses but the device's of HCI.
void PutUint16(uint8_t (&bytes)[2], uint32_t value) {
  bytes[0] = static_cast<uint8_t>(value);
  bytes[1] = static_cast<uint8_t>(value >> 8);
}
uint32_t Uint16(const uint8_t (&bytes)[2]) { return bytes[0] | (bytes[1] << 8); }

// text: the six bytes of a device's address, which the kernel has in the opposite order.
bool GetDevice(const AddressFields& fields, BluetoothDevice* device) {
  size_t length;
  if (!TextLength(fields, sizeof(device->bytes), &length)) return false;
  if (length < sizeof(device->bytes)) return false;
  std::reverse_copy(fields.text, fields.text + length, device->bytes);
  return true;
}

bool SetDevice(BluetoothDevice device, AddressFields* fields) {
  std::reverse(std::begin(device.bytes), std::end(device.bytes));
  SetText(fields, device.bytes, sizeof(device.bytes));
  return true;
}

// L2CAP: values: service, channel, device type. RFCOMM: channel. HCI: device, channel, and no text.
int EncodeBluetooth(const AddressFields& fields, sockaddr_storage* address) {
  BluetoothDevice device = {};
  if (fields.form != kHci && !GetDevice(fields, &device)) return -EINVAL;
  switch (fields.form) {
    case kL2cap: {
      L2capAddress l2cap = {};
      PutUint16(l2cap.psm, fields.values[0]);
      PutUint16(l2cap.cid, fields.values[1]);
      l2cap.device_type = static_cast<uint8_t>(fields.values[2]);
      l2cap.device = device;
      return WriteSockaddr(l2cap, AF_BLUETOOTH, address);
    }
    case kRfcomm: {
      RfcommAddress rfcomm = {};
      rfcomm.device = device;
      rfcomm.channel = static_cast<uint8_t>(fields.values[0]);
      return WriteSockaddr(rfcomm, AF_BLUETOOTH, address);
    }
    case kSco: {
      ScoAddress sco = {};
      sco.device = device;
      return WriteSockaddr(sco, AF_BLUETOOTH, address);
    }
    case kHci: {
      HciAddress hci = {};
      hci.device = static_cast<uint16_t>(fields.values[0]);
      hci.channel = static_cast<uint16_t>(fields.values[1]);
      return WriteSockaddr(hci, AF_BLUETOOTH, address);
    }
    default:
      return -EPROTONOSUPPORT;
  }
}

bool DecodeBluetooth(int32_t proto, AddressFields* fields) {
  switch (proto) {
    case kL2cap: {
      const auto l2cap = ReadRaw<L2capAddress>(*fields);
      fields->values[0] = Uint16(l2cap.psm);
      fields->values[1] = Uint16(l2cap.cid);
      fields->values[2] = l2cap.device_type;
      return SetDevice(l2cap.device, fields);
    }
    case kRfcomm: {
      const auto rfcomm = ReadRaw<RfcommAddress>(*fields);
      fields->values[0] = rfcomm.channel;
      return SetDevice(rfcomm.device, fields);
    }
    case kSco:
      return SetDevice(ReadRaw<ScoAddress>(*fields).device, fields);
    case kHci: {
      const auto hci = ReadRaw<HciAddress>(*fields);
      fields->values[0] = hci.device;
      fields->values[1] = hci.channel;
      return WithoutText(fields);
    }
    default:
      return false;
  }
}

}  // namespace

int EncodeFamily(const AddressFields& fields, sockaddr_storage* address) {
  switch (fields.family) {
    case AF_NETLINK:
      return EncodePair<sockaddr_nl, &sockaddr_nl::nl_pid, &sockaddr_nl::nl_groups>(fields,
                                                                                    address);
    case AF_PACKET:
      return EncodePacket(fields, address);
    case AF_VSOCK:
      return EncodePair<VsockAddress, &VsockAddress::cid, &VsockAddress::port>(fields, address);
    case AF_QIPCRTR:
      return EncodePair<QrtrAddress, &QrtrAddress::node, &QrtrAddress::port>(fields, address);
    case AF_CAN:
      return EncodeCan(fields, address);
    case AF_TIPC:
      return EncodeTipc(fields, address);
    case AF_ALG:
      return EncodeAlg(fields, address);
    case AF_BLUETOOTH:
      return EncodeBluetooth(fields, address);
    default:
      return -EAFNOSUPPORT;
  }
}

bool DecodeFamily(int32_t proto, AddressFields* fields) {
  if (fields->text_length < 0) return false;
  switch (fields->family) {
    case AF_NETLINK:
      return DecodePair<sockaddr_nl, &sockaddr_nl::nl_pid, &sockaddr_nl::nl_groups>(fields);
    case AF_PACKET:
      return DecodePacket(fields);
    case AF_VSOCK:
      return DecodePair<VsockAddress, &VsockAddress::cid, &VsockAddress::port>(fields);
    case AF_QIPCRTR:
      return DecodePair<QrtrAddress, &QrtrAddress::node, &QrtrAddress::port>(fields);
    case AF_CAN:
      return DecodeCan(proto, fields);
    case AF_TIPC:
      return DecodeTipc(fields);
    case AF_ALG:
      return DecodeAlg(fields);
    case AF_BLUETOOTH:
      return DecodeBluetooth(proto, fields);
    default:
      return false;
  }
}

}  // namespace berkeley
