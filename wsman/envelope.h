/* Writes envelopes: the header of a request or of an answer, then a body that the caller puts in. MS-WSMV 3.1.4.1. */
#ifndef WSMAN_ENVELOPE_H
#define WSMAN_ENVELOPE_H

#include "base/text.h"

/** A "uuid:" and an upper-case GUID, as Windows writes message ids. */
enum { WSMAN_MESSAGE_ID = 5 + ICM_GUID_TEXT };

struct wsman_option {
    const char *name, *value;
    bool must_comply;
};

/** What a request's header says. Texts are borrowed; NULL or 0 leaves a header out. */
struct wsman_request_header {
    const char *to, *action, *resource_uri, *locale, *data_locale;
    char message_id[WSMAN_MESSAGE_ID + 1];
    const char *session_id; /* "uuid:…" */
    uint32_t max_envelope_size;
    uint32_t operation_timeout_ms;
    const char *shell_id; /* the selector */
    const struct wsman_option *options;
    size_t option_count;
};

/** A fresh message id into @out (WSMAN_MESSAGE_ID characters and an end). */
enum icm_code wsman_message_id_new(char *out, struct icm_error *err);

/** Append everything up to and with <s:Body>. */
void wsman_request_begin(struct icm_buf *out, const struct wsman_request_header *header);

/** Append an answer's envelope up to and with <s:Body>, in the form and order of Windows. @relates_to as it was sent,
 * or empty. */
enum icm_code wsman_response_begin(struct icm_buf *out, const char *action, struct icm_slice relates_to,
                                   struct icm_error *err);

/** The same for the fault about a header that must be understood and was not: it names the header. SOAP 1.2 part
 * 1, 5.4.8. */
enum icm_code wsman_not_understood_begin(struct icm_buf *out, struct icm_slice relates_to, struct icm_slice name,
                                         struct icm_slice namespace_uri, struct icm_error *err);

/** Append </s:Body></s:Envelope>. */
void wsman_envelope_end(struct icm_buf *out);

#endif
