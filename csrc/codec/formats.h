/* The named formats that descriptions refer to. */
#ifndef RESEAL_CODEC_FORMATS_H
#define RESEAL_CODEC_FORMATS_H

#include "description.h"

extern const reseal__format reseal__format_domain;       /* a host name, perhaps with `*.` before it */
extern const reseal__format reseal__format_email;        /* lower case, as Realtime Register prints it */
extern const reseal__format reseal__format_voice;        /* +31.384530759 */
extern const reseal__format reseal__format_alphanumeric; /* letters and digits */
extern const reseal__format reseal__format_csr;          /* a PKCS#10 request in PEM */
extern const reseal__format reseal__format_certificate;  /* an X.509 certificate in PEM */
extern const reseal__format reseal__format_name;         /* a host name, of which only ASCII is asked */
extern const reseal__format reseal__format_ipv4;
extern const reseal__format reseal__format_phone;   /* +NNN.NNNNNNNNNN, as Namecheap prints it */
extern const reseal__format reseal__format_country; /* two letters */
extern const reseal__format reseal__format_date;    /* YYYY-MM-DD */
extern const reseal__format reseal__format_digits;
extern const reseal__format reseal__format_approver;   /* an e-mail address, HTTPCSRHASH or CNAMECSRHASH */
extern const reseal__format reseal__format_dcv_method; /* an e-mail address, HTTP_CSR_HASH or CNAME_CSR_HASH */
extern const reseal__format reseal__format_identifier; /* of a product or such: letters, digits, - _ . @ */
extern const reseal__format reseal__format_host;       /* a host name, no wildcard */
extern const reseal__format reseal__format_timestamp;  /* YYYY-MM-DDTHH:MM:SSZ or an offset */
extern const reseal__format reseal__format_address;    /* an e-mail address by its coarse shape */
extern const reseal__format reseal__format_segment;    /* one step of a path, to be escaped */
extern const reseal__format reseal__format_printable;  /* no control characters */

#endif
