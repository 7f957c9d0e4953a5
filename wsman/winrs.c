/* A lane for what is done one after another (Create, Command, Send, Delete), one for Receive, and one for Signals,
 * which must get past a Send that the command lets wait. */
#include "wsman/winrs.h"

#include "wsman/fault.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_kind.h"
#include "wsman/trace.h"

#include <stdlib.h>

enum { LANE_CONTROL, LANE_RECEIVE, LANE_SIGNAL, LANE_COUNT };

struct wsman_winrs {
    struct wsman_http *http;
    const struct wsman_target *target;
    struct wsman_winrs_options options;
    const struct wsman_winrs_sink *sink;
    void *up;
    struct wsman_shell *shell;
    struct wsman_lane *lanes[LANE_COUNT]; /* the signals' is made when it is needed */
    enum { SHELL_NONE, SHELL_OPENING, SHELL_OPEN, SHELL_DELETING, SHELL_GONE } shell_state;
    enum { COMMAND_NONE, COMMAND_BEGINNING, COMMAND_RUNNING, COMMAND_ENDED, COMMAND_FORGOTTEN } command_state;
    char *command_id;
    struct icm_buf input;
    size_t sending; /* bytes of it that are in a Send */
    bool input_ends, end_is_sent;
    const char *signal; /* to be sent */
    bool is_started, is_closing, has_ended, has_failed, is_closed;
};

static void advance(struct wsman_winrs *w);

/* ---- what goes wrong ---- */

static void drop_input(struct wsman_winrs *w)
{
    icm_buf_reset(&w->input);
    w->sending = 0;
    w->input_ends = w->end_is_sent = true;
}

static void fail(struct wsman_winrs *w, const struct icm_error *why)
{
    drop_input(w);
    w->signal = NULL;
    if (w->has_failed || w->is_closing || w->has_ended)
        return;
    w->has_failed = true;
    w->sink->failed(w->up, why);
}

/* ---- sending ---- */

static void on_exchange(void *context, const struct wsman_exchange *exchange);

static enum icm_code make_lane(struct wsman_winrs *w, int lane, struct icm_error *err)
{
    if (w->lanes[lane])
        return ICM_OK;
    enum icm_code code = wsman_lane_new(&w->lanes[lane], w->http, w->target, on_exchange, w, err);
    if (code == ICM_OK)
        wsman_lane_keep_body(w->lanes[lane], w->options.trace != NULL);
    return code;
}

/* @code and @err: of the request's making */
static bool post(struct wsman_winrs *w, int lane, enum icm_code code, struct wsman_request *request,
                 struct icm_error *err)
{
    if (code == ICM_OK)
        code = make_lane(w, lane, err);
    if (code == ICM_OK) {
        wsman_trace_envelope(w->options.trace, w->options.computer, true, 0, icm_buf_slice(&request->envelope));
        code = wsman_lane_post(w->lanes[lane], request, err);
    }
    if (code != ICM_OK)
        fail(w, err);
    wsman_request_reset(request);
    icm_error_reset(err);
    return code == ICM_OK;
}

static bool is_idle(const struct wsman_winrs *w, int lane)
{
    return !w->lanes[lane] || !wsman_lane_is_busy(w->lanes[lane]);
}

static void try_create(struct wsman_winrs *w)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (w->shell_state != SHELL_NONE || w->is_closing || !is_idle(w, LANE_CONTROL))
        return;
    w->shell_state = SHELL_OPENING;
    enum icm_code code = wsman_shell_create(w->shell, icm_slice_of(NULL, 0), &request, &err);
    if (!post(w, LANE_CONTROL, code, &request, &err))
        w->shell_state = SHELL_GONE;
}

static void try_command(struct wsman_winrs *w)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (w->shell_state != SHELL_OPEN || w->command_state != COMMAND_NONE || !w->options.line.command ||
        w->is_closing || w->has_failed || !is_idle(w, LANE_CONTROL))
        return;
    w->command_state = COMMAND_BEGINNING;
    enum icm_code code = wsman_shell_command_line(w->shell, &w->options.line, &request, &err);
    if (!post(w, LANE_CONTROL, code, &request, &err))
        w->command_state = COMMAND_FORGOTTEN;
}

