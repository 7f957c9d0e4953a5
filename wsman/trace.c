#include "wsman/trace.h"

#include "wsman/encoding.h"

#include <stdlib.h>

/* the elements whose text is a payload: local names, whatever the prefix is */
static const char *const payload_elements[] = {"Stream", "Arguments", "creationXml", "connectXml",
                                               "connectResponseXml"};

static const uint8_t *find(struct icm_slice in, char c)
{
    return in.size > 0 ? memchr(in.data, c, in.size) : NULL;
}

static bool is_name_end(uint8_t c)
{
    return c == ' ' || c == '>' || c == '\t' || c == '\n' || c == '\r' || c == '/';
}

/* @tag: what stands behind '<' */
static bool opens_payload(struct icm_slice tag)
{
    size_t size = 0;

    while (size < tag.size && !is_name_end(tag.data[size]))
        size++;
    struct icm_slice name = icm_slice_of(tag.data, size);
    const uint8_t *colon = find(name, ':');
    if (colon)
        name = icm_slice_from(name, (size_t)(colon - name.data) + 1);
    for (size_t i = 0; i < ICM_COUNT(payload_elements); i++)
        if (icm_slice_is(name, payload_elements[i]))
            return true;
    return false;
}

/* Copy @in, each payload's text replaced by "[N characters]". Envelopes that are not well-formed are copied as far as
 * they have tags. */
static void redact(struct icm_buf *out, struct icm_slice in)
{
    const uint8_t *open;

    while ((open = find(in, '<'))) {
        struct icm_slice tag = icm_slice_from(in, (size_t)(open - in.data) + 1);
        const uint8_t *close = find(tag, '>');
        bool is_payload = close && opens_payload(tag) && close[-1] != '/';
        size_t copied = close ? (size_t)(close - in.data) + 1 : in.size;

        icm_buf_add(out, icm_slice_of(in.data, copied));
        in = icm_slice_from(in, copied);
        if (!is_payload)
            continue;
        const uint8_t *end = find(in, '<');
        size_t size = end ? (size_t)(end - in.data) : in.size;
        if (size > 0)
            icm_buf_add_format(out, "[%zu characters]", size);
        in = icm_slice_from(in, size);
    }
    icm_buf_add(out, in);
}

/* as far as it can be */
static void decode(struct icm_buf *out, struct icm_slice envelope)
{
    struct wsman_decoder d = {0};
    struct icm_slice text;

    while (envelope.size > 0 && wsman_decoder_feed(&d, &envelope, &text, NULL) == ICM_OK)
        icm_buf_add(out, text);
    wsman_decoder_reset(&d);
}

void wsman_trace_envelope(struct icm_trace *t, const char *computer, bool sent, unsigned status,
                          struct icm_slice envelope)
{
    struct icm_json *json = icm_trace_begin(t, computer, sent, "envelope");
    ICM_OWN(icm_buf_reset) struct icm_buf plain = {0};
    struct icm_buf text = {0};

    if (!json)
        return;
    if (wsman_is_utf16(envelope))
        decode(&plain, envelope);
    redact(&text, plain.size > 0 ? icm_buf_slice(&plain) : envelope);
    if (status > 0) {
        icm_json_key_text(json, "status");
        icm_json_u64(json, status);
    }
    icm_json_key_text(json, "envelope");
    icm_json_string(json, icm_buf_slice(&text));
    icm_trace_end(t);
    icm_buf_reset(&text);
}
