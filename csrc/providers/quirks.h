/*
 * What the providers' answers do that no column of a description says. One function per quirk, with its reason and its
 * source; the flags are RESEAL__QUIRK_… in description.h.
 */
#ifndef RESEAL_PROVIDERS_QUIRKS_H
#define RESEAL_PROVIDERS_QUIRKS_H

#include "codec/xml.h"
#include "description.h"

/* Whether the only item of list `field` lies bare in `node`, without the element that should wrap it. */
bool reseal__quirk_unwrapped(const reseal__method *method, const reseal__xml *xml, size_t node,
                             const reseal__field *field);

#endif
