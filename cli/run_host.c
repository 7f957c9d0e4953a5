#include "cli/run_host.h"

#include "cli/run.h"
#include "psrp/over_process.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { STOP_MS = 1200 /* a stop may take so long, where the user said nothing: with the farewell behind it, less than 2 s */ };

static uint64_t time_in(const struct cli_host *h, int64_t ms)
{
    return uv_now(h->run->loop) + (uint64_t)ms;
}

/* The run looks at it before it waits again. */
static void move_deadline(struct cli_host *h)
{
    h->run->deadlines_moved = true;
    psrp_drive_wake(h->run->drive);
}

/* ---- how it ends ---- */

static const char *state_name(const struct cli_host *h)
{
    if (h->why.code != ICM_OK || h->end == PSRP_PIPELINE_FAILED)
        return "Failed";
    return h->end == PSRP_PIPELINE_COMPLETED ? "Completed" : "Stopped";
}

/* Windows' codes have 32 bits, and Unix's eight: what is not 0 stays so. */
static int native_status(int64_t code)
{
    return code != 0 && (code & 0xff) == 0 ? 0xff : (int)(code & 0xff);
}

/* That we stopped it ourselves is the run's to say, not this computer's. */
static int status_of(const struct cli_host *h)
{
    if (h->exit_code.is_known && h->run->is_alone && h->why.code == ICM_OK && h->end == PSRP_PIPELINE_COMPLETED)
        return native_status(h->exit_code.number);
    if (h->why.code != ICM_OK)
        return CLI_EXIT_BROKEN;
    if (h->had_errors || h->end == PSRP_PIPELINE_FAILED)
        return CLI_EXIT_ERRORS;
    return h->end == PSRP_PIPELINE_COMPLETED || h->was_stopped ? CLI_EXIT_OK : CLI_EXIT_ERRORS;
}

static void write_status(struct cli_run *run, const struct cli_status *status)
{
    cli_render_status(run->renderer, &run->writer.sink, status);
    cli_writer_settle(&run->writer);
}

/* Nobody wants answers of it any more. */
static void leave_console(struct cli_host *h)
{
    cli_debugger_leave(&h->debugger);
    if (h->run->console)
        cli_console_forget(h->run->console, h);
}

static void finish(struct cli_host *h)
{
    struct cli_run *run = h->run;
    const struct cli_status status = {
        .computer = h->target->computer,
        .state = state_name(h),
        .had_errors = h->had_errors || h->end == PSRP_PIPELINE_FAILED,
        .exit_code = h->exit_code,
        .why = h->why.code != ICM_OK ? &h->why : NULL,
        .record = h->ending.value,
    };

    h->state = CLI_HOST_DONE;
    h->next_done = run->done;
    run->done = h;
    h->deadline_ms = 0;
    cli_queue_leave(&h->reader);
    leave_console(h);
    write_status(run, &status);
    if (run->status < status_of(h))
        run->status = status_of(h);
    psrp_session_free(h->session);
    h->session = NULL;
    h->pipeline = NULL;
    psrp_drive_wake(run->drive); /* its place is free for the next */
}

void cli_host_skip(struct cli_run *run, const struct cli_target *target)
{
    const struct cli_status status = {.computer = target->computer, .state = "Stopped"};

    write_status(run, &status);
}

/* ---- what records do: -ErrorAction and the like ---- */

static const struct {
    enum psrp_event_type type;
    enum cli_acting acting;
} actings[] = {
    {PSRP_EVENT_ERROR, CLI_ON_ERROR},     {PSRP_EVENT_WARNING, CLI_ON_WARNING}, {PSRP_EVENT_INFORMATION, CLI_ON_INFORMATION},
    {PSRP_EVENT_PROGRESS, CLI_ON_PROGRESS}, {PSRP_EVENT_VERBOSE, CLI_ON_VERBOSE}, {PSRP_EVENT_DEBUG, CLI_ON_DEBUG},
};

