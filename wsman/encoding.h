/* In which of the two encodings of WS-Management an envelope is written, UTF-8 or UTF-16, and from one to the other. A
 * UTF-16 envelope is known by its first bytes, whatever a header says of it. DSP0226 13.1; XML 1.0 F.1. Pure. */
#ifndef WSMAN_ENCODING_H
#define WSMAN_ENCODING_H

#include "base/buf.h"

/** Whether @envelope, whole or its beginning, is UTF-16: by its byte order mark, or a '<' of two bytes. */
bool wsman_is_utf16(struct icm_slice envelope);

/** "application/soap+xml;charset=UTF-8", or UTF-16, as @envelope is. */
const char *wsman_content_type(struct icm_slice envelope);
const char *wsman_charset(struct icm_slice envelope);

/** Make @envelope, which is UTF-8, UTF-16 of little end, with a byte order mark: what Windows writes. What it was is
 * wiped. */
enum icm_code wsman_encode_utf16(struct icm_buf *envelope, struct icm_error *err);

enum { WSMAN_UTF16_MARK = 2 /* bytes of the mark */ };

/* Makes UTF-8 of an envelope that comes in pieces, whatever it is. */
struct wsman_decoder {
    enum { WSMAN_UNKNOWN, WSMAN_UTF8, WSMAN_UTF16_LE, WSMAN_UTF16_BE } encoding;
    uint8_t pending[4]; /* a character that has not come whole; in front of all the bytes that tell the encoding */
    size_t pending_size;
    struct icm_buf text;
};

void wsman_decoder_restart(struct wsman_decoder *d); /* the zero value is ready, too */
void wsman_decoder_reset(struct wsman_decoder *d);

/** *@out is what became whole of @bytes and those before: UTF-8, valid until the next call. Bytes that are UTF-8 are
 * not copied, but for the first two where they come one by one. At most PIECE of UTF-16 bytes are taken at once, and go
 * off the front of @bytes. */
enum icm_code wsman_decoder_feed(struct wsman_decoder *d, struct icm_slice *bytes, struct icm_slice *out,
                                 struct icm_error *err);

/** The envelope has ended; *@out: what was kept back. ICM_SYNTAX: inside a character of UTF-16. */
enum icm_code wsman_decoder_finish(struct wsman_decoder *d, struct icm_slice *out, struct icm_error *err);

#endif
