#include "cli/run.h"

#include "cli/format.h"
#include "cli/input_stdin.h"
#include "cli/run_host.h"
#include "cli/run_signal.h"
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

enum {
    FAREWELL_MS = 600,  /* after a signal: shells are deleted, but nobody waits long for that */
    /* input that waits to be sent: of all computers together about so much, and of one in any case, and at most, so
       much */
    QUEUES = 32 * 1024 * 1024,
    QUEUE_MIN = 64 * 1024,
    QUEUE_MAX = 1024 * 1024,
};

struct executor {
    struct cli_run run; /* what computers see of it */
    struct cli_plan plan;
    const struct cli_target *next; /* to begin with */
    struct cli_host *hosts;        /* under way */
    size_t host_count;
    struct cli_stdin *reading; /* NULL: standard input is not read */
    bool is_stopping;
    int own_status; /* of what is no computer's: input, memory, our own output */
    uv_loop_t loop;
    uv_timer_t deadline;  /* the earliest of the computers', or of one that is done */
    uint64_t deadline_ms; /* when it is due, by the loop's clock; 0: it does not run */
    uv_timer_t showing;   /* rows of a table do not wait longer to be measured */
    uv_timer_t painting;  /* the progress block waits so long for more to change */
    uv_prepare_t feeding; /* before the loop waits, input is sent on */
    uv_async_t waker;     /* a signal's handler may do no more */
};

void cli_complain(const struct icm_error *err)
{
    fprintf(stderr, "icm: %s\n", err->text);
}

/* Somebody writes to the terminal: what was said before stands above it. */
static void make_room(void *executor)
{
    struct executor *x = executor;

    cli_render_make_room(x->run.renderer, &x->run.writer.sink);
    cli_writer_flush(&x->run.writer);
}

/* ---- deadlines ---- */

static void arm_deadline(struct executor *x);

static void on_deadline(uv_timer_t *timer)
{
    struct executor *x = timer->data;

    for (struct cli_host *h = x->hosts; h; h = h->next)
        if (cli_host_deadline(h) != 0 && cli_host_deadline(h) <= uv_now(&x->loop))
            cli_host_expire(h);
    arm_deadline(x);
}