static int action_on(const struct cli_run *run, enum psrp_event_type type)
{
    for (size_t i = 0; i < ICM_COUNT(actings); i++)
        if (actings[i].type == type)
            return run->options->actions[actings[i].acting];
    return CLI_ACTION_CONTINUE;
}

static bool is_shown(int action)
{
    return action == CLI_ACTION_CONTINUE || action == CLI_ACTION_STOP;
}

/* What Write-Host says is shown whatever -InformationAction is; about_Preference_Variables. */
static bool is_from_write_host(const struct psrp_event *event)
{
    return event->type == PSRP_EVENT_INFORMATION &&
           psrp_value_is_type(psrp_value_member(event->value, "MessageData"),
                              "System.Management.Automation.HostInformationMessage");
}

/* Nothing is told twice: the record has been shown, and all computers stop. */
static void stop_if_asked(struct cli_run *run, int action)
{
    if (action != CLI_ACTION_STOP)
        return;
    run->wants_stop = true;
    if (run->status < CLI_EXIT_ERRORS)
        run->status = CLI_EXIT_ERRORS;
}

/* The first reason is the one that counts: what follows is its consequence. */
static void fail(struct cli_host *h, const struct icm_error *why)
{
    if (h->why.code != ICM_OK)
        return;
    icm_error_copy(&h->why, why);
    struct icm_fault *fault = icm_error_fault(&h->why);
    if (fault && !fault->computer)
        icm_set_text(&fault->computer, h->target->computer);
    int action = action_on(h->run, PSRP_EVENT_ERROR);
    if (is_shown(action)) {
        cli_render_failure(h->run->renderer, &h->run->writer.sink, h->target->computer, &h->why);
        cli_writer_settle(&h->run->writer);
    }
    stop_if_asked(h->run, action);
}

static void close_session(struct cli_host *h)
{
    h->state = CLI_HOST_CLOSING;
    cli_queue_leave(&h->reader);
    leave_console(h);
    psrp_session_close(h->session);
}

/* ---- how it begins ---- */

static enum icm_code make_transport(const struct cli_run *run, const struct cli_target *target, struct icm_guid pool_id,
                                    struct psrp_transport **out, struct icm_error *err)
{
    struct psrp_over_wsman_options over = target->transport;

    if (target->local)
        return psrp_over_process_new(out, run->loop, target->local->words, err);
    over.pool_id = pool_id;
    over.trace = run->trace;
    return psrp_over_wsman_new(out, run->wsman, &over, err);
}

static enum icm_code open_session(struct cli_host *h, struct icm_error *err)
{
    const struct cli_run *run = h->run;
    const struct cli_target *target = h->target;
    struct psrp_transport *transport;
    struct icm_guid pool_id;

    enum icm_code code = icm_guid_random(&pool_id, err);
    if (code == ICM_OK)
        code = make_transport(run, target, pool_id, &transport, err);
    if (code != ICM_OK)
        return code;
    const struct psrp_session_options session = {
        .pool = {.pool_id = pool_id,
                 .apartment_state = PSRP_APARTMENT_UNKNOWN,
                 .application_arguments = target->application_arguments,
                 .host = run->console ? cli_console_info(run->console) : NULL,
                 .wants_events = run->options->remote_debug,
                 .message_max = target->object_max,
                 .pipeline_max = target->data_max},
        .computer = target->computer,
        .tag = h,
        .trace = run->trace,
    };
    return psrp_session_open(&h->session, run->drive, transport, &session, err);
}

struct cli_host *cli_host_new(struct cli_run *run, const struct cli_target *target)
{
    struct cli_host *h = calloc(1, sizeof *h);
    struct icm_error err = {0};

