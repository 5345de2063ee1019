/* The named formats that descriptions refer to. */
#ifndef RESEAL_CODEC_FORMATS_H
#define RESEAL_CODEC_FORMATS_H

#include "description.h"

extern const reseal__format reseal__format_domain;       /* a host name, perhaps with `*.` before it */
extern const reseal__format reseal__format_email;        /* lower case, as Realtime Register prints it */
extern const reseal__format reseal__format_voice;        /* +31.384530759 */
extern const reseal__format reseal__format_alphanumeric; /* letters and digits */
extern const reseal__format reseal__format_csr;          /* a PKCS#10 request in PEM */
extern const reseal__format reseal__format_ipv4;
extern const reseal__format reseal__format_phone;   /* +NNN.NNNNNNNNNN, as Namecheap prints it */
extern const reseal__format reseal__format_country; /* two letters */
extern const reseal__format reseal__format_date;    /* YYYY-MM-DD */
extern const reseal__format reseal__format_digits;
extern const reseal__format reseal__format_approver;  /* an e-mail address, HTTPCSRHASH or CNAMECSRHASH */
extern const reseal__format reseal__format_address;   /* an e-mail address by its coarse shape */
extern const reseal__format reseal__format_printable; /* no control characters */

#endif
