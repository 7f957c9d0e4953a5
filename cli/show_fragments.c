/* Fragments and the messages that they make. */
#include "cli/show_private.h"
#include "cli/visible.h"
#include "psrp/defragmenter.h"
#include "psrp/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct cli_show_stream {
    char direction;
    char *target;
    const char *name; /* a literal */
    struct icm_buf rest; /* of a fragment whose end has not come */
    struct psrp_defragmenter *messages;
    struct cli_show_stream *next;
};

static void stream_free(struct cli_show_stream *stream)
{
    free(stream->target);
    icm_buf_reset(&stream->rest);
    psrp_defragmenter_free(stream->messages);
    free(stream);
}

void cli_show_reset(struct cli_show *s)
{
    while (s->streams) {
        struct cli_show_stream *next = s->streams->next;

        stream_free(s->streams);
        s->streams = next;
    }
    icm_buf_reset(&s->out);
    *s = (struct cli_show){0};
}

void cli_show_line(struct cli_show *s, char mark, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    icm_buf_add_u8(&s->out, (uint8_t)mark);
    icm_buf_add_u8(&s->out, ' ');
    cli_visible_add(&s->out, icm_slice_text(text), true);
    icm_buf_add_u8(&s->out, '\n');
}

void cli_show_text(struct icm_buf *out, struct icm_slice text)
{
    bool is_cut = text.size > CLI_SHOW_TEXT_MAX;

    cli_visible_add(out, icm_slice_of(text.data, is_cut ? CLI_SHOW_TEXT_MAX : text.size), true);
    if (is_cut)
        icm_buf_add_format(out, "... [%zu bytes]", text.size);
}

static struct cli_show_stream *find(const struct cli_show *s, char direction, struct icm_slice target, const char *name)
{
    for (struct cli_show_stream *stream = s->streams; stream; stream = stream->next)
        if (stream->direction == direction && strcmp(stream->name, name) == 0 &&
            icm_slice_equal_nocase(icm_slice_text(stream->target), target))
            return stream;
    return NULL;
}

static struct cli_show_stream *add(struct cli_show *s, char direction, struct icm_slice target, const char *name)
{
    bool is_room = s->stream_count < CLI_SHOW_STREAMS_MAX;
    struct cli_show_stream *stream = is_room ? calloc(1, sizeof *stream) : NULL;

    if (!stream)
        return NULL;
    stream->direction = direction;
    stream->name = name;
    stream->target = target.size > 0 ? strndup((const char *)target.data, target.size) : strdup("");
    if (!stream->target || psrp_defragmenter_new(&stream->messages, PSRP_MESSAGE_MAX, NULL) != ICM_OK) {
        stream_free(stream);
        return NULL;
    }
    stream->next = s->streams;
    s->streams = stream;
    s->stream_count++;
    return stream;
}

static void show_message(struct cli_show *s, char direction, struct icm_slice bytes)
{
    char pool[ICM_GUID_TEXT + 1], pipeline[ICM_GUID_TEXT + 1];
    struct psrp_message m;
    struct icm_error why = {0};

    if (psrp_message_read(bytes, &m, &why) != ICM_OK) {
        cli_show_line(s, '!', "a message of %zu bytes that is none: %s", bytes.size, why.text);
        icm_error_reset(&why);
        return;
    }
    const char *name = psrp_message_name(m.type);
    icm_guid_format_lower(&m.pool_id, pool);
    icm_guid_format_lower(&m.pipeline_id, pipeline);
    char mark = direction != '-' ? direction : m.destination == PSRP_TO_SERVER ? '>' : '<';
    cli_show_line(s, mark, "message %s (0x%08X) to the %s, pool %s%s%s, %zu bytes", name ? name : "of an unknown type",
                  m.type, m.destination == PSRP_TO_SERVER ? "server" : "client", pool,
                  icm_guid_is_zero(&m.pipeline_id) ? "" : ", pipeline ",
                  icm_guid_is_zero(&m.pipeline_id) ? "" : pipeline, bytes.size);
    cli_show_clixml(&s->out, m.payload);
}

