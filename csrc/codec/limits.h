/*
 * What bounds an exchange, what is read of its answer, and what a call's parameters may be: the values without a wish, and the
 * most that can be wished. The codec, the transports and the clients of every host take them from here (`reseal_limits`).
 */
#ifndef RESEAL_CODEC_LIMITS_H
#define RESEAL_CODEC_LIMITS_H

#define RESEAL__BYTES 8388608u /* of an answer's body */
#define RESEAL__MOST_BYTES 1073741824u
#define RESEAL__DEPTH 64 /* nesting of an answer and of parameters */
#define RESEAL__MOST_DEPTH 512
#define RESEAL__ITEMS 1000000 /* of a result and of parameters */
#define RESEAL__MOST_ITEMS 16000000
#define RESEAL__TIMEOUT 60 /* seconds for a whole exchange */
#define RESEAL__MOST_TIMEOUT 3600
#define RESEAL__CONNECT_TIMEOUT 10 /* seconds until the connection, with TLS, stands */
#define RESEAL__MOST_CONNECT_TIMEOUT 3600
#define RESEAL__HEAD_BYTES 65536   /* of an answer's header lines, interim ones included; nobody can wish for more */
#define RESEAL__HEADER_BYTES 65536 /* of a name or a value that is sent; the same */

#endif
