/* Text from outside on its way into an error: an account's secrets never come through. */
#ifndef RESEAL_CODEC_MASK_H
#define RESEAL_CODEC_MASK_H

#include "codec/account.h"

/* Puts text in which every secret of the account, also percent-encoded or as it travels, is ***. `account` NULL: no account. */
void reseal__put_masked(reseal__buffer *buffer, const reseal_account *account, const char *text, size_t len);
/* The same for one line of `most` bytes: control characters become blanks, and a cut is said. */
void reseal__put_foreign(reseal__buffer *buffer, const reseal_account *account, const char *text, size_t len,
                         size_t most);
/* A name that somebody gave, in its place in a path: as it is, without what is too much. */
void reseal__put_given(reseal__buffer *buffer, const reseal_account *account, const char *name, size_t len);
/* The same in its place in a sentence. */
void reseal__put_name(reseal__buffer *buffer, const reseal_account *account, const char *name, size_t len);
/* Whether a secret of the account stands in the text. */
bool reseal__tells_secret(const reseal_account *account, const char *text, size_t len);

#endif