static void try_send(struct wsman_winrs *w)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    size_t room = wsman_shell_payload_max(w->shell, WSMAN_SEND);

    if (w->command_state != COMMAND_RUNNING || w->is_closing || w->has_failed || !is_idle(w, LANE_CONTROL) ||
        (w->input.size == 0 && (!w->input_ends || w->end_is_sent)))
        return;
    w->sending = w->input.size < room ? w->input.size : room;
    bool is_last = w->input_ends && w->sending == w->input.size;
    struct icm_slice bytes = icm_slice_of(w->input.data, w->sending);
    enum icm_code code = (is_last ? wsman_shell_send_last : wsman_shell_send)(w->shell, w->command_id, "stdin", bytes,
                                                                              &request, &err);
    if (post(w, LANE_CONTROL, code, &request, &err))
        w->end_is_sent = is_last;
}

static void try_receive(struct wsman_winrs *w)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (w->command_state != COMMAND_RUNNING || w->is_closing || w->has_failed || !is_idle(w, LANE_RECEIVE))
        return;
    enum icm_code code = wsman_shell_receive(w->shell, w->command_id, &request, &err);
    post(w, LANE_RECEIVE, code, &request, &err);
}

static void set_cancel_timeout(const struct wsman_winrs *w, struct wsman_request *request)
{
    if (w->options.cancel_timeout_ms)
        request->timeout_ms = w->options.cancel_timeout_ms;
}

/* By the control lane, unless that one waits. */
static void try_signal(struct wsman_winrs *w)
{
    int lane = is_idle(w, LANE_CONTROL) ? LANE_CONTROL : LANE_SIGNAL;
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!w->signal || w->command_state < COMMAND_RUNNING || w->shell_state != SHELL_OPEN || !is_idle(w, lane))
        return;
    enum icm_code code = wsman_shell_signal(w->shell, w->command_id, w->signal, &request, &err);
    w->signal = NULL;
    if (code == ICM_OK)
        set_cancel_timeout(w, &request);
    post(w, lane, code, &request, &err);
}

/* the last word to the command: the server forgets it */
static void try_terminate(struct wsman_winrs *w)
{
    if (!w->is_closing || w->command_state < COMMAND_RUNNING || w->command_state == COMMAND_FORGOTTEN ||
        !is_idle(w, LANE_CONTROL))
        return;
    w->command_state = COMMAND_FORGOTTEN;
    w->signal = WSMAN_SIGNAL_TERMINATE;
    try_signal(w);
}

static void try_delete(struct wsman_winrs *w)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!w->is_closing || w->shell_state != SHELL_OPEN || !is_idle(w, LANE_CONTROL))
        return;
    w->shell_state = SHELL_DELETING;
    enum icm_code code = wsman_shell_delete(w->shell, &request, &err);
    if (code == ICM_OK)
        set_cancel_timeout(w, &request);
    if (!post(w, LANE_CONTROL, code, &request, &err))
        w->shell_state = SHELL_GONE;
}

static void try_end(struct wsman_winrs *w)
{
    if (!w->is_closing || w->is_closed || !(w->shell_state == SHELL_NONE || w->shell_state == SHELL_GONE))
        return;
    for (int i = 0; i < LANE_COUNT; i++)
        if (w->lanes[i])
            wsman_lane_cancel(w->lanes[i]);
    w->is_closed = true;
    w->sink->closed(w->up);
}

/* What is due, the most urgent first. */
static void advance(struct wsman_winrs *w)
{
    static void (*const tries[])(struct wsman_winrs *) = {try_signal, try_terminate, try_delete,  try_create,
                                                          try_command, try_send,     try_receive, try_end};

    for (size_t i = 0; w->is_started && i < ICM_COUNT(tries); i++)
        tries[i](w);
}

