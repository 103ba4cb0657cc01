// As much of a JavaScript runtime as the addon needs to be registered and to move bytes through a
// pair of sockets: where no runtime runs, it shows that the binary loads and works.
// host addon.node; prints "ok".
#include <dlfcn.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct napi_value__ {
  napi_valuetype type;
  double number;
  napi_callback function;
  void* data;
  // Of an object: its properties. Of an array buffer: its memory.
  struct Property* properties;
  char* bytes;
};

struct Property {
  const char* name;
  napi_value value;
  struct Property* next;
};

struct napi_callback_info__ {
  size_t count;
  napi_value* arguments;
  napi_value function;
};

static napi_value Make(napi_valuetype type) {
  napi_value value = calloc(1, sizeof(*value));
  if (value == NULL) exit(2);
  value->type = type;
  return value;
}

static napi_value MakeNumber(double number) {
  napi_value value = Make(napi_number);
  value->number = number;
  return value;
}

napi_status napi_create_object(napi_env env, napi_value* result) {
  (void)env;
  *result = Make(napi_object);
  return napi_ok;
}

napi_status napi_create_array_with_length(napi_env env, size_t length, napi_value* result) {
  (void)length;
  return napi_create_object(env, result);
}

napi_status napi_create_double(napi_env env, double number, napi_value* result) {
  (void)env;
  *result = MakeNumber(number);
  return napi_ok;
}

napi_status napi_create_int32(napi_env env, int32_t number, napi_value* result) {
  return napi_create_double(env, number, result);
}

napi_status napi_create_string_utf8(napi_env env, const char* text, size_t length,
                                    napi_value* result) {
  (void)env, (void)text, (void)length;
  *result = Make(napi_string);
  return napi_ok;
}

napi_status napi_create_function(napi_env env, const char* name, size_t length,
                                 napi_callback function, void* data, napi_value* result) {
  (void)env, (void)name, (void)length;
  *result = Make(napi_function);
  (*result)->function = function;
  (*result)->data = data;
  return napi_ok;
}

napi_status napi_create_arraybuffer(napi_env env, size_t size, void** data, napi_value* result) {
  (void)env;
  *result = Make(napi_object);
  (*result)->bytes = calloc(1, size);
  (*result)->number = (double)size;
  *data = (*result)->bytes;
  return napi_ok;
}

napi_status napi_get_arraybuffer_info(napi_env env, napi_value buffer, void** data, size_t* size) {
  (void)env;
  if (data != NULL) *data = buffer->bytes;
  if (size != NULL) *size = (size_t)buffer->number;
  return napi_ok;
}

napi_status napi_get_boolean(napi_env env, bool value, napi_value* result) {
  (void)env;
  *result = Make(napi_boolean);
  (*result)->number = value;
  return napi_ok;
}

napi_status napi_get_undefined(napi_env env, napi_value* result) {
  (void)env;
  *result = Make(napi_undefined);
  return napi_ok;
}

napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype* result) {
  (void)env;
  *result = value->type;
  return napi_ok;
}

napi_status napi_get_value_double(napi_env env, napi_value value, double* result) {
  (void)env;
  if (value->type != napi_number) return napi_number_expected;
  *result = value->number;
  return napi_ok;
}

napi_status napi_set_named_property(napi_env env, napi_value object, const char* name,
                                    napi_value value) {
  (void)env;
  struct Property* property = malloc(sizeof(*property));
  if (property == NULL) exit(2);
  *property = (struct Property){name, value, object->properties};
  object->properties = property;
  return napi_ok;
}

napi_status napi_set_element(napi_env env, napi_value object, uint32_t index, napi_value value) {
  (void)env, (void)object, (void)index, (void)value;
  return napi_ok;
}

napi_status napi_create_reference(napi_env env, napi_value value, uint32_t count,
                                  napi_ref* result) {
  (void)env, (void)count;
  *result = (napi_ref)value;
  return napi_ok;
}

napi_status napi_delete_reference(napi_env env, napi_ref reference) {
  (void)env, (void)reference;
  return napi_ok;
}

