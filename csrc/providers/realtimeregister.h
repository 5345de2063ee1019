/* What realtimeregister.c and realtimeregister_errors.c share. */
#ifndef RESEAL_PROVIDERS_REALTIMEREGISTER_H
#define RESEAL_PROVIDERS_REALTIMEREGISTER_H

#include "description.h"

enum { RESEAL__REALTIMEREGISTER_ERROR_TABLES = 2 };

extern const reseal__error_table reseal__realtimeregister_errors[RESEAL__REALTIMEREGISTER_ERROR_TABLES];

#endif