/* ---- what comes back ---- */

/* WinRM 3.0 and later describe the shell in their answer, and take 500 KB. shared/protocol/windows-quirks.md */
static void opened(struct wsman_winrs *w, const struct wsman_message *reply)
{
    w->shell_state = SHELL_OPEN;
    if (reply->output_streams.size > 0)
        wsman_shell_set_envelope_max(w->shell, WSMAN_ENVELOPE_LATER);
}

static void began(struct wsman_winrs *w, const struct wsman_message *reply)
{
    struct icm_error err = {0};

    w->command_id = reply->command_id.size > 0 ? strndup((const char *)reply->command_id.data, reply->command_id.size)
                                               : NULL;
    w->command_state = w->command_id ? COMMAND_RUNNING : COMMAND_FORGOTTEN;
    if (w->command_id)
        return;
    if (reply->command_id.size > 0)
        icm_nomem(&err);
    else
        icm_fail(&err, ICM_SYNTAX, "MS-WSMV 3.1.4.11", "the answer to Command names no command");
    fail(w, &err);
    icm_error_reset(&err);
}

static void sent(struct wsman_winrs *w, const struct wsman_message *reply)
{
    (void)reply;
    icm_buf_drop(&w->input, w->sending);
    w->sending = 0;
    if (w->command_state == COMMAND_RUNNING && !w->is_closing)
        w->sink->hungry(w->up);
}

static void deliver(struct wsman_winrs *w, const struct wsman_message *reply)
{
    for (const struct wsman_stream *s = reply->streams; s; s = s->next) {
        int number = wsman_stream_number(wsman_shell_kinds[WSMAN_SHELL_CMD].output_streams, s->name);

        if (number >= 0 && s->size > 0 && !w->is_closing)
            w->sink->output(w->up, number, icm_slice_of(reply->payload.data + s->offset, s->size));
    }
}

/* The streams of an answer stand before what it says of the command's state, wherever that is written. */
static void received(struct wsman_winrs *w, const struct wsman_message *reply)
{
    if (w->command_state != COMMAND_RUNNING)
        return;
    deliver(w, reply);
    if (!icm_slice_is(reply->command_state, WSMAN_COMMAND_STATE_DONE))
        return;
    w->command_state = COMMAND_ENDED;
    w->has_ended = true;
    drop_input(w);
    if (!w->is_closing)
        w->sink->ended(w->up, reply->has_exit_code ? reply->exit_code : -1);
}

static void deleted(struct wsman_winrs *w, const struct wsman_message *reply)
{
    (void)reply;
    w->shell_state = SHELL_GONE;
}

static void (*const on_reply[WSMAN_OPERATION_COUNT])(struct wsman_winrs *, const struct wsman_message *) = {
    [WSMAN_CREATE] = opened, [WSMAN_COMMAND] = began,     [WSMAN_SEND] = sent,
    [WSMAN_RECEIVE] = received, [WSMAN_DELETE] = deleted,
};

/* The command reads no more input, or is gone already: what it said tells more. */
static bool is_input_unwanted(const struct icm_error *err)
{
    static const uint32_t codes[] = {WSMAN_CODE_NO_SUCH_SHELL, WSMAN_CODE_BROKEN_PIPE, WSMAN_CODE_NO_DATA,
                                     WSMAN_CODE_BROKEN_PIPE_WRAPPED, WSMAN_CODE_NO_DATA_WRAPPED};

    for (size_t i = 0; err->fault && i < ICM_COUNT(codes); i++)
        if (err->fault->wsman_code == codes[i])
            return true;
    return false;
}

/* what a failed exchange leaves behind */
static void on_failure(struct wsman_winrs *w, enum wsman_operation operation, enum icm_code code,
                       const struct icm_error *err)
{
    if (operation == WSMAN_CREATE || operation == WSMAN_DELETE)
        w->shell_state = SHELL_GONE;
    if (operation == WSMAN_COMMAND)
        w->command_state = COMMAND_FORGOTTEN;
    if (operation == WSMAN_SIGNAL && code == ICM_FAULT)
        return; /* it has ended meanwhile, and the Receive says how */
    if (operation == WSMAN_SEND && code == ICM_FAULT && is_input_unwanted(err))
        drop_input(w);
    else
        fail(w, err);
}

