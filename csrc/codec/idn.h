/* Host names in their own letters, and the ASCII form in which they travel. */
#ifndef RESEAL_CODEC_IDN_H
#define RESEAL_CODEC_IDN_H

#include "codec/memory.h"

/*
 * Puts the ASCII form of a host name (UTF-8): each label that has other letters as `xn--` and its Punycode (RFC 3492). Letters
 * are made small as far as a table of Latin, Greek and Cyrillic goes. Returns false, and puts nothing, for names that would
 * need the full mapping of IDNA: combining marks, forms that Unicode makes others of (full width, ligatures), capitals and
 * letters of other scripts than Latin, Greek, Cyrillic, Hebrew, Arabic, kana, Han and Hangul, symbols; and for labels or names that
 * get too long. The sharp s and the final sigma stay what they are, as IDNA 2008 has it.
 */
bool reseal__put_ascii_name(reseal__buffer *out, const char *text, size_t len);
/* Whether a byte of it is none of ASCII. */
bool reseal__has_own_letters(const char *text, size_t len);

#endif