/* The others' are known. */
static void heed_deadline(struct executor *x, const struct cli_host *h)
{
    uint64_t due_ms = cli_host_deadline(h), now_ms = uv_now(&x->loop);

    if (due_ms == 0 || (x->deadline_ms != 0 && x->deadline_ms <= due_ms))
        return;
    x->deadline_ms = due_ms;
    uv_timer_start(&x->deadline, on_deadline, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void arm_deadline(struct executor *x)
{
    x->run.deadlines_moved = false;
    x->deadline_ms = 0;
    uv_timer_stop(&x->deadline);
    for (const struct cli_host *h = x->hosts; h; h = h->next)
        heed_deadline(x, h);
}

/* ---- stopping ---- */

/* What runs is stopped, what opens is given up, what waits is never begun. */
static void stop(struct executor *x)
{
    if (x->is_stopping)
        return;
    x->is_stopping = true;
    psrp_drive_set_farewell(x->run.drive, FAREWELL_MS);
    for (struct cli_host *h = x->hosts; h; h = h->next)
        cli_host_stop(h);
    arm_deadline(x);
    psrp_drive_wake(x->run.drive);
}

static void stop_for(struct executor *x, int status, const struct icm_error *why)
{
    if (x->own_status < status)
        x->own_status = status;
    if (!x->is_stopping) {
        make_room(x);
        cli_complain(why);
    }
    stop(x);
}

static void on_input_failed(void *context, const struct icm_error *why)
{
    stop_for(context, CLI_EXIT_USAGE, why);
}

static void on_signal_noted(uv_async_t *waker)
{
    struct executor *x = waker->data;

    psrp_drive_wake(x->run.drive);
}

static void stop_for_output(struct executor *x)
{
    struct icm_error err = {0};

    if (x->run.writer.out_errno == EPIPE) {
        stop(x);
        return;
    }
    icm_fail(&err, ICM_IO, NULL, "cannot write standard output: %s", strerror(x->run.writer.out_errno));
    stop_for(x, CLI_EXIT_ERRORS, &err);
    icm_error_reset(&err);
}

/* That they were stopped, their own status lines say. */
static void stop_for_time(struct executor *x)
{
    struct icm_error err = {0};
    size_t waiting = 0;

    if (x->is_stopping)
        return;
    for (const struct cli_target *t = x->next; t; t = t->next)
        waiting++;
    icm_fail(
        &err, ICM_TIMEOUT, NULL,
        "the time limit of %u s (-TimeoutSec) has passed: %zu of %zu computers are stopped, %zu are not begun with",
        x->run.options->timeout_s, x->host_count, x->plan.count, waiting);
    stop_for(x, CLI_EXIT_TIMEOUT, &err);
    icm_error_reset(&err);
}

/* Who sees the prompt may press Ctrl+C again: it is watched for before. */
static void interrupt_line(struct executor *x)
{
    cli_signal_watch_on();
    cli_debuggers_interrupt(&x->run.debuggers);
}

static void look_for_reasons_to_stop(struct executor *x)
{
    if (cli_signal_caught() == SIGALRM)
        stop_for_time(x);
    else if (cli_signal_caught() == SIGINT && !x->is_stopping && cli_debuggers_want_interrupt(&x->run.debuggers))
        interrupt_line(x);
    else if (cli_signal_caught() || x->run.wants_stop)
        stop(x);
    else if (x->run.writer.is_out_gone && !x->is_stopping)
        stop_for_output(x);
}

/* ---- input ---- */

static void on_feeding(uv_prepare_t *feeding)
{
    struct executor *x = feeding->data;
    struct icm_error err = {0};
    bool is_wanted = false;

    for (struct cli_host *h = x->hosts; h; h = h->next) {
        if (cli_host_feed(h, &err) != ICM_OK) {
            stop_for(x, CLI_EXIT_USAGE, &err);
            break;
        }
        is_wanted = is_wanted || cli_host_is_hungry(h);
    }
    icm_error_reset(&err);
    if (x->reading)
        cli_stdin_want(x->reading, is_wanted && !x->is_stopping);
}

static size_t queue_max_of(size_t computers)
{
    size_t share = computers > 0 ? QUEUES / computers : QUEUES;

    return share < QUEUE_MIN ? QUEUE_MIN : share > QUEUE_MAX ? QUEUE_MAX : share;
}

static enum icm_code take_input(void *context, struct icm_slice bytes, struct icm_error *err)
{
    struct executor *x = context;

    return cli_input_feed(x->run.input, bytes, err);
}

static enum icm_code finish_input(void *context, struct icm_error *err)
{
    struct executor *x = context;

    return cli_input_finish(x->run.input, err);
}

static const struct cli_stdin_sink input_sink = {
    .take = take_input, .finish = finish_input, .failed = on_input_failed};

static enum icm_code make_input(struct executor *x, const struct cli_options *o, struct icm_error *err)
{
    enum icm_code code;

    if (!o->input && !o->input_from_stdin)
        return ICM_OK;
    x->run.queue_max = queue_max_of(x->plan.count < o->throttle_limit ? x->plan.count : o->throttle_limit);
    code = cli_input_new(&x->run.input, o->input_format, x->plan.count, err);
    if (code == ICM_OK && o->input)
        code = cli_input_give(x->run.input, o->input, err);
    else if (code == ICM_OK)
        code = cli_stdin_new(&x->reading, &x->loop, &input_sink, x, err);
    uv_prepare_start(&x->feeding, on_feeding);
    uv_unref((uv_handle_t *)&x->feeding);
    return code;
}

/* ---- computers ---- */

static void skip_rest(struct executor *x)
{
    for (; x->next; x->next = x->next->next)
        cli_host_skip(&x->run, x->next);
}

static void begin_host(struct executor *x)
{
    struct cli_host *h = cli_host_new(&x->run, x->next);
    struct icm_error err = {0};

    if (!h) {
        icm_nomem(&err);
        stop_for(x, CLI_EXIT_BROKEN, &err);
        icm_error_reset(&err);
        return;
    }
    x->next = x->next->next;
    h->next = x->hosts;
    h->at = &x->hosts;
    if (h->next)
        h->next->at = &h->next;
    x->hosts = h;
    x->host_count++;
    heed_deadline(x, h);
}

/* Called behind every event: what it does must not take longer the more computers there are. */
static void drop_done(struct executor *x)
{
    struct cli_host *h;

    while ((h = x->run.done)) {
        x->run.done = h->next_done;
        *h->at = h->next;
        if (h->next)
            h->next->at = h->at;
        x->host_count--;
        cli_host_free(h);
    }
}

static void begin_more(struct executor *x)
{
    drop_done(x);
    while (x->next && !x->is_stopping && x->host_count < x->run.options->throttle_limit) {
        begin_host(x);
        drop_done(x);
        look_for_reasons_to_stop(x);
    }
    if (x->is_stopping)
        skip_rest(x);
}

/* ---- events ---- */

static void on_showing(uv_timer_t *timer)
{
    struct executor *x = timer->data;

    cli_render_flush(x->run.renderer, &x->run.writer.sink);
    psrp_drive_wake(x->run.drive);
}

static void arm_showing(struct executor *x)
{
    if (cli_render_is_waiting(x->run.renderer) && !uv_is_active((uv_handle_t *)&x->showing))
        uv_timer_start(&x->showing, on_showing, CLI_FORMAT_WAIT_MS, 0);
}

/* The block stands below all that was said, and not behind a question. */
static void on_painting(uv_timer_t *timer)
{
    struct executor *x = timer->data;

    if (x->is_stopping || (x->run.console && cli_console_is_asking(x->run.console)))
        return;
    cli_writer_flush(&x->run.writer);
    cli_render_paint(x->run.renderer, &x->run.writer.sink);
    cli_writer_flush(&x->run.writer);
}

static void arm_painting(struct executor *x)
{
    if (!x->is_stopping && cli_render_progress_is_due(x->run.renderer) && !uv_is_active((uv_handle_t *)&x->painting))
        uv_timer_start(&x->painting, on_painting, CLI_PROGRESS_TICK_MS, 0);
}

/* Objects appear as they come: before the loop waits, what was rendered goes out. Woken up, the drive comes back
 * instead of waiting. */
static enum icm_code take_event(struct executor *x, struct icm_error *err)
{
    struct cli_writer *writer = &x->run.writer;
    struct psrp_session *from;
    struct psrp_event event;

    if (x->run.deadlines_moved)
        arm_deadline(x);
    if (x->is_stopping)
        cli_writer_flush(writer);
    else if (cli_writer_is_behind(writer))
        psrp_drive_wake(x->run.drive);
    enum icm_code code = psrp_drive_next(x->run.drive, &from, &event, err);
    if (code == ICM_AGAIN) {
        cli_writer_flush(writer);
        return ICM_OK;
    }
    if (code != ICM_OK)
        return code;
    cli_host_take(psrp_session_tag(from), &event);
    psrp_event_reset(&event);
    arm_showing(x);
    arm_painting(x);
    return ICM_OK;
}

static void take_events(struct executor *x)
{
    struct icm_error err = {0};

    for (begin_more(x); x->hosts; begin_more(x)) {
        if (take_event(x, &err) != ICM_OK) {
            stop_for(x, CLI_EXIT_BROKEN, &err);
            break;
        }
        look_for_reasons_to_stop(x);
    }
    icm_error_reset(&err);
}

/* ---- the user ---- */

static void step_aside(void *console)
{
    cli_console_step_aside(console);
}

static void step_back(void *console)
{
    cli_console_step_back(console);
}

/* Where standard input is a terminal that nothing else is read from, its user can be asked. */
static void make_console(struct executor *x, const struct cli_options *o)
{
    const struct cli_console_owner owner = {
        .answer = cli_host_answer,
        .make_room = make_room,
        .context = x,
        .names_computers = x->plan.count > 1,
    };

    if (o->input_from_stdin || o->computers_from_stdin ||
        cli_console_new(&x->run.console, &x->loop, &owner, NULL) != ICM_OK)
        return; /* the pool answers for itself */
    if (isatty(STDOUT_FILENO) != 1 && isatty(STDERR_FILENO) != 1)
        return;
    x->run.writer.before = step_aside;
    x->run.writer.behind = step_back;
    x->run.writer.context = x->run.console;
}

static enum icm_code check_console(const struct executor *x, const struct cli_options *o, struct icm_error *err)
{
    if (!o->remote_debug || x->run.console)
        return ICM_OK;
    return icm_fail(err, ICM_USAGE, NULL,
                    "-RemoteDebug asks at a terminal what to do next, and standard input is none, or is read for "
                    "something else");
}

/* ---- life ---- */

static enum icm_code make_renderer(struct executor *x, const struct cli_options *o, struct icm_error *err)
{
    const struct cli_renderer_options options = cli_terminal_live_options(o);

    return cli_renderer_new(&x->run.renderer, &options, err);
}

static void make_handles(struct executor *x)
{
    uv_timer_init(&x->loop, &x->deadline);
    uv_timer_init(&x->loop, &x->showing);
    uv_timer_init(&x->loop, &x->painting);
    uv_prepare_init(&x->loop, &x->feeding);
    x->deadline.data = x->showing.data = x->painting.data = x->feeding.data = x->waker.data = x;
    uv_unref((uv_handle_t *)&x->showing);
    uv_unref((uv_handle_t *)&x->painting);
    uv_unref((uv_handle_t *)&x->waker); /* it waits for nothing that must come */
    cli_signal_watch(&x->waker, x->run.options->timeout_s);
}

static enum icm_code make_loop(struct executor *x, struct icm_error *err)
{
    int failed = uv_loop_init(&x->loop);

    if (failed)
        return icm_fail(err, ICM_IO, NULL, "cannot make an event loop: %s", uv_strerror(failed));
    failed = uv_async_init(&x->loop, &x->waker, on_signal_noted);
    if (failed) {
        uv_loop_close(&x->loop);
        return icm_fail(err, ICM_IO, NULL, "cannot make an event loop: %s", uv_strerror(failed));
    }
    x->run.loop = &x->loop;
    make_handles(x);
    return ICM_OK;
}

static enum icm_code make(struct executor *x, const struct cli_options *o, struct icm_error *err)
{
    enum icm_code code = make_loop(x, err);

    if (code == ICM_OK)
        code = make_renderer(x, o, err);
    if (code == ICM_OK && o->trace_file)
        code = icm_trace_open(&x->run.trace, o->trace_file, err);
    if (code == ICM_OK)
        code = psrp_wsman_new(&x->run.wsman, &x->loop, err);
    if (code == ICM_OK)
        code = psrp_drive_new(&x->run.drive, &x->loop, err);
    if (code == ICM_OK)
        make_console(x, o);
    if (code == ICM_OK)
        code = check_console(x, o, err);
    return code == ICM_OK ? make_input(x, o, err) : code;
}

static void free_loop(struct executor *x)
{
    if (!x->run.loop)
        return;
    cli_signal_watch(NULL, 0);
    uv_close((uv_handle_t *)&x->deadline, NULL);
    uv_close((uv_handle_t *)&x->showing, NULL);
    uv_close((uv_handle_t *)&x->painting, NULL);
    uv_close((uv_handle_t *)&x->feeding, NULL);
    uv_close((uv_handle_t *)&x->waker, NULL);
    while (uv_loop_close(&x->loop) == UV_EBUSY)
        uv_run(&x->loop, UV_RUN_ONCE);
}

/* What was written is out before peers are told good-bye, which takes its time. */
static void unmake(struct executor *x)
{
    if (x->run.renderer && !cli_render_finish(x->run.renderer, &x->run.writer.sink) && x->own_status < CLI_EXIT_ERRORS)
        x->own_status = CLI_EXIT_ERRORS;
    cli_writer_finish(&x->run.writer);
    cli_signal_lift_limit();
    while (x->hosts) {
        struct cli_host *h = x->hosts;
        x->hosts = h->next;
        cli_host_free(h);
    }
    uv_prepare_stop(&x->feeding);
    psrp_drive_free(x->run.drive);
    cli_stdin_free(x->reading);
    x->run.writer.before = NULL;
    cli_console_free(x->run.console);
    psrp_wsman_free(x->run.wsman);
    free_loop(x);
    cli_input_free(x->run.input);
    icm_trace_close(x->run.trace);
    cli_renderer_free(x->run.renderer);
    cli_writer_reset(&x->run.writer);
}

static int status_of(const struct executor *x)
{
    if (cli_signal_caught() == SIGALRM)
        return CLI_EXIT_TIMEOUT;
    if (cli_signal_caught())
        return CLI_EXIT_SIGNAL + cli_signal_caught();
    if (x->run.writer.out_errno == EPIPE)
        return CLI_EXIT_SIGNAL + SIGPIPE;
    return x->own_status > x->run.status ? x->own_status : x->run.status;
}

static int run_plan(struct executor *x, const struct cli_options *o)
{
    struct icm_error err = {0};

    if (make(x, o, &err) == ICM_OK) {
        x->next = x->plan.first;
        x->run.is_alone = x->plan.count == 1;
        if (o->actions[CLI_ON_WARNING] != CLI_ACTION_SILENT && o->actions[CLI_ON_WARNING] != CLI_ACTION_IGNORE)
            cli_plan_warn(&x->plan);
        take_events(x);
    } else {
        x->own_status = CLI_EXIT_USAGE;
        cli_complain(&err);
    }
    icm_error_reset(&err);
    unmake(x);
    return status_of(x);
}

/* Each computer has a few connections. Where even the most is not enough, the connections that fail say so. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int cli_run(const struct cli_options *o, const struct cli_config *config, const struct icm_buf *password)
{
    struct executor x = {.run = {.options = o, .usings = &x.plan.usings}};
    struct icm_error err = {0};
    int status = CLI_EXIT_USAGE;

    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is noticed by the write, and remote shells are deleted first */
    if (cli_plan_make(&x.plan, o, config, password, &err) == ICM_OK)
        status = run_plan(&x, o);
    else
        cli_complain(&err);
    icm_error_reset(&err);
    cli_plan_reset(&x.plan);
    return status;
}
