/* The error object from the inside. Every function takes a NULL error and does nothing. */
#ifndef RESEAL_CODEC_ERROR_H
#define RESEAL_CODEC_ERROR_H

#include "codec/memory.h"
#include "description.h"

/* The allocator of `err`, or malloc and free. */
reseal__memory reseal__error_memory(const reseal_error *err);

/*
 * Starts a fault and returns the buffer into which its message is put until the next fault starts. `code` is copied; `number` is
 * the code as a number, or 0. `param` may be NULL.
 */
reseal__buffer *reseal__fault(reseal_error *err, const char *code, int64_t number, const char *param, size_t param_len,
                              uint32_t provider_code);

/* The verdict over all faults; `class` is a RESEAL_CLASS_…, `outcome` a RESEAL_OUTCOME_…. */
void reseal__error_verdict(reseal_error *err, int class, reseal__category category, reseal__retry retry, int outcome,
                           const char *advice);
void reseal__error_http(reseal_error *err, int status, int64_t retry_after);
/* Where in the body the answer stops making sense; NO_OFFSET: nowhere in particular. */
enum { RESEAL__NO_OFFSET = -1 };
void reseal__error_offset(reseal_error *err, int64_t offset);
/* What the answer named: an id of at most RESEAL__MOST_HANDLE bytes. It outlives a lack of memory. */
enum { RESEAL__MOST_HANDLE = 40 };
void reseal__error_handle(reseal_error *err, const char *id, size_t len);
bool reseal__error_has_handle(const reseal_error *err);
/* What else the answer told, an object; it belongs to the error from then on. */
void reseal__error_details(reseal_error *err, reseal_result *details);
/* Whether a fault or a text of one is missing for want of memory. */
bool reseal__error_failed(const reseal_error *err);

/* Refused here: class invalid, outcome not_sent. Returns RESEAL_EINVALID, or RESEAL_ENOMEM. */
int reseal__refuse(reseal_error *err);
/* Refuses a call without the handle `name`, as `reseal__refuse`. */
int reseal__no_handle(reseal_error *err, const char *name);
/* What that returned, for who comes after it. */
int reseal__refused(const reseal_error *err);
/* No memory: replaces whatever stood in `err`. Returns RESEAL_ENOMEM. */
int reseal__no_memory(reseal_error *err, int outcome);

/* The public numbers of what tables say. */
int reseal__retry_of(reseal__retry retry);
int reseal__outcome_of(reseal__outcome outcome);

#endif
