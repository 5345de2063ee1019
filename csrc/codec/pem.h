/* PEM blocks (RFC 7468) and the DER in them, as far as it takes to tell a request, a certificate and a key from each other. */
#ifndef RESEAL_CODEC_PEM_H
#define RESEAL_CODEC_PEM_H

#include "codec/memory.h"

/*
 * Whether `text` is one certificate signing request in PEM. White space is tolerated before and after the block and at the
 * ends of its lines, which end by LF or CRLF and may have any length; nothing else is: no empty line, no header, no other text.
 * Its Base64 is canonical, and what it holds is a CertificationRequest (RFC 2986) in DER, down to every length. What the
 * request says (names, key, signature) is not looked at.
 */
bool reseal__is_request(const char *text, size_t len);
/* The same of certificates: one block or more. */
bool reseal__is_certificates(const char *text, size_t len);

/* What `text` is in place of a request or of a certificate, to stand after "; ". Never repeats a byte of it. */
void reseal__tell_request(const char *text, size_t len, reseal__buffer *message);
void reseal__tell_certificates(const char *text, size_t len, reseal__buffer *message);

#endif