    if (!h)
        return NULL;
    h->run = run;
    h->target = target;
    h->reader.queue = run->input ? cli_input_queue(run->input) : NULL;
    h->exit_code.is_asked = run->options->native_exit_code;
    cli_debugger_init(&h->debugger, &run->debuggers, run->console, h, target->computer);
    if (open_session(h, &err) != ICM_OK) {
        fail(h, &err);
        finish(h);
    } else if (target->open_timeout_ms > 0) {
        h->deadline_ms = time_in(h, target->open_timeout_ms);
    }
    icm_error_reset(&err);
    return h;
}

void cli_host_free(struct cli_host *h)
{
    cli_queue_leave(&h->reader);
    leave_console(h);
    cli_debugger_reset(&h->debugger);
    psrp_session_free(h->session);
    psrp_event_reset(&h->ending);
    icm_error_reset(&h->why);
    free(h);
}

/* As psrp_pipeline_new does it for a script and positional arguments, and with the values of its $Using: expressions. */
static enum icm_code run_script(struct cli_host *h, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct cli_options *o = h->run->options;
    struct psrp_command command;
    const struct psrp_creation creation = {
        .commands = &command,
        .command_count = 1,
        .has_input = h->run->input != NULL,
        .add_to_history = true,
        .redirect_error_output = true,
        .apartment_state = PSRP_APARTMENT_UNKNOWN,
    };

    enum icm_code code =
        cli_using_command(&a, o->script, o->arguments, h->run->usings, h->server_version, &command, err);
    if (h->target->local)
        command.use_local_scope = o->no_new_scope ? PSRP_NO : PSRP_YES;
    return code == ICM_OK ? psrp_session_create(h->session, &creation, &h->pipeline, err) : code;
}

/* An engine that is told nothing begins in the user's home. It may have no cmdlets. */
static enum icm_code run_enter(struct cli_host *h, struct icm_error *err)
{
    static const char text[] = "param($folder) $ExecutionContext.SessionState.Path.SetLocation("
                               "[System.Management.Automation.WildcardPattern]::Escape($folder)) | Out-Null";
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    char folder[PATH_MAX];
    const struct psrp_value *argument =
        getcwd(folder, sizeof folder) ? psrp_value_string(&a, folder) : psrp_value_string(&a, "/");
    const struct psrp_script script = {.text = icm_slice_text(text), .arguments = &argument, .argument_count = 1};

    return argument ? psrp_session_run(h->session, &script, &h->pipeline, err) : icm_nomem(err);
}

/* ---- what comes ---- */

static void go_on(struct cli_host *h, enum cli_host_state state,
                  enum icm_code (*run)(struct cli_host *h, struct icm_error *err))
{
    struct icm_error err = {0};

    h->state = state;
    if (run(h, &err) != ICM_OK) {
        fail(h, &err);
        close_session(h);
    }
    icm_error_reset(&err);
}

static enum icm_code arm(struct cli_host *h, struct icm_error *err)
{
    bool is_armed;

    enum icm_code code = cli_debugger_arm(&h->debugger, h->session, &is_armed, err);
    if (code != ICM_OK || !is_armed)
        return code;
    h->state = CLI_HOST_RUNNING;
    return run_script(h, err);
}

static void on_opened(struct cli_host *h)
{
    if (h->state != CLI_HOST_OPENING)
        return;
    h->deadline_ms = 0;
    if (h->target->local)
        go_on(h, CLI_HOST_ENTERING, run_enter);
    else if (h->run->options->remote_debug)
        go_on(h, CLI_HOST_ARMING, arm);
    else
        go_on(h, CLI_HOST_RUNNING, run_script);
}

/* Where it cannot go the script runs all the same. */
static void take_entering(struct cli_host *h, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_PIPELINE_STATE && event->pipeline == h->pipeline)
        go_on(h, CLI_HOST_RUNNING, run_script);
}

