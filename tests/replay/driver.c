#include "tests/replay/driver_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 2000, FAREWELL_MS = 100, HURRY = 5 };

void replay_driver_complain(struct replay_driver *d, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    icm_buf_add_format(&d->outcome->complaints, "%s\n", line);
}

size_t replay_driver_shell_of(const struct replay_driver *d, const struct replay_step *s)
{
    struct icm_slice shell_id = d->dialogue->targets[s->target].shell_id;

    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->dialogue->targets[i].command_id.size == 0 &&
            icm_slice_equal_nocase(d->dialogue->targets[i].shell_id, shell_id))
            return i;
    return s->target;
}

/* ---- the loop ---- */

static void do_steps(struct replay_driver *d)
{
    struct icm_error err = {0};

    while (d->next < d->dialogue->count) {
        enum icm_code code = replay_driver_do(d, d->next, &err);
        if (code == ICM_AGAIN)
            return;
        if (code == ICM_USAGE || code == ICM_STATE)
            replay_driver_pass_over(d, d->next, &err);
        else if (code != ICM_OK)
            replay_driver_complain(d, "%s cannot be done: %s",
                                   replay_operation_name(d->dialogue->steps[d->next].request.operation), err.text);
        icm_error_reset(&err);
        d->next++;
        d->progress++;
    }
}

static void on_changed(void *context)
{
    struct replay_driver *d = context;

    d->progress++;
    psrp_drive_wake(d->drive);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct replay_driver *d = timer->data;

    d->silence = d->progress == d->seen_progress ? d->silence + 1 : 0;
    d->is_stuck = d->silence > 1; /* a loop that was held up finds the timer due before all that has come meanwhile */
    d->seen_progress = d->progress;
    psrp_drive_wake(d->drive);
}

static bool has_sessions(const struct replay_driver *d)
{
    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->lives[i].session)
            return true;
    return false;
}

static void turn(struct replay_driver *d)
{
    struct psrp_session *from;
    struct psrp_event event = {0};

    if (!has_sessions(d))
        uv_run(&d->loop, UV_RUN_ONCE);
    else if (psrp_drive_next(d->drive, &from, &event, NULL) == ICM_OK)
        replay_driver_take(d, from, &event);
    psrp_event_reset(&event);
}

static bool is_raw_busy(const struct replay_driver *d)
{
    return d->lane && wsman_lane_is_busy(d->lane);
}

static bool is_done(const struct replay_driver *d)
{
    return d->next == d->dialogue->count && replay_dialogue_has_reached(d->dialogue, d->next) &&
           replay_driver_is_quiet(d, d->next) && !is_raw_busy(d);
}

/* A request whose answer never comes holds up what would be said behind it. */
static bool is_mute(const struct replay_driver *d)
{
    for (size_t i = 0; i < d->dialogue->count; i++) {
        const struct replay_step *s = &d->dialogue->steps[i];
        if (s->is_taken && !s->row->has_response && s->lane == REPLAY_CONTROL)
            return true;
    }
    return false;
}

static bool all_closed(struct replay_driver *d)
{
    bool are_closed = true;

    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->lives[i].winrs && !replay_winrs_is_closed(d->lives[i].winrs)) {
            replay_winrs_close(d->lives[i].winrs);
            are_closed = replay_winrs_is_closed(d->lives[i].winrs) && are_closed;
        }

    for (size_t i = 0; i < d->dialogue->target_count; i++) {
        if (!d->lives[i].session || d->lives[i].has_ended)
            continue;
        psrp_session_close(d->lives[i].session);
        are_closed = false;
    }
    return are_closed;
}

/* Where our calls do not come to what the recorded client did, it goes as it was recorded: once. */
static bool gets_unstuck(struct replay_driver *d)
{
    struct icm_error err = {0};

    if (d->next >= d->dialogue->count || d->tried_raw == d->next + 1)
        return false;
    d->tried_raw = d->next + 1;
    struct replay_step *s = &d->dialogue->steps[d->next];
    bool is_sent = s->row->has_request && replay_driver_send_raw(d, d->next, &err) == ICM_OK;
    icm_error_reset(&err);
    if (!is_sent)
        return false;
    icm_buf_add_format(&d->lives[s->target].told, "  %s is sent as it was recorded\n",
                       replay_operation_name(s->request.operation));
    d->next++;
    d->is_stuck = false;
    return true;
}

