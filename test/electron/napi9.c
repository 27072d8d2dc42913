// Lets an addon made for Node-API 10 run where only version 9 is known. Version 9 refuses references to strings and other
// primitives, so each of those is kept in an object of one property and taken out again.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef int napi_status;

extern napi_status napi_create_object(napi_env, napi_value *);
extern napi_status napi_create_reference(napi_env, napi_value, uint32_t, napi_ref *);
extern napi_status napi_delete_reference(napi_env, napi_ref);
extern napi_status napi_get_named_property(napi_env, napi_value, const char *, napi_value *);
extern napi_status napi_get_reference_value(napi_env, napi_ref, napi_value *);
extern napi_status napi_set_named_property(napi_env, napi_value, const char *, napi_value);
extern napi_status napi_typeof(napi_env, napi_value, int *);

enum { TYPE_SYMBOL = 5, TYPE_OBJECT = 6, TYPE_FUNCTION = 7 };

// The references whose value stands in a box; every thread has its own environment and so its own list.
static __thread napi_ref *boxed;
static __thread size_t count;
static __thread size_t room;

static ptrdiff_t position_of(napi_ref reference) {
  for (size_t i = 0; i < count; i++) {
    if (boxed[i] == reference) return (ptrdiff_t)i;
  }
  return -1;
}

napi_status xapi_create_reference(napi_env env, napi_value value, uint32_t initial, napi_ref *result) {
  int type = -1;
  napi_status status = napi_typeof(env, value, &type);
  if (status) return status;
  if (type == TYPE_SYMBOL || type == TYPE_OBJECT || type == TYPE_FUNCTION) {
    return napi_create_reference(env, value, initial, result);
  }
  napi_value box;
  if ((status = napi_create_object(env, &box))) return status;
  if ((status = napi_set_named_property(env, box, "value", value))) return status;
  if ((status = napi_create_reference(env, box, initial, result))) return status;
  if (count == room) {
    room = room ? room * 2 : 256;
    boxed = realloc(boxed, room * sizeof *boxed);
    if (!boxed) abort();
  }
  boxed[count++] = *result;
  return 0;
}

napi_status xapi_get_reference_value(napi_env env, napi_ref reference, napi_value *result) {
  napi_status status = napi_get_reference_value(env, reference, result);
  if (status || !*result || position_of(reference) < 0) return status;
  return napi_get_named_property(env, *result, "value", result);
}

napi_status xapi_delete_reference(napi_env env, napi_ref reference) {
  ptrdiff_t at = position_of(reference);
  if (at >= 0) boxed[at] = boxed[--count];
  return napi_delete_reference(env, reference);
}
