/* What namecheap.c and namecheap_errors.c share. */
#ifndef RESEAL_PROVIDERS_NAMECHEAP_H
#define RESEAL_PROVIDERS_NAMECHEAP_H

#include "description.h"

enum { RESEAL__NAMECHEAP_ERROR_TABLES = 12 };

extern const reseal__error_table reseal__namecheap_errors[RESEAL__NAMECHEAP_ERROR_TABLES];
extern const reseal__code_part reseal__namecheap_layers[], reseal__namecheap_kinds[], reseal__namecheap_topics[];

#endif
