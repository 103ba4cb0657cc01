// The families that macOS alone has, or has in a form of its own.
#include "addresses.h"

#include <sys/kern_control.h>

#include "../address_codec.h"
#include "../syscall.h"

namespace berkeley {

namespace {

// sys/sys_domain.h: the one kind of address that PF_SYSTEM has.
constexpr uint16_t kControlAddress = 2;

// values: context id, port.
int EncodeVsock(const AddressFields& fields, sockaddr_storage* address) {
  VsockAddress vsock = {};
  vsock.cid = fields.values[0];
  vsock.port = fields.values[1];
  return WriteSockaddr(vsock, AF_VSOCK, address);
}

bool DecodeVsock(AddressFields* fields) {
  const auto vsock = ReadRaw<VsockAddress>(*fields);
  fields->values[0] = vsock.cid;
  fields->values[1] = vsock.port;
  return WithoutText(fields);
}

// values: kernel control's id, unit.
int EncodeControl(const AddressFields& fields, sockaddr_storage* address) {
  sockaddr_ctl control = {};
  control.ss_sysaddr = kControlAddress;
  control.sc_id = fields.values[0];
  control.sc_unit = fields.values[1];
  return WriteSockaddr(control, AF_SYSTEM, address);
}

// macOS does not tell the protocol of an adopted socket, but the address tells its own kind.
bool DecodeControl(AddressFields* fields) {
  const auto control = ReadRaw<sockaddr_ctl>(*fields);
  if (control.ss_sysaddr != kControlAddress) return false;
  fields->values[0] = control.sc_id;
  fields->values[1] = control.sc_unit;
  return WithoutText(fields);
}

}  // namespace

int EncodeFamily(const AddressFields& fields, sockaddr_storage* address) {
  switch (fields.family) {
    case AF_VSOCK:
      return EncodeVsock(fields, address);
    case AF_SYSTEM:
      return EncodeControl(fields, address);
    default:
      return -EAFNOSUPPORT;
  }
}

bool DecodeFamily(int32_t, AddressFields* fields) {
  if (fields->text_length < 0) return false;
  switch (fields->family) {
    case AF_VSOCK:
      return DecodeVsock(fields);
    case AF_SYSTEM:
      return DecodeControl(fields);
    default:
      return false;
  }
}

}  // namespace berkeley
