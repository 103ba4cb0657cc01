// What the platform's headers give numbers to, for JavaScript.
#pragma once

#include <napi.h>

namespace berkeley {

// `constants`: the value of each constant of the table that this platform's headers have, at its
// place; `fingerprint`, of the order of the table; and `nameConstants`, the same values by name.
void AddConstants(Napi::Env env, Napi::Object exports);

// The numbers of <errno.h>, by name.
Napi::Object MakeErrnoTable(Napi::Env env);

}  // namespace berkeley
