#include "environment.h"

#include <mutex>
#include <new>

namespace berkeley {

namespace {

// Who else in the process owns a descriptor, by its number. Descriptors are the process's, so this
// is.
struct Ownership {
  uint32_t epoch = 0;  // grows when the number is closed: older entries are void
  uint32_t owners = 0;
};

struct Process {
  std::mutex mutex;
  std::vector<Ownership> descriptors;
};

Process& TheProcess() {
  static auto* process = new Process();  // never destroyed: workers may outlive static objects
  return *process;
}

// A vector's size for an index: some more, so that it grows seldom.
size_t SizeFor(size_t index) { return index + index / 2 + 64; }

}  // namespace

uint32_t DescriptorTable::Own(int fd) {
  const size_t index = static_cast<size_t>(fd);
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  try {
    if (index >= entries_.size()) entries_.resize(SizeFor(index), Entry{0, 0});
    if (index >= process.descriptors.size()) process.descriptors.resize(SizeFor(index));
  } catch (const std::bad_alloc&) {
    return 0;
  }
  // 31 bits, so that a token is a small integer in JavaScript; 0 means "not ours".
  last_token_ = (last_token_ + 1) & 0x7fffffff;
  if (last_token_ == 0) last_token_ = 1;
  Ownership& ownership = process.descriptors[index];
  const bool is_ours = entries_[index].token != 0 && entries_[index].epoch == ownership.epoch;
  if (!is_ours) ownership.owners++;
  entries_[index] = {last_token_, ownership.epoch};
  return last_token_;
}

DescriptorTable::Entry* DescriptorTable::Find(int fd, uint32_t token) {
  const size_t index = static_cast<size_t>(fd);
  if (fd < 0 || index >= entries_.size() || token == 0 || entries_[index].token != token) {
    return nullptr;
  }
  return &entries_[index];
}

int DescriptorTable::DescriptorOf(uint32_t token) const {
  for (size_t fd = 0; token != 0 && fd < entries_.size(); fd++) {
    if (entries_[fd].token == token) return static_cast<int>(fd);
  }
  return -1;
}

bool DescriptorTable::Owns(int fd, uint32_t token) {
  const Entry* entry = Find(fd, token);
  if (entry == nullptr) return false;
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  return entry->epoch == process.descriptors[static_cast<size_t>(fd)].epoch;
}

bool DescriptorTable::Disown(int fd, uint32_t token) {
  Entry* entry = Find(fd, token);
  if (entry == nullptr) return false;
  entry->token = 0;
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  Ownership& ownership = process.descriptors[static_cast<size_t>(fd)];
  if (entry->epoch != ownership.epoch) return false;
  ownership.owners--;
  return true;
}

bool DescriptorTable::Take(int fd, uint32_t token) {
  if (!Disown(fd, token)) return false;
  Forget(fd);
  return true;
}

void DescriptorTable::Forget(int fd) {
  const size_t index = static_cast<size_t>(fd);
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  if (fd < 0 || index >= process.descriptors.size()) return;
  process.descriptors[index].epoch++;
  process.descriptors[index].owners = 0;
}

void DescriptorTable::CloseAll() {
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  for (size_t fd = 0; fd < entries_.size(); fd++) {
    if (entries_[fd].token == 0) continue;
    entries_[fd].token = 0;
    Ownership& ownership = process.descriptors[fd];
    if (entries_[fd].epoch != ownership.epoch || --ownership.owners > 0) continue;
    ownership.epoch++;
    close(static_cast<int>(fd));
  }
}

Environment* Environment::Create(Napi::Env env) {
  auto* state = new (std::nothrow) Environment(env);
  if (state == nullptr) {
    Napi::Error::New(env, "berkeley: out of memory").ThrowAsJavaScriptException();
    return nullptr;
  }
  // V8 keeps the memory of an array buffer in place until it is collected or detached. This one is
  // held by the reference and never leaves the binding module, so its address is good for good.
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, sizeof(SharedMemory));
  // Empty without an exception: the environment is being ended.
  if (buffer.IsEmpty() || env.IsExceptionPending() ||
      napi_add_env_cleanup_hook(env, CleanUp, state) != napi_ok) {
    delete state;
    return nullptr;
  }
  state->shared_ = new (buffer.Data()) SharedMemory();
  state->shared_buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(buffer, 1);
  return state;
}

void Environment::CleanUp(void* data) {
  auto* state = static_cast<Environment*>(data);
  state->engine_.Stop();
  state->descriptors_.CloseAll();
  delete state;
}

void Environment::set_probe(Napi::Function probe, bool is_main_thread) {
  probe_ = Napi::Persistent(probe);
  is_main_thread_ = is_main_thread;
}

bool Environment::CanRun() const {
  if (probe_.IsEmpty()) return true;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  napi_value receiver;
  napi_value result;
  // A call into JavaScript is what notices every way of being ended; cheaper questions do not.
  const bool can_run =
      napi_get_undefined(env_, &receiver) == napi_ok &&
      napi_call_function(env_, receiver, probe_.Value(), 0, nullptr, &result) == napi_ok;
  napi_close_handle_scope(env_, scope);
  return can_run;
}

}  // namespace berkeley
