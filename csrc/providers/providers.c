#include "description.h"

extern const reseal__provider reseal__namecheap, reseal__realtimeregister;

const reseal__provider *const reseal__providers[] = {&reseal__namecheap, &reseal__realtimeregister};
const size_t reseal__provider_count = sizeof reseal__providers / sizeof reseal__providers[0];
