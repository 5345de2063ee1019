/*
 * Looks at a seller's tables as somebody would who has to call it by them alone. For tests and for who writes tables: the library
 * does not have it.
 */
#ifndef RESEAL_LINT_LINT_H
#define RESEAL_LINT_LINT_H

#include "codec/memory.h"
#include "description.h"

/*
 * Walks all tables of a provider. Puts one line a finding, `provider method: kind: sentence`, where kind is `missing` (others need
 * it), `contradictory` (two columns, or a name and what it should name, do not fit), or `ignored` (a column that nothing reads as
 * the others are). Returns how many there are; 0: the tables are right.
 */
size_t reseal__lint(const reseal__provider *provider, reseal__buffer *out);

#endif
