/* What none of our calls makes goes out as it was recorded, with the live ids, and its answer is read and judged by
 * ours. */
#include "tests/replay/driver_private.h"

#include "auth/auth.h"
#include "wsman/names.h"

#include <stdio.h>

/* what our reader is told that it has asked for */
static const enum wsman_operation judged_as[REPLAY_OPERATION_COUNT] = {
    [REPLAY_UNKNOWN] = WSMAN_OPERATION_COUNT,
    [REPLAY_IDENTIFY] = WSMAN_IDENTIFY,
    [REPLAY_CREATE] = WSMAN_CREATE,
    [REPLAY_COMMAND] = WSMAN_COMMAND,
    [REPLAY_SEND] = WSMAN_SEND,
    [REPLAY_RECEIVE] = WSMAN_RECEIVE,
    [REPLAY_SIGNAL] = WSMAN_SIGNAL,
    [REPLAY_DELETE] = WSMAN_DELETE,
    [REPLAY_DISCONNECT] = WSMAN_DISCONNECT,
    [REPLAY_RECONNECT] = WSMAN_RECONNECT,
    [REPLAY_CONNECT] = WSMAN_CONNECT,
    [REPLAY_ENUMERATE] = WSMAN_ENUMERATE,
    [REPLAY_PULL] = WSMAN_PULL,
    [REPLAY_GET] = WSMAN_GET_SHELL,
};

static void tell_slice(struct icm_buf *out, const char *name, struct icm_slice text)
{
    if (text.size > 0)
        icm_buf_add_format(out, " %s=%.*s", name, text.size > 300 ? 300 : (int)text.size, (const char *)text.data);
}

static void tell_streams(struct icm_buf *out, const struct wsman_message *m)
{
    for (const struct wsman_stream *s = m->streams; s; s = s->next) {
        icm_buf_add_format(out, " %.*s:%zu", (int)s->name.size, (const char *)s->name.data, s->size);
        if (s->is_end)
            icm_buf_add_text(out, "!");
    }
    if (m->payload.size > 0 && m->payload.size <= 200) {
        icm_buf_add_text(out, " \"");
        for (size_t i = 0; i < m->payload.size; i++)
            icm_buf_add_u8(out, m->payload.data[i] < ' ' ? '.' : m->payload.data[i]);
        icm_buf_add_text(out, "\"");
    }
}

static void tell_reply(struct icm_buf *out, const struct wsman_message *m)
{
    const char *slash = NULL;
    struct icm_buf state = {0};

    icm_buf_add_format(out, " %.*s", (int)m->body_name.size, m->body_name.size ? (const char *)m->body_name.data : "");
    tell_streams(out, m);
    icm_buf_add(&state, m->command_state);
    slash = strrchr(icm_buf_text(&state), '/');
    tell_slice(out, "state", icm_slice_text(slash ? slash + 1 : icm_buf_text(&state)));
    icm_buf_reset(&state);
    if (m->has_exit_code)
        icm_buf_add_format(out, " exit=%lld", (long long)m->exit_code);
    if (m->config.max_envelope_size_kb > 0)
        icm_buf_add_format(out, " envelope=%llu KB", (unsigned long long)m->config.max_envelope_size_kb);
    tell_slice(out, "shell", m->shell.state);
    tell_slice(out, "vendor", m->product_vendor);
    tell_slice(out, "product", m->product_version);
    tell_slice(out, "fault", m->fault_code);
    tell_slice(out, "subcode", m->fault_subcode);
    if (m->has_wsman_code)
        icm_buf_add_format(out, " code=%u", m->wsman_code);
}

static void on_done(void *context, const struct wsman_exchange *exchange)
{
    struct replay_driver *d = context;
    struct replay_step *s = &d->dialogue->steps[d->raw_step];
    struct icm_buf *told = &d->lives[s->target].told;
    enum wsman_operation operation =
        judged_as[s->request.operation] == WSMAN_OPERATION_COUNT ? WSMAN_OPERATION_COUNT : exchange->request->operation;
    struct icm_error err = {0};
    enum icm_code code = exchange->code;

    d->progress++;
    psrp_drive_wake(d->drive);
    icm_buf_add_format(told, "  %s: %u", replay_operation_name(s->request.operation), exchange->status);
    if (exchange->reply)
        tell_reply(told, exchange->reply);
    if (code != ICM_OK)
        icm_error_copy(&err, exchange->err);
    else if (operation != WSMAN_OPERATION_COUNT)
        code = wsman_shell_take(d->shell, exchange->request, exchange->status, exchange->reply, &err);
    icm_buf_add_format(told, " -> %s%s%s\n", icm_code_name(code), err.code != ICM_OK ? ": " : "",
                       err.code != ICM_OK ? err.text : "");
    bool is_explained = code == ICM_OK || code == ICM_AGAIN || s->row->status != 200;
    if (!is_explained)
        replay_driver_complain(d, "%s: %s", replay_operation_name(s->request.operation), err.text);
    icm_error_reset(&err);
}