static void show_messages(struct cli_show *s, struct cli_show_stream *stream)
{
    struct icm_buf message = {0};

    while (psrp_defragmenter_next(stream->messages, &message, NULL) == ICM_OK)
        show_message(s, stream->direction, icm_buf_slice(&message));
    icm_buf_reset(&message);
}

/* a stream that broke the order may find it again at the next start */
static void start_over(struct cli_show *s, struct cli_show_stream *stream, struct icm_error *why)
{
    cli_show_line(s, '!', "%s%s%s", why->text, why->spec ? ", " : "", why->spec ? why->spec : "");
    icm_error_reset(why);
    psrp_defragmenter_free(stream->messages);
    stream->messages = NULL;
    if (psrp_defragmenter_new(&stream->messages, PSRP_MESSAGE_MAX, NULL) != ICM_OK)
        s->out.failed = true;
}

static void show_fragment(struct cli_show *s, struct cli_show_stream *stream, const struct psrp_fragment *f,
                          struct icm_slice bytes)
{
    struct icm_error why = {0};

    s->has_understood = true;
    cli_show_line(s, stream->direction, "fragment %llu of object %llu%s%s, %zu bytes, %s of %s",
                  (unsigned long long)f->fragment_id, (unsigned long long)f->object_id,
                  f->flags & PSRP_FRAGMENT_START ? ", start" : "", f->flags & PSRP_FRAGMENT_END ? ", end" : "",
                  f->blob.size, stream->name, stream->target);
    if (psrp_defragmenter_feed(stream->messages, bytes, &why) != ICM_OK)
        start_over(s, stream, &why);
    else
        show_messages(s, stream);
}

static void show_whole_fragments(struct cli_show *s, struct cli_show_stream *stream)
{
    struct icm_slice in = icm_buf_slice(&stream->rest), before = in;
    struct psrp_fragment fragment;
    struct icm_error why = {0};
    enum icm_code code;

    while (!s->out.failed && (code = psrp_fragment_read(&in, &fragment, &why)) == ICM_OK) {
        show_fragment(s, stream, &fragment, icm_slice_of(before.data, before.size - in.size));
        before = in;
    }
    if (!s->out.failed && code != ICM_AGAIN) {
        start_over(s, stream, &why);
        in.size = 0;
    }
    icm_buf_drop(&stream->rest, stream->rest.size - in.size);
}

void cli_show_fragments(struct cli_show *s, char direction, struct icm_slice target, const char *name,
                        struct icm_slice bytes)
{
    struct cli_show_stream *stream = find(s, direction, target, name);

    if (!stream)
        stream = add(s, direction, target, name);
    if (!stream) {
        cli_show_line(s, '!', "more than %d streams: %zu bytes are passed over", CLI_SHOW_STREAMS_MAX, bytes.size);
        return;
    }
    icm_buf_add(&stream->rest, bytes);
    show_whole_fragments(s, stream);
}

bool cli_show_are_fragments(const struct cli_show *s, char direction, struct icm_slice target, const char *name,
                            struct icm_slice bytes)
{
    const struct cli_show_stream *stream = find(s, direction, target, name);
    static const uint8_t object_id_front[4]; /* nobody counts to 2^32 objects; a text begins otherwise */

    if (stream && stream->rest.size > 0)
        return true;
    return bytes.size >= PSRP_FRAGMENT_HEADER && memcmp(bytes.data, object_id_front, sizeof object_id_front) == 0 &&
           bytes.data[16] <= (PSRP_FRAGMENT_START | PSRP_FRAGMENT_END);
}

void cli_show_end(struct cli_show *s)
{
    for (const struct cli_show_stream *stream = s->streams; stream; stream = stream->next)
        if (stream->rest.size > 0 || psrp_defragmenter_is_inside(stream->messages))
            cli_show_line(s, '!', "%s of %s ends inside a message", stream->name, stream->target);
}
