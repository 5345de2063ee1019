/* The sellers of the tests' own build: those of the library, and one more. It takes the place of csrc/providers/providers.c. */
#include "description.h"
#include "providers/third/third.h"

extern const reseal__provider reseal__namecheap, reseal__realtimeregister;

const reseal__provider *const reseal__providers[] = {&reseal__namecheap, &reseal__realtimeregister, &reseal__third};
const size_t reseal__provider_count = sizeof reseal__providers / sizeof reseal__providers[0];
