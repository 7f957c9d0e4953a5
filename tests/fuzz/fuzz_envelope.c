/* Laws: how an envelope is split changes neither the verdict nor what it says; and what reads is within its bounds. */
#include "wsman/limits.h"
#include "wsman/message.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static void add(struct icm_buf *out, struct icm_slice text)
{
    must(text.size <= WSMAN_TEXT_MAX);
    icm_buf_add_be64(out, text.size);
    icm_buf_add(out, text);
}

static void add_pairs(struct icm_buf *out, const struct wsman_pair *pair)
{
    for (size_t count = 0; pair; pair = pair->next) {
        must(++count <= WSMAN_SELECTORS_MAX);
        add(out, pair->name);
        add(out, pair->value);
        icm_buf_add_u8(out, pair->must_comply);
    }
}

static void add_streams(struct icm_buf *out, const struct wsman_message *m)
{
    size_t count = 0, end = 0;

    for (const struct wsman_stream *stream = m->streams; stream; stream = stream->next, count++) {
        must(stream->offset >= end && stream->size <= m->payload.size - stream->offset);
        end = stream->offset + stream->size;
        add(out, stream->name);
        add(out, stream->command_id);
        icm_buf_add_be64(out, stream->size);
        icm_buf_add_u8(out, stream->is_end);
    }
    must(count == m->stream_count && count <= WSMAN_STREAMS_MAX);
}

static void add_items(struct icm_buf *out, const struct wsman_message *m)
{
    size_t count = 0;

    for (const struct wsman_shell_info *shell = m->shells; shell; shell = shell->next, count++) {
        must(shell->idle_timeout_ms >= -1 && shell->run_time_ms >= -1);
        add(out, shell->shell_id);
        add(out, shell->state);
        icm_buf_add_be64(out, (uint64_t)shell->idle_timeout_ms);
    }
    for (const struct wsman_command_info *c = m->commands; c; c = c->next, count++)
        add(out, c->command_id);
    must(count <= m->item_count && m->item_count <= WSMAN_ITEMS_MAX + 1);
    icm_buf_add_be64(out, m->max_elements);
    icm_buf_add_be64(out, m->config.max_envelope_size_kb);
    icm_buf_add_u8(out, m->is_optimized);
    icm_buf_add_u8(out, m->is_end_of_sequence);
}

/* everything that an envelope says, as bytes */
static void add_message(struct icm_buf *out, const struct wsman_message *m)
{
    const struct icm_slice texts[] = {
        m->action, m->to, m->resource_uri, m->message_id, m->relates_to, m->operation_id, m->session_id,
        m->not_understood, m->not_understood_uri, m->body_name, m->shell_id, m->shell_name, m->command_id, m->command,
        m->input_streams, m->output_streams, m->desired_streams, m->signal_code, m->command_state, m->shell.owner,
        m->shell.process_id, m->product_vendor, m->product_version, m->protocol_version, m->fault_code, m->fault_subcode,
        m->fault_reason, m->fault_detail, m->enumeration_context, m->filter_dialect, m->buffer_mode, m->shell.state,
        m->shell.times[2],
    };

    for (size_t i = 0; i < ICM_COUNT(texts); i++)
        add(out, texts[i]);
    add_pairs(out, m->selectors);
    add_pairs(out, m->options);
    add_streams(out, m);
    add_pairs(out, m->filter);
    add_items(out, m);
    must(m->operation_timeout_ms >= -2 && m->idle_timeout_ms >= -1);
    icm_buf_add_be64(out, m->max_envelope_size);
    icm_buf_add_be64(out, (uint64_t)m->operation_timeout_ms);
    icm_buf_add_be64(out, (uint64_t)m->idle_timeout_ms);
    icm_buf_add_be64(out, (uint64_t)m->exit_code);
    icm_buf_add_be32(out, m->wsman_code);
    icm_buf_add_u8(out, (uint8_t)m->body);
    icm_buf_add(out, icm_buf_slice(&m->payload));
}

static enum icm_code transcript(struct wsman_reader *reader, struct icm_slice text, size_t piece, struct icm_buf *out)
{
    struct wsman_message *m;
    enum icm_code code = ICM_OK;

    wsman_reader_restart(reader, text.size);
    while (code == ICM_OK && text.size > 0) {
        size_t size = text.size < piece ? text.size : piece;
        code = wsman_reader_feed(reader, icm_slice_of(text.data, size), NULL);
        text = icm_slice_from(text, size);
    }
    if (code == ICM_OK)
        code = wsman_reader_finish(reader, &m, NULL);
    if (code == ICM_OK)
        add_message(out, m);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wsman_reader *reader;
    struct icm_buf whole = {0}, split = {0};
    struct icm_slice input = icm_slice_of(data, size);

    if (!reader)
        must(wsman_reader_new(&reader, 1, NULL) == ICM_OK);
    enum icm_code code = transcript(reader, input, size, &whole);
    enum icm_code other = transcript(reader, input, 1 + size % 7, &split);
    must((code == ICM_OK) == (other == ICM_OK));
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    return 0;
}
