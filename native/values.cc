#include "values.h"

namespace berkeley {

bool ReadText(const Arguments& arguments, size_t index, std::string* text) {
  if (!arguments.Has(index)) return false;
  const Bytes bytes = arguments.View(index);
  if (bytes.ok) {
    text->assign(reinterpret_cast<const char*>(bytes.data), bytes.length);
    return true;
  }
  const napi_env env = arguments.env();
  const napi_value value = arguments.At(index);
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text->resize(length);  // and the NUL that Node-API writes has its place behind it
  return napi_get_value_string_utf8(env, value, text->data(), length + 1, &length) == napi_ok;
}

bool ReadOptionalText(const Arguments& arguments, size_t index, std::string* text, bool* present) {
  napi_valuetype type;
  if (!arguments.Has(index) ||
      napi_typeof(arguments.env(), arguments.At(index), &type) != napi_ok) {
    return false;
  }
  *present = type != napi_null;
  return !*present || ReadText(arguments, index, text);
}

napi_value MakeNumber(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value MakeText(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

napi_value MakeBytes(napi_env env, const void* data, size_t length) {
  napi_value value = nullptr;
  napi_create_buffer_copy(env, length, data, nullptr, &value);
  return value;
}

napi_value MakeList(napi_env env, std::initializer_list<napi_value> items) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, items.size(), &list);
  size_t index = 0;
  for (const napi_value item : items) SetItem(env, list, index++, item);
  return list;
}

napi_value MakeTexts(napi_env env, const std::vector<std::string>& texts) {
  napi_value list = nullptr;
  napi_create_array_with_length(env, texts.size(), &list);
  for (size_t i = 0; i < texts.size(); i++) SetItem(env, list, i, MakeText(env, texts[i]));
  return list;
}

void SetItem(napi_env env, napi_value list, size_t index, napi_value item) {
  napi_set_element(env, list, static_cast<uint32_t>(index), item);
}

}  // namespace berkeley