static void on_exchange(void *context, const struct wsman_exchange *exchange)
{
    struct wsman_winrs *w = context;
    enum wsman_operation operation = exchange->request->operation;
    struct icm_error err = {0};
    enum icm_code code = exchange->code;

    if (w->options.trace && exchange->body.size > 0)
        wsman_trace_envelope(w->options.trace, w->options.computer, false, exchange->status, exchange->body);
    if (code == ICM_OK)
        code = wsman_shell_take(w->shell, exchange->request, exchange->status, exchange->reply, &err);
    else
        icm_error_copy(&err, exchange->err);
    if (code == ICM_OK && on_reply[operation])
        on_reply[operation](w, exchange->reply);
    else if (code != ICM_OK && code != ICM_AGAIN) /* nothing to say for so long: ask again */
        on_failure(w, operation, code, &err);
    icm_error_reset(&err);
    advance(w);
}

/* ---- the caller ---- */

void wsman_winrs_start(struct wsman_winrs *w)
{
    w->is_started = true;
    advance(w);
}

void wsman_winrs_input(struct wsman_winrs *w, struct icm_slice bytes)
{
    struct icm_error err = {0};

    if (w->input_ends)
        return;
    icm_buf_add(&w->input, bytes);
    if (icm_buf_check(&w->input, &err) != ICM_OK) /* input with a hole is worse than none */
        fail(w, &err);
    icm_error_reset(&err);
    advance(w);
}

void wsman_winrs_input_end(struct wsman_winrs *w)
{
    w->input_ends = true;
    advance(w);
}

size_t wsman_winrs_queued(const struct wsman_winrs *w)
{
    return w->input.size;
}

bool wsman_winrs_is_running(const struct wsman_winrs *w)
{
    return w->command_state == COMMAND_RUNNING && !w->has_failed;
}

void wsman_winrs_signal(struct wsman_winrs *w, const char *code)
{
    if (w->command_state > COMMAND_RUNNING || w->has_failed)
        return;
    w->signal = code;
    advance(w);
}

void wsman_winrs_close(struct wsman_winrs *w)
{
    if (w->is_closing)
        return;
    w->is_closing = true;
    w->is_started = true;
    if (w->command_state == COMMAND_RUNNING && w->lanes[LANE_CONTROL]) /* a Send that waits would hold us up */
        wsman_lane_cancel(w->lanes[LANE_CONTROL]);
    advance(w);
}

enum icm_code wsman_winrs_new(struct wsman_winrs **out, struct wsman_http *http, const struct wsman_target *target,
                              const struct wsman_winrs_options *options, const struct wsman_winrs_sink *sink, void *up,
                              struct icm_error *err)
{
    struct wsman_winrs *w = calloc(1, sizeof *w);

    if (!w)
        return icm_nomem(err);
    w->http = http;
    w->target = target;
    w->options = *options;
    w->options.shell.resource_uri = WSMAN_RESOURCE_CMD;
    w->sink = sink;
    w->up = up;
    enum icm_code code = wsman_shell_new(&w->shell, &w->options.shell, err);
    if (code == ICM_OK)
        code = make_lane(w, LANE_CONTROL, err);
    if (code == ICM_OK)
        code = make_lane(w, LANE_RECEIVE, err);
    if (code != ICM_OK) {
        wsman_winrs_free(w);
        return code;
    }
    *out = w;
    return ICM_OK;
}

void wsman_winrs_free(struct wsman_winrs *w)
{
    if (!w)
        return;
    for (int i = 0; i < LANE_COUNT; i++)
        wsman_lane_free(w->lanes[i]);
    wsman_shell_free(w->shell);
    icm_buf_reset(&w->input);
    free(w->command_id);
    free(w);
}
