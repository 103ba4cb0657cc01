// What the platform's headers give numbers to, as objects of JavaScript.
#pragma once

#include <napi.h>

namespace berkeley {

// Every constant of the table that this platform's headers have, by name.
Napi::Object MakeConstants(Napi::Env env);

// The numbers of <errno.h>, by name.
Napi::Object MakeErrnoTable(Napi::Env env);

}  // namespace berkeley
