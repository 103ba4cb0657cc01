// The families whose addresses depend on the system and the protocol: what must come back of
// fields that were encoded.
#pragma once

#include <initializer_list>

#include "address.h"

namespace berkeley::fuzz {

#ifdef __linux__

// Numbers of protocols in linux/can.h and net/bluetooth/bluetooth.h, of kinds in linux/tipc.h.
enum { kIsotp = 6, kJ1939 = 7, kL2cap = 0, kHci = 1, kSco = 2, kRfcomm = 3 };
enum { kTipcRange = 1, kTipcService = 2 };

constexpr int32_t kSystemFamilies[] = {AF_NETLINK, AF_PACKET, AF_VSOCK, AF_QIPCRTR,
                                       AF_CAN,     AF_TIPC,   AF_ALG,   AF_BLUETOOTH};

inline void Keep(const AddressFields& given, std::initializer_list<uint32_t> masks,
                 AddressFields* expected) {
  size_t at = 0;
  for (const uint32_t mask : masks) {
    expected->values[at] = given.values[at] & mask;
    at++;
  }
}

inline void KeepText(const AddressFields& given, AddressFields* expected) {
  memcpy(expected->text, given.text, kTextSize);
  expected->text_length = given.text_length;
}

constexpr uint32_t k8 = 0xff, k16 = 0xffff, k32 = 0xffffffff;

inline void ExpectTipc(const AddressFields& given, AddressFields* expected) {
  Keep(given, {k32, k32, k32}, expected);
  const uint32_t kind = given.values[0];
  expected->values[3] = kind == kTipcRange     ? given.values[3]
                        : kind == kTipcService ? given.values[2]
                                               : 0;
  expected->values[4] = static_cast<uint32_t>(static_cast<int8_t>(given.values[4]));
}

// Both parts end with their first NUL.
inline void ExpectAlg(const AddressFields& given, AddressFields* expected) {
  Keep(given, {k32, k32}, expected);
  const auto* text = reinterpret_cast<const char*>(given.text);
  const size_t cut = given.values[2];
  const size_t type = strnlen(text, cut);
  const size_t name = strnlen(text + cut, static_cast<size_t>(given.text_length) - cut);
  memcpy(expected->text, text, type);
  memcpy(expected->text + type, text + cut, name);
  expected->values[2] = static_cast<uint32_t>(type);
  expected->text_length = static_cast<int32_t>(type + name);
}

inline void ExpectBluetooth(const AddressFields& given, AddressFields* expected) {
  if (given.form == kL2cap) Keep(given, {k16, k16, k8}, expected);
  if (given.form == kRfcomm) Keep(given, {k8}, expected);
  if (given.form == kHci) return Keep(given, {k16, k16}, expected);
  KeepText(given, expected);
}

// The values and the text of fields that could be encoded, after they were decoded.
inline AddressFields Expected(const AddressFields& given) {
  AddressFields expected = {};
  switch (given.family) {
    case AF_PACKET:
      Keep(given, {k32, k16, k8, k16}, &expected);
      KeepText(given, &expected);
      break;
    case AF_CAN:
      if (given.form == kIsotp) {
        Keep(given, {k32, k32, k32}, &expected);
      } else if (given.form == kJ1939) {
        Keep(given, {k32, k32, k32, k32, k8}, &expected);
      } else {
        Keep(given, {k32}, &expected);
      }
      break;
    case AF_TIPC:
      ExpectTipc(given, &expected);
      break;
    case AF_ALG:
      ExpectAlg(given, &expected);
      break;
    case AF_BLUETOOTH:
      ExpectBluetooth(given, &expected);
      break;
    default:
      Keep(given, {k32, k32}, &expected);
  }
  return expected;
}

// Whether the family's text means anything.
inline bool HasText(const AddressFields& fields) {
  return fields.family == AF_PACKET || fields.family == AF_ALG ||
         (fields.family == AF_BLUETOOTH && fields.form != kHci);
}

#else

constexpr int32_t kSystemFamilies[] = {AF_UNSPEC};
inline AddressFields Expected(const AddressFields& given) { return given; }
inline bool HasText(const AddressFields&) { return false; }

#endif

}  // namespace berkeley::fuzz