napi_status napi_get_reference_value(napi_env env, napi_ref reference, napi_value* result) {
  (void)env;
  *result = (napi_value)reference;
  return napi_ok;
}

napi_status napi_add_finalizer(napi_env env, napi_value object, void* data, napi_finalize finalize,
                               void* hint, napi_ref* result) {
  (void)env, (void)object, (void)data, (void)finalize, (void)hint;
  if (result != NULL) *result = NULL;
  return napi_ok;
}

napi_status napi_is_exception_pending(napi_env env, bool* result) {
  (void)env;
  *result = false;
  return napi_ok;
}

static void (*cleanup)(void* data);
static void* cleanup_data;

napi_status napi_add_env_cleanup_hook(napi_env env, void (*hook)(void* data), void* data) {
  (void)env;
  cleanup = hook;
  cleanup_data = data;
  return napi_ok;
}

napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* count,
                             napi_value* arguments, napi_value* self, void** data) {
  (void)env;
  for (size_t i = 0; arguments != NULL && i < *count; i++) {
    arguments[i] = i < info->count ? info->arguments[i] : Make(napi_undefined);
  }
  if (count != NULL) *count = info->count;
  if (self != NULL) *self = Make(napi_undefined);
  if (data != NULL) *data = info->function->data;
  return napi_ok;
}

// Every other function of Node-API: registration and the calls below have no use for it. See
// load.js.
void Unused(const char* name) {
  fprintf(stderr, "host: %s was called\n", name);
  exit(3);
}

static napi_value Property(napi_value object, const char* name) {
  for (struct Property* each = object->properties; each != NULL; each = each->next) {
    if (strcmp(each->name, name) == 0) return each->value;
  }
  fprintf(stderr, "host: the addon has no %s\n", name);
  exit(4);
}

static double Call(napi_value exports, const char* name, size_t count, const double* numbers) {
  napi_value arguments[4];
  for (size_t i = 0; i < count; i++) arguments[i] = MakeNumber(numbers[i]);
  napi_value function = Property(exports, name);
  struct napi_callback_info__ info = {count, arguments, function};
  const napi_value result = function->function(NULL, &info);
  return result != NULL && result->type == napi_number ? result->number : 0;
}

int main(int count, char** arguments) {
  void* addon = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (addon == NULL) {
    fprintf(stderr, "host: %s\n", count == 2 ? dlerror() : "usage: host addon.node");
    return 1;
  }
  int32_t (*version)(void) = (int32_t (*)(void))dlsym(addon, "node_api_module_get_api_version_v1");
  napi_addon_register_func enroll =
      (napi_addon_register_func)dlsym(addon, "napi_register_module_v1");
  if (version == NULL || enroll == NULL || version() != NAPI_VERSION) return 5;
  const napi_value exports = enroll(NULL, Make(napi_object));

  // The arguments of calls stand in the memory that the addon shares.
  const napi_value layout = Property(exports, "layout");
  char* shared = Property(exports, "shared")->bytes;
#define FIELD(name) (*(int32_t*)(shared + (size_t)Property(layout, name)->number))
  const int near = (int)Call(exports, "socketpair", 3, (double[]){AF_UNIX, SOCK_STREAM, 0});
  const int far = FIELD("value");
  *(double*)(shared + (size_t)Property(layout, "timeoutNs")->number) = -1;
  char* small = shared + (size_t)Property(layout, "small")->number;
  FIELD("fd") = near;
  FIELD("length") = 5;
  memcpy(small, "bytes", 5);
  Call(exports, "sendallSmall", 0, NULL);
  memset(small, 0, 5);
  FIELD("fd") = far;
  FIELD("length") = 100;
  Call(exports, "recvSmall", 0, NULL);
  if (FIELD("result") != 5 || memcmp(small, "bytes", 5) != 0) {
    fprintf(stderr, "host: received %d\n", FIELD("result"));
    return 6;
  }
  if (cleanup != NULL) cleanup(cleanup_data);
  puts("ok");
  return 0;
}
