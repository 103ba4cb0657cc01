#include "arguments.h"

namespace berkeley {

Bytes ReadBytes(napi_env env, napi_value value) {
  Bytes bytes;
  napi_typedarray_type type;
  void* data = nullptr;
  // The length is in elements, which are bytes only for the two types let through.
  if (value == nullptr || napi_get_typedarray_info(env, value, &type, &bytes.length, &data, nullptr,
                                                   nullptr) != napi_ok) {
    return bytes;
  }
  bytes.data = static_cast<uint8_t*>(data);
  bytes.ok = type == napi_uint8_array || type == napi_uint8_clamped_array;
  return bytes;
}

namespace {

template <typename Number>
Numbers<Number> ReadNumbers(napi_env env, napi_value value, napi_typedarray_type wanted) {
  Numbers<Number> numbers;
  napi_typedarray_type type;
  void* data = nullptr;
  if (value == nullptr || napi_get_typedarray_info(env, value, &type, &numbers.length, &data,
                                                   nullptr, nullptr) != napi_ok) {
    return numbers;
  }
  numbers.data = static_cast<Number*>(data);
  numbers.ok = type == wanted;
  return numbers;
}

}  // namespace

Numbers<int32_t> ReadWords(napi_env env, napi_value value) {
  return ReadNumbers<int32_t>(env, value, napi_int32_array);
}

Numbers<double> ReadDoubles(napi_env env, napi_value value) {
  return ReadNumbers<double>(env, value, napi_float64_array);
}

Bytes Slice(Bytes view, int32_t offset, int32_t length) {
  Bytes slice;
  if (!view.ok || offset < 0 || length < 0) return slice;
  if (static_cast<size_t>(offset) + static_cast<size_t>(length) > view.length) return slice;
  slice.data = view.data + offset;
  slice.length = static_cast<size_t>(length);
  slice.ok = true;
  return slice;
}

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count_, values_, nullptr, &data) != napi_ok) count_ = 0;
  environment_ = static_cast<Environment*>(data);
}

bool Arguments::Int32(size_t index, int32_t* out) const {
  // napi_get_value_int32 would turn NaN into 0 and wrap what is too large.
  double number;
  if (!Double(index, &number) || !(number >= INT32_MIN && number <= INT32_MAX)) return false;
  const auto whole = static_cast<int32_t>(number);
  if (whole != number) return false;
  *out = whole;
  return true;
}

bool Arguments::Double(size_t index, double* out) const {
  return Has(index) && napi_get_value_double(env_, values_[index], out) == napi_ok;
}

Bytes Arguments::View(size_t index) const {
  return Has(index) ? ReadBytes(env_, values_[index]) : Bytes();
}

void Exports::Define(const char* name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, environment_, &function) ==
      napi_ok) {
    napi_set_named_property(env_, object_, name, function);
  }
}

}  // namespace berkeley
