// JavaScript values of the functions that are not hot: texts, bytes and lists, in and out.
// TypeScript has validated what arrives. A value that cannot be made (the environment is being
// ended) is nullptr, which JavaScript would see as undefined.
#pragma once

#include <initializer_list>
#include <new>
#include <string>
#include <vector>

#include "arguments.h"

namespace berkeley {

// A copy of a string, as UTF-8, or of the bytes of a Uint8Array. False for anything else.
bool ReadText(const Arguments& arguments, size_t index, std::string* text);
// The same; null is the absence of a text.
bool ReadOptionalText(const Arguments& arguments, size_t index, std::string* text, bool* present);

napi_value MakeNumber(napi_env env, double number);
napi_value MakeText(napi_env env, const std::string& text);
napi_value MakeBytes(napi_env env, const void* data, size_t length);
napi_value MakeList(napi_env env, std::initializer_list<napi_value> items);
napi_value MakeTexts(napi_env env, const std::vector<std::string>& texts);
void SetItem(napi_env env, napi_value list, size_t index, napi_value item);

// A function that answers a value, or a number below 0 as every other.
using ValueFunction = napi_value (*)(Arguments&);

template <ValueFunction function>
napi_value CallValue(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  try {
    return function(arguments);
  } catch (const std::bad_alloc&) {
    return MakeNumber(env, -ENOMEM);
  }
}

}  // namespace berkeley
