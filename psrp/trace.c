#include "psrp/trace.h"

#include "psrp/message.h"

#include <stdio.h>

static void trace_fragment(struct icm_trace *t, const char *computer, bool sent, const char *target,
                           const struct psrp_fragment *fragment)
{
    struct icm_json *json = icm_trace_begin(t, computer, sent, "fragment");

    icm_json_member_text(json, "target", target);
    icm_json_key_text(json, "object_id");
    icm_json_u64(json, fragment->object_id);
    icm_json_key_text(json, "fragment_id");
    icm_json_u64(json, fragment->fragment_id);
    icm_json_key_text(json, "start");
    icm_json_bool(json, fragment->flags & PSRP_FRAGMENT_START);
    icm_json_key_text(json, "end");
    icm_json_bool(json, fragment->flags & PSRP_FRAGMENT_END);
    icm_json_key_text(json, "size");
    icm_json_u64(json, fragment->blob.size);
    icm_trace_end(t);
}

void psrp_trace_fragments(struct icm_trace *t, struct psrp_trace_stream *stream, const char *computer, bool sent,
                          const char *target, struct icm_slice bytes)
{
    struct psrp_fragment fragment;

    if (!t)
        return;
    icm_buf_add(&stream->rest, bytes);
    struct icm_slice in = icm_buf_slice(&stream->rest);
    while (psrp_fragment_read(&in, &fragment, NULL) == ICM_OK)
        trace_fragment(t, computer, sent, target, &fragment);
    icm_buf_drop(&stream->rest, stream->rest.size - in.size);
}

void psrp_trace_stream_reset(struct psrp_trace_stream *stream)
{
    icm_buf_reset(&stream->rest);
}

/* Copy CLIXML without what stands in <SS>: encrypted or, at protocol 2.4, clear. */
static void redact(struct icm_buf *out, struct icm_slice in)
{
    const uint8_t *open;

    while (in.size > 0 && (open = memmem(in.data, in.size, "<SS", 3))) {
        size_t before = (size_t)(open - in.data);
        struct icm_slice tag = icm_slice_from(in, before);
        const uint8_t *close = memchr(tag.data, '>', tag.size);
        size_t head = close ? (size_t)(close - in.data) + 1 : in.size;

        icm_buf_add(out, icm_slice_of(in.data, head));
        in = icm_slice_from(in, head);
        const uint8_t *end = in.size > 0 ? memchr(in.data, '<', in.size) : NULL;
        size_t size = end ? (size_t)(end - in.data) : in.size;
        if (size > 0)
            icm_buf_add_text(out, "[secret]");
        in = icm_slice_from(in, size);
    }
    icm_buf_add(out, in);
}

static void add_ids(struct icm_json *json, const struct psrp_message *message)
{
    const struct {
        const char *name;
        const struct icm_guid *guid;
    } ids[] = {{"pool_id", &message->pool_id}, {"pipeline_id", &message->pipeline_id}};

    for (size_t i = 0; i < ICM_COUNT(ids); i++) {
        char text[ICM_GUID_TEXT + 1];

        if (icm_guid_is_zero(ids[i].guid))
            continue;
        icm_guid_format_lower(ids[i].guid, text);
        icm_json_member_text(json, ids[i].name, text);
    }
}

void psrp_trace_message(struct icm_trace *t, const char *computer, bool sent, struct icm_slice bytes)
{
    struct psrp_message message;
    struct icm_buf text = {0};
    char number[16];

    if (!t || psrp_message_read(bytes, &message, NULL) != ICM_OK)
        return;
    struct icm_json *json = icm_trace_begin(t, computer, sent, "message");
    const char *name = psrp_message_name(message.type);
    snprintf(number, sizeof number, "0x%08X", message.type);
    icm_json_member_text(json, "type", name ? name : number);
    add_ids(json, &message);
    redact(&text, message.payload);
    icm_json_key_text(json, "clixml");
    icm_json_string(json, icm_buf_slice(&text));
    icm_trace_end(t);
    icm_buf_reset(&text);
}
