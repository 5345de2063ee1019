/* The words for what parameters and fields mean, whatever a seller calls them. */
#ifndef RESEAL_CODEC_ROLES_H
#define RESEAL_CODEC_ROLES_H

#include "description.h"

/* NULL for RESEAL__ROLE_NONE. */
const char *reseal__role_name(reseal__role role);
/* One sentence, with units. */
const char *reseal__role_doc(reseal__role role);

#endif