/* what an answer of this body is one to */
static const struct {
    enum wsman_body body;
    enum wsman_operation operation;
} answered[] = {
    {WSMAN_BODY_RESOURCE_CREATED, WSMAN_CREATE},
    {WSMAN_BODY_COMMAND_RESPONSE, WSMAN_COMMAND},
    {WSMAN_BODY_RECEIVE_RESPONSE, WSMAN_RECEIVE},
    {WSMAN_BODY_FAULT, WSMAN_RECEIVE},
};

/* As if it had been asked for. */
static void judge_answer(const struct replay_row *row, const struct wsman_message *m, struct icm_buf *told)
{
    static const struct wsman_shell_options options = {.url = "http://server/wsman"};
    struct wsman_request request = {.operation = WSMAN_IDENTIFY};
    struct wsman_shell *shell = NULL;
    struct icm_error err = {0};

    if (wsman_shell_new(&shell, &options, NULL) != ICM_OK)
        return;
    for (size_t i = 0; i < ICM_COUNT(answered); i++)
        if (answered[i].body == m->body)
            request.operation = answered[i].operation;
    snprintf(request.message_id, sizeof request.message_id, "%.*s", (int)m->relates_to.size,
             m->relates_to.size ? (const char *)m->relates_to.data : "");
    enum icm_code code = wsman_shell_take(shell, &request, row->status, m, &err);
    icm_buf_add_format(told, " -> %s%s%s%s%s", icm_code_name(code), err.code != ICM_OK ? ": " : "",
                       err.code != ICM_OK ? err.text : "", code == ICM_OK && wsman_shell_id(shell) ? ", shell " : "",
                       code == ICM_OK && wsman_shell_id(shell) ? wsman_shell_id(shell) : "");
    icm_error_reset(&err);
    wsman_shell_free(shell);
}

/* Answers without their requests: what they say. */
void replay_driver_read_answers(struct replay_driver *d)
{
    struct wsman_reader *reader = NULL;

    if (wsman_reader_new(&reader, 1, NULL) != ICM_OK)
        return;
    for (size_t i = 0; i < d->dialogue->count; i++) {
        const struct replay_row *row = d->dialogue->steps[i].row;
        struct icm_buf *told = &d->lives[d->dialogue->steps[i].target].told;
        struct wsman_message *m = NULL;
        struct icm_error err = {0};
        if (row->has_request || !row->has_response)
            continue;
        wsman_reader_restart(reader, 16 * 1024 * 1024);
        enum icm_code code = wsman_reader_feed(reader, icm_buf_slice(&row->response), &err);
        if (code == ICM_OK)
            code = wsman_reader_finish(reader, &m, &err);
        icm_buf_add_format(told, "  answer %zu: %u", i + 1, row->status);
        if (code == ICM_OK) {
            tell_reply(told, m);
            judge_answer(row, m, told);
        } else {
            replay_driver_complain(d, "answer %zu: %s", i + 1, err.text);
        }
        icm_buf_add_text(told, "\n");
        icm_error_reset(&err);
    }
    wsman_reader_free(reader);
}

enum icm_code replay_driver_make_http(struct replay_driver *d, struct icm_error *err)
{
    return d->http ? ICM_OK : wsman_http_new(&d->http, &d->loop, err);
}

static enum icm_code make_lane(struct replay_driver *d, struct icm_error *err)
{
    static const struct auth_credential credential = {
        .user = (char *)(uintptr_t)REPLAY_USER,
        .password = {(uint8_t *)(uintptr_t)REPLAY_PASSWORD, sizeof REPLAY_PASSWORD - 1, 0, false}};
    const struct wsman_target target = {
        .url = replay_server_url(d->server),
        .computer = "server",
        .mechanism = auth_mechanism_find("Basic"),
        .credential = &credential,
        .allow_unencrypted = true,
    };
    const struct wsman_shell_options shell = {.url = replay_server_url(d->server)};

    if (d->lane)
        return ICM_OK;
    enum icm_code code = replay_driver_make_http(d, err);
    if (code == ICM_OK)
        code = wsman_shell_new(&d->shell, &shell, err);
    return code == ICM_OK ? wsman_lane_new(&d->lane, d->http, &target, on_done, d, err) : code;
}

enum icm_code replay_driver_send_raw(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct wsman_request request = {
        .operation = judged_as[s->request.operation], .timeout_ms = 10000, .reply_max = 16 * 1024 * 1024};

    enum icm_code code = make_lane(d, err);
    if (code != ICM_OK)
        return code;
    if (wsman_lane_is_busy(d->lane))
        return ICM_AGAIN;
    if (icm_slice_is(s->request.resource_uri, WSMAN_RESOURCE_CONFIG)) { /* which ours asks for itself */
        code = wsman_shell_get_config(d->shell, &request, err);
    } else {
        if (request.operation == WSMAN_OPERATION_COUNT)
            request.operation = WSMAN_IDENTIFY; /* of which the lane asks least */
        snprintf(request.message_id, sizeof request.message_id, "%.*s", (int)s->request.message_id.size,
                 s->request.message_id.size ? (const char *)s->request.message_id.data : "");
        replay_substitute(&d->dialogue->ids, icm_buf_slice(&s->row->request), s->request.message_id, &request.envelope);
    }
    d->raw_step = index;
    if (code == ICM_OK)
        code = wsman_lane_post(d->lane, &request, err);
    wsman_request_reset(&request);
    return code;
}
