/* DER (X.690), read in one go without memory of its own: from bytes, or from Base64 that was found to be proper. */
#ifndef RESEAL_CODEC_DER_H
#define RESEAL_CODEC_DER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct reseal__der {
  const char *text;
  size_t len;  /* of the text */
  bool base64; /* white space among it is passed over */
  size_t size; /* bytes that the text stands for */
} reseal__der;

typedef enum reseal__der_kind {
  RESEAL__DER_BROKEN, /* no DER, or cut off */
  RESEAL__DER_REQUEST,
  RESEAL__DER_CERTIFICATE,
  RESEAL__DER_KEY,           /* private: PKCS#8, RSA, EC */
  RESEAL__DER_ENCRYPTED_KEY, /* private, encrypted PKCS#8 */
  RESEAL__DER_PUBLIC_KEY,
  RESEAL__DER_PKCS7,
  RESEAL__DER_PKCS12,
  RESEAL__DER_OTHER
} reseal__der_kind;

/* By its shape. Requests and certificates are read whole; of the others, what tells them apart. */
reseal__der_kind reseal__der_kind_of(const reseal__der *der);

/* The value of a letter of Base64's alphabet; -1 for every other. */
int reseal__base64_value(char c);

#endif