static void play(struct replay_driver *d)
{
    for (do_steps(d); !is_done(d) && (!d->is_stuck || gets_unstuck(d)); do_steps(d))
        turn(d);
    if (d->is_stuck)
        replay_driver_complain(d, "stuck at exchange %zu of %zu (%s)", d->next + 1, d->dialogue->count,
                               d->next < d->dialogue->count
                                   ? replay_operation_name(d->dialogue->steps[d->next].request.operation)
                                   : "end");
    while (!d->is_stuck && !is_mute(d) && !all_closed(d))
        turn(d);
}

/* ---- life ---- */

static enum icm_code make(struct replay_driver *d, struct icm_error *err)
{
    const struct replay_server_options server = {.piece = d->options->piece,
                                                 .piece_max = d->options->piece_max,
                                                 .cut_at = d->options->cut_at,
                                                 .packs = d->options->packs,
                                                 .twists = d->options->twists,
                                                 .hurry = HURRY,
                                                 .changed = on_changed,
                                                 .context = d};
    const struct cli_renderer_options renderer = {.format = CLI_OUTPUT_JSON, .hide_computer_name = true};

    enum icm_code code = psrp_drive_new(&d->drive, &d->loop, err);
    if (code == ICM_OK)
        code = psrp_wsman_new(&d->wsman, &d->loop, err);
    if (code == ICM_OK)
        code = cli_renderer_new(&d->renderer, &renderer, err);
    if (code == ICM_OK)
        code = psrp_clixml_reader_new(&d->reader, err);
    if (code == ICM_OK)
        code = replay_server_new(&d->server, &d->loop, d->capture, &server, err);
    if (code != ICM_OK)
        return code;
    d->dialogue = replay_server_dialogue(d->server);
    psrp_drive_set_farewell(d->drive, FAREWELL_MS);
    d->lives = calloc(d->dialogue->target_count + 1, sizeof *d->lives);
    return d->lives ? ICM_OK : icm_nomem(err);
}

static void unmake(struct replay_driver *d)
{
    while (d->calls) {
        struct replay_call *call = d->calls;
        d->calls = call->next;
        psrp_event_reset(&call->event);
        free(call);
    }
    if (d->lister)
        d->lister->ops->free(d->lister);
    psrp_drive_free(d->drive);
    for (size_t i = 0; d->lives && i < d->dialogue->target_count; i++)
        replay_winrs_free(d->lives[i].winrs);
    wsman_lane_free(d->lane);
    wsman_shell_free(d->shell);
    wsman_http_free(d->http);
    psrp_wsman_free(d->wsman);
    for (size_t i = 0; d->lives && i < d->dialogue->target_count; i++)
        icm_buf_reset(&d->lives[i].told);
    free(d->lives);
    replay_server_free(d->server);
    psrp_clixml_reader_free(d->reader);
    cli_renderer_free(d->renderer);
    uv_close((uv_handle_t *)&d->watchdog, NULL);
    while (uv_loop_close(&d->loop) == UV_EBUSY)
        uv_run(&d->loop, UV_RUN_ONCE);
}

enum icm_code replay_run(struct replay_outcome *out, const struct replay_capture *capture,
                         const struct replay_run_options *options, struct icm_error *err)
{
    struct replay_driver d = {.capture = capture, .options = options, .outcome = out};
    uint32_t patience_ms = options->patience_ms ? options->patience_ms : PATIENCE_MS;

    *out = (struct replay_outcome){0};
    if (uv_loop_init(&d.loop) != 0)
        return icm_fail(err, ICM_IO, NULL, "no loop");
    uv_timer_init(&d.loop, &d.watchdog);
    d.watchdog.data = &d;
    enum icm_code code = make(&d, err);
    if (code == ICM_OK) {
        uv_timer_start(&d.watchdog, on_watchdog, patience_ms, patience_ms);
        play(&d);
        replay_driver_read_answers(&d);
        replay_dialogue_compare(d.dialogue);
        replay_driver_check(&d);
        replay_driver_tell(&d);
        icm_buf_add(&out->complaints, icm_buf_slice(&d.dialogue->complaints));
        icm_buf_add(&out->extras, icm_buf_slice(&d.dialogue->extras));
    }
    unmake(&d);
    return code;
}

void replay_outcome_reset(struct replay_outcome *o)
{
    icm_buf_reset(&o->told);
    icm_buf_reset(&o->complaints);
    icm_buf_reset(&o->extras);
}
