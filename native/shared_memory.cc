#include "shared_memory.h"

#include "arrivals.h"
#include "batch.h"
#include "control.h"

namespace berkeley {

Napi::Object MakeLayout(Napi::Env env) {
  struct Row {
    const char* name;
    int64_t value;
  };
  static const Row rows[] = {
      {"timeoutNs", offsetof(SharedMemory, timeout_ns)},
      {"fd", offsetof(SharedMemory, fd)},
      {"offset", offsetof(SharedMemory, offset)},
      {"length", offsetof(SharedMemory, length)},
      {"flags", offsetof(SharedMemory, flags)},
      {"mode", offsetof(SharedMemory, mode)},
      {"pollFirst", offsetof(SharedMemory, poll_first)},
      {"bytesSent", offsetof(SharedMemory, bytes_sent)},
      {"deferredError", offsetof(SharedMemory, deferred_error)},
      {"result", offsetof(SharedMemory, result)},
      {"value", offsetof(SharedMemory, value)},
      {"token", offsetof(SharedMemory, token)},
      {"token2", offsetof(SharedMemory, token2)},
      {"family", offsetof(SharedMemory, family)},
      {"type", offsetof(SharedMemory, type)},
      {"proto", offsetof(SharedMemory, proto)},
      {"nonblocking", offsetof(SharedMemory, nonblocking)},
      {"listening", offsetof(SharedMemory, listening)},
      {"lowWater", offsetof(SharedMemory, low_water)},
      {"hasInterruptHandler", offsetof(SharedMemory, has_interrupt_handler)},
      {"encodeCount", offsetof(SharedMemory, encode_count)},
      {"addressLength", offsetof(SharedMemory, address_length)},
      {"spinUs", offsetof(SharedMemory, spin_us)},
      {"waiting", offsetof(SharedMemory, waiting)},
      {"inDispatch", offsetof(SharedMemory, in_dispatch)},
      {"messageFlags", offsetof(SharedMemory, message_flags)},
      {"untaken", offsetof(SharedMemory, untaken)},
      {"controlRoom", offsetof(SharedMemory, control_room)},
      {"controlLength", offsetof(SharedMemory, control_length)},
      {"controlPosition", offsetof(SharedMemory, control_position)},
      {"controlLevel", offsetof(SharedMemory, control_level)},
      {"controlType", offsetof(SharedMemory, control_type)},
      {"controlDataOffset", offsetof(SharedMemory, control_data_offset)},
      {"controlDataLength", offsetof(SharedMemory, control_data_length)},
      {"control", offsetof(SharedMemory, control)},
      {"controlSize", kControlSize},
      {"controlHeader", kControlHeader},
      {"controlAlign", kControlAlign},
      {"batchRecord", sizeof(BatchRecord)},
      {"batchLength", offsetof(BatchRecord, length)},
      {"batchFlags", offsetof(BatchRecord, flags)},
      {"batchAddressLength", offsetof(BatchRecord, address_length)},
      {"batchControlLength", offsetof(BatchRecord, control_length)},
      {"batchSegmentSize", offsetof(BatchRecord, segment_size)},
      {"batchStart", offsetof(BatchRecord, start)},
      {"batchIsUnsent", offsetof(BatchRecord, is_unsent)},
      {"batchAddress", offsetof(BatchRecord, address)},
      {"from", offsetof(SharedMemory, from)},
      {"to", offsetof(SharedMemory, to)},
      {"address", offsetof(SharedMemory, address)},
      {"addressSize", sizeof(sockaddr_storage)},
      {"small", offsetof(SharedMemory, small)},
      {"ready", offsetof(SharedMemory, ready)},
      {"smallSize", kSmallSize},
      {"smallSend", kSmallSend},
      {"textSize", kTextSize},
      {"fieldFamily", offsetof(AddressFields, family)},
      {"fieldPort", offsetof(AddressFields, port)},
      {"fieldFlowinfo", offsetof(AddressFields, flowinfo)},
      {"fieldScopeId", offsetof(AddressFields, scope_id)},
      {"fieldIpv4", offsetof(AddressFields, ipv4)},
      {"fieldTextLength", offsetof(AddressFields, text_length)},
      {"fieldForm", offsetof(AddressFields, form)},
      {"fieldValues", offsetof(AddressFields, values)},
      {"formRaw", kRawForm},
      {"fieldText", offsetof(AddressFields, text)},
      {"armed", offsetof(ArrivalMemory, armed)},
      {"arrivals", offsetof(ArrivalMemory, arrivals)},
      {"arrivalSlab", offsetof(ArrivalMemory, slab)},
      {"arrivalSlabSize", kArrivalSlab},
      {"armable", kArmable},
      {"mostArmed", kMostArmed},
      {"noArrival", kNoArrival},
      {"readable", kReadable},
      {"writable", kWritable},
      {"hungUp", kHungUp},
      {"failed", kFailed},
      {"urgent", kUrgent},
      {"modeWithAddress", kWithAddress},
      {"modeOnce", kOnce},
      {"modeFill", kFill},
      {"modeKernelTimeout", kKernelTimeout},
      {"modeMessage", kMessage},
  };
  Napi::Object layout = Napi::Object::New(env);
  for (const Row& row : rows) layout.Set(row.name, static_cast<double>(row.value));
  return layout;
}

}  // namespace berkeley
