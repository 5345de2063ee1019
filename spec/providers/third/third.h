/* A seller that exists nowhere, for tests and for docs/provider.md. Its documentation is api.md. */
#ifndef RESEAL_SPEC_PROVIDERS_THIRD_H
#define RESEAL_SPEC_PROVIDERS_THIRD_H

#include "description.h"

extern const reseal__provider reseal__third;

#endif