static void fail_with(struct cli_host *h, const struct icm_error *why, const char *otherwise)
{
    struct icm_error err = {0};

    if (!why || why->code == ICM_OK)
        icm_fail(&err, ICM_STATE, NULL, "%s", otherwise);
    fail(h, err.code != ICM_OK ? &err : why);
    icm_error_reset(&err);
}

static void take_arming(struct cli_host *h, const struct psrp_event *event)
{
    if (event->type != PSRP_EVENT_PIPELINE_STATE || !psrp_pipeline_has_ended(event->pipeline))
        return;
    if (event->pipeline_state == PSRP_PIPELINE_COMPLETED) {
        go_on(h, CLI_HOST_ARMING, arm);
        return;
    }
    fail_with(h, &event->warning,
              "its PowerShell has no remote debugger (-RemoteDebug): versions from 5 on have one, where the session's "
              "configuration does not restrict the language");
    close_session(h);
}

/* The server has left us, or given the session to another client: it lives on there, and is not ours to close. */
static void on_disconnected(struct cli_host *h, const struct psrp_event *event)
{
    if (h->state != CLI_HOST_CLOSING)
        fail_with(h, &event->warning, "the server disconnected the session before the script had ended");
    finish(h);
}

/* After the script's own end it no longer matters how the session goes. */
static void on_pool_over(struct cli_host *h, const struct psrp_event *event)
{
    if (h->state != CLI_HOST_CLOSING && event->pool_state == PSRP_POOL_BROKEN)
        fail_with(h, event->warning.code != ICM_OK ? &event->warning : psrp_session_failure(h->session),
                  "the session broke");
    else if (h->state != CLI_HOST_CLOSING)
        fail_with(h, NULL, "the server closed the session before the script had ended");
    finish(h);
}

static void on_pool_state(struct cli_host *h, struct psrp_event *event)
{
    if (event->pool_state == PSRP_POOL_OPENED)
        on_opened(h);
    else if (event->pool_state == PSRP_POOL_DISCONNECTED)
        on_disconnected(h, event);
    else if (event->pool_state == PSRP_POOL_BROKEN || event->pool_state == PSRP_POOL_CLOSED)
        on_pool_over(h, event);
}

/* ---- the native exit code: a variable of the runspace that the script has left ---- */

static void ask_exit_code(struct cli_host *h)
{
    const struct psrp_script script = {.text = icm_slice_text("$global:LASTEXITCODE")};

    h->state = CLI_HOST_ASKING;
    cli_queue_leave(&h->reader);
    cli_debugger_leave(&h->debugger);
    if (psrp_session_run(h->session, &script, &h->pipeline, NULL) != ICM_OK)
        close_session(h);
}

static void note_exit_code(struct cli_host *h, const struct psrp_value *value)
{
    if (h->exit_code.is_asked && !h->exit_code.is_known)
        h->exit_code.is_known = psrp_value_integer(value, &h->exit_code.number);
}

/* What else comes while we ask is nothing that the user's script has said. */
static void take_exit_code(struct cli_host *h, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_OUTPUT)
        note_exit_code(h, event->value);
    else if (event->type == PSRP_EVENT_PIPELINE_STATE && event->pipeline == h->pipeline &&
             psrp_pipeline_has_ended(h->pipeline))
        close_session(h);
}

/* A script that fails by its own error has a record of it; anything else that fails a pipeline is a broken way to it.
 */
static void on_pipeline_state(struct cli_host *h, struct psrp_event *event)
{
    bool is_closed = psrp_pool_state(psrp_session_pool(h->session)) == PSRP_POOL_CLOSED;

    if (h->state != CLI_HOST_RUNNING || !psrp_pipeline_has_ended(event->pipeline))
        return;
    h->end = event->pipeline_state;
    if (h->debugger.is_quitting && h->end == PSRP_PIPELINE_COMPLETED) { /* so the engine says of a script that was quit */
        h->end = PSRP_PIPELINE_STOPPED;
        h->was_stopped = true;
    }
    if (h->end == PSRP_PIPELINE_FAILED && event->warning.code != ICM_OK)
        fail(h, &event->warning);
    else if (h->end == PSRP_PIPELINE_STOPPED && !h->was_stopped && is_closed)
        fail_with(h, NULL, "the server closed the session before the script had ended");
    if (h->end == PSRP_PIPELINE_FAILED) {
        h->ending = *event;
        *event = (struct psrp_event){.type = PSRP_EVENT_PIPELINE_STATE};
    }
    if (h->exit_code.is_asked && !h->exit_code.is_known && h->end == PSRP_PIPELINE_COMPLETED)
        ask_exit_code(h);
    else
        close_session(h);
}

static void on_record(struct cli_host *h, struct psrp_event *event)
{
    int action = action_on(h->run, event->type);

    h->had_errors = h->had_errors || (event->type == PSRP_EVENT_ERROR && action != CLI_ACTION_IGNORE &&
                                      !cli_debugger_said(&h->debugger, event));
    if (!is_shown(action) && !is_from_write_host(event))
        return;
    cli_render_event(h->run->renderer, &h->run->writer.sink, h->target->computer, event);
    cli_writer_settle(&h->run->writer);
    if (!is_from_write_host(event) && !cli_debugger_said(&h->debugger, event))
        stop_if_asked(h->run, action);
}

/* A line typed at the debugger's prompt has failed, by an error of its own or on its way, and not the script. */
static void show_failure(struct cli_host *h, const struct psrp_event *end)
{
    const struct psrp_event error = {.type = PSRP_EVENT_ERROR, .value = end->value};

    if (end->value)
        cli_render_event(h->run->renderer, &h->run->writer.sink, h->target->computer, &error);
    else if (end->warning.code != ICM_OK)
        cli_render_failure(h->run->renderer, &h->run->writer.sink, h->target->computer, &end->warning);
    cli_writer_settle(&h->run->writer);
}

/* true: the event was the debugger's */
static bool take_debugging(struct cli_host *h, const struct psrp_event *event)
{
    struct icm_error err = {0};
    bool has_failed;

    if (!cli_debugger_take(&h->debugger, h->pipeline, event, &has_failed))
        return false;
    if (has_failed)
        show_failure(h, event);
    if (cli_debugger_go_on(&h->debugger, &err) != ICM_OK && h->state == CLI_HOST_RUNNING) {
        fail(h, &err);
        close_session(h);
    }
    icm_error_reset(&err);
    return true;
}

/* What it writes is rendered, as a record is; what it asks, the user answers in time. A script's exit says
 * SetShouldExit: the session is closed when the script has ended, as it is behind every script. */
static void on_host_call(struct cli_host *h, struct psrp_event *event)
{
    on_record(h, event);
    if (event->call.method == PSRP_HOST_SET_SHOULD_EXIT)
        note_exit_code(h, psrp_host_parameter(&event->call, 0));
    if (h->run->console)
        cli_console_take(h->run->console, h, h->target->computer, event);
}

void cli_host_answer(void *host, const struct psrp_event *event, const struct psrp_value *result, const char *why)
{
    struct cli_host *h = host;
    struct icm_error err = {0};

    if (h->state == CLI_HOST_DONE)
        return;
    enum icm_code code = event->type == PSRP_EVENT_HOST_CALL
                             ? psrp_session_answer(h->session, event, result, why, &err)
                             : cli_debugger_answer(&h->debugger, result, time_in(h, 0), &err);
    if (cli_debugger_due(&h->debugger) != 0)
        move_deadline(h);
    if (code != ICM_OK) {
        fail(h, &err);
        close_session(h);
    }
    icm_error_reset(&err);
}

void cli_host_take(struct cli_host *h, struct psrp_event *event)
{
    if (h->state == CLI_HOST_DONE)
        return;
    if (event->type == PSRP_EVENT_POOL_STATE)
        on_pool_state(h, event);
    else if (event->type == PSRP_EVENT_PRIVATE_DATA)
        h->server_version = cli_using_server_version(event->value);
    else if (h->state == CLI_HOST_ENTERING)
        take_entering(h, event);
    else if (h->state == CLI_HOST_ARMING)
        take_arming(h, event);
    else if (h->run->options->remote_debug && take_debugging(h, event))
        ; /* nothing of it is the script's */
    else if (h->state == CLI_HOST_ASKING)
        take_exit_code(h, event);
    else if (event->type == PSRP_EVENT_PIPELINE_STATE)
        on_pipeline_state(h, event);
    else if (event->type == PSRP_EVENT_HOST_CALL)
        on_host_call(h, event);
    else
        on_record(h, event);
}

/* ---- input ---- */

static size_t queued(const struct cli_host *h)
{
    return psrp_session_queued(h->session, h->pipeline);
}

bool cli_host_is_hungry(const struct cli_host *h)
{
    return h->state == CLI_HOST_RUNNING && h->reader.queue && queued(h) < h->run->queue_max;
}

enum icm_code cli_host_feed(struct cli_host *h, struct icm_error *err)
{
    const struct psrp_value *value;
    enum icm_code code = ICM_OK;
    bool has_fed = false;

    while (code == ICM_OK && cli_host_is_hungry(h) && (code = cli_queue_next(&h->reader, &value, err)) == ICM_OK) {
        code = psrp_pipeline_input(h->pipeline, value, err);
        has_fed = true;
    }
    if (code == ICM_AGAIN)
        code = ICM_OK;
    if (code == ICM_OK && cli_host_is_hungry(h) && cli_input_is_over(h->run->input, &h->reader)) {
        cli_queue_leave(&h->reader);
        code = psrp_pipeline_end_input(h->pipeline, err);
        has_fed = true;
    }
    if (has_fed)
        psrp_session_pump(h->session);
    return code;
}

/* ---- stopping ---- */

void cli_host_stop(struct cli_host *h)
{
    if (h->state == CLI_HOST_DONE)
        return;
    h->was_stopped = true;
    h->deadline_ms = time_in(h, h->target->stop_ms > 0 ? h->target->stop_ms : STOP_MS);
    cli_queue_leave(&h->reader);
    leave_console(h);
    if (h->state == CLI_HOST_OPENING || h->state == CLI_HOST_ENTERING || h->state == CLI_HOST_ARMING)
        finish(h);
    else if (h->state == CLI_HOST_RUNNING && cli_debugger_quit(&h->debugger))
        return;
    else if (h->state == CLI_HOST_RUNNING || h->state == CLI_HOST_ASKING)
        psrp_session_stop(h->session, h->pipeline);
}

uint64_t cli_host_deadline(const struct cli_host *h)
{
    uint64_t due_ms = cli_debugger_due(&h->debugger);

    return due_ms == 0 || (h->deadline_ms != 0 && h->deadline_ms < due_ms) ? h->deadline_ms : due_ms;
}

static void try_line_again(struct cli_host *h)
{
    struct icm_error err = {0};

    if (cli_debugger_try_again(&h->debugger, time_in(h, 0), &err) != ICM_OK) {
        fail(h, &err);
        close_session(h);
    }
    icm_error_reset(&err);
}

void cli_host_expire(struct cli_host *h)
{
    struct icm_error err = {0};

    if (h->deadline_ms == 0 || h->deadline_ms > time_in(h, 0)) {
        try_line_again(h);
        return;
    }
    if (h->state == CLI_HOST_OPENING) {
        icm_fail(&err, ICM_TIMEOUT, NULL,
                 "no session could be opened within %" PRId64 " ms (-SessionOption OpenTimeout)",
                 h->target->open_timeout_ms);
        fail(h, &err);
    }
    icm_error_reset(&err);
    finish(h);
}
