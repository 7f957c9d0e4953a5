#include "cli/winrs.h"

#include "cli/input_stdin.h"
#include "cli/run.h"
#include "cli/run_plan.h"
#include "cli/run_signal.h"
#include "cli/run_write.h"
#include "cli/winrs_ask.h"
#include "cli/winrs_text.h"
#include "wsman/names.h"
#include "wsman/winrs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum {
    INPUT_HIGH = 1024 * 1024, /* bytes of standard input that wait to be sent: over it no more is read */
    FAREWELL_MS = 5000,       /* for the server to hear that we are done */
    SHORT_FAREWELL_MS = 1000, /* the same where something is wrong, or somebody is in a hurry */
    STREAMS = 2,
};

struct winrs {
    const struct cli_options *options;
    struct cli_plan plan;
    const struct cli_target *to;
    uv_loop_t loop;
    uv_async_t waker;
    uv_prepare_t flushing; /* before the loop waits, what came goes out */
    uv_timer_t farewell, opening;
    bool has_loop, has_failed, has_ended;
    struct wsman_http *http;
    struct cli_winrs_ask ask;
    struct icm_trace *trace;
    struct wsman_winrs *command;
    struct cli_stdin *input;
    struct cli_writer writer;
    struct cli_winrs_text texts[STREAMS];
    struct termios terminal; /* as it was, where it does not echo now */
    bool is_muted;
    int status;      /* the command's, or of what went wrong */
    int interrupted; /* the signal that ends us; 0: none */
    uint64_t began_ms;
    bool was_interrupted; /* once, by Ctrl+C: the command knows */
};

int cli_winrs_status(int64_t exit_code)
{
    int low = (int)(exit_code & 0xFF);

    return low == 0 && exit_code != 0 ? 0xFF : low;
}

/* ---- the end ---- */

static void on_farewell(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* what the server is not told in time, its shell's idle time-out will tell it */
static void finish(struct winrs *w)
{
    if (w->input)
        cli_stdin_want(w->input, false);
    uv_timer_start(&w->farewell, on_farewell, w->has_failed || w->interrupted ? SHORT_FAREWELL_MS : FAREWELL_MS, 0);
    wsman_winrs_close(w->command);
}

static void fail(struct winrs *w, int status, const struct icm_error *why)
{
    if (w->has_failed || w->interrupted)
        return;
    w->has_failed = true;
    w->status = status;
    cli_writer_flush(&w->writer); /* what came before stands above it */
    const char *remedy = why->fault && why->fault->remedy ? why->fault->remedy : NULL;
    fprintf(stderr, "icm: %s: %s%s%s\n", w->to->computer, why->text, remedy ? "; " : "", remedy ? remedy : "");
}

static void on_open_timeout(uv_timer_t *timer)
{
    struct winrs *w = timer->data;
    struct icm_error err = {0};

    if (wsman_winrs_is_running(w->command) || w->has_ended)
        return;
    icm_fail(&err, ICM_TIMEOUT, NULL, "no command could be begun within %lld ms (-SessionOption OpenTimeout)",
             (long long)w->to->open_timeout_ms);
    fail(w, CLI_EXIT_BROKEN, &err);
    icm_error_reset(&err);
    finish(w);
}

/* ---- news of the command ---- */

static void on_output(void *up, int stream, struct icm_slice bytes)
{
    struct winrs *w = up;
    struct icm_buf *out = stream == 0 ? &w->writer.sink.out : &w->writer.sink.err;

    cli_winrs_text_add(&w->texts[stream], bytes, out);
    cli_writer_settle(&w->writer);
}

static void on_hungry(void *up)
{
    struct winrs *w = up;

    if (w->input)
        cli_stdin_want(w->input, wsman_winrs_queued(w->command) < INPUT_HIGH);
}

static void on_ended(void *up, int64_t exit_code)
{
    struct winrs *w = up;

    w->has_ended = true;
    w->status = exit_code < 0 ? CLI_EXIT_OK : cli_winrs_status(exit_code);
    finish(w);
}

static void on_failed(void *up, const struct icm_error *why)
{
    fail(up, CLI_EXIT_BROKEN, why);
    finish(up);
}

static void on_closed(void *up)
{
    struct winrs *w = up;

    uv_stop(&w->loop);
}

static const struct wsman_winrs_sink command_sink = {
    .output = on_output, .hungry = on_hungry, .ended = on_ended, .failed = on_failed, .closed = on_closed};

/* ---- standard input and output ---- */

static enum icm_code take_input(void *context, struct icm_slice bytes, struct icm_error *err)
{
    struct winrs *w = context;

    (void)err;
    wsman_winrs_input(w->command, bytes);
    cli_stdin_want(w->input, wsman_winrs_queued(w->command) < INPUT_HIGH);
    return ICM_OK;
}

static enum icm_code finish_input(void *context, struct icm_error *err)
{
    struct winrs *w = context;

    (void)err;
    wsman_winrs_input_end(w->command);
    return ICM_OK;
}

static void on_input_failed(void *context, const struct icm_error *why)
{
    fail(context, CLI_EXIT_USAGE, why);
    finish(context);
}

static const struct cli_stdin_sink input_sink = {
    .take = take_input, .finish = finish_input, .failed = on_input_failed};

static void on_flushing(uv_prepare_t *flushing)
{
    struct winrs *w = flushing->data;
    struct icm_error err = {0};

    if (cli_writer_is_behind(&w->writer))
        cli_writer_flush(&w->writer);
    if (!w->writer.is_out_gone || w->interrupted)
        return;
    if (w->writer.out_errno == EPIPE) {
        w->interrupted = SIGPIPE;
    } else {
        icm_fail(&err, ICM_IO, NULL, "cannot write standard output: %s", strerror(w->writer.out_errno));
        fail(w, CLI_EXIT_ERRORS, &err);
        icm_error_reset(&err);
    }
    finish(w);
}

static void mute(struct winrs *w)
{
    struct termios quiet;

    if (!w->options->no_echo || tcgetattr(STDIN_FILENO, &w->terminal) != 0)
        return;
    quiet = w->terminal;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    w->is_muted = tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
}

static void unmute(struct winrs *w)
{
    if (w->is_muted)
        tcsetattr(STDIN_FILENO, TCSANOW, &w->terminal);
    w->is_muted = false;
}

/* ---- signals ---- */

static void say_time(struct winrs *w)
{
    struct icm_error err = {0};

    icm_fail(&err, ICM_TIMEOUT, NULL, "the time limit of %u s has passed (-TimeoutSec)", w->options->timeout_s);
    fail(w, CLI_EXIT_TIMEOUT, &err);
    icm_error_reset(&err);
}

/* with what is left of the time limit, which is a signal too */
static void watch_signals(struct winrs *w)
{
    uint64_t gone_s = (uv_now(&w->loop) - w->began_ms) / 1000;
    uint32_t limit_s = w->interrupted ? 0 : w->options->timeout_s;
    unsigned left_s = gone_s < limit_s ? limit_s - (unsigned)gone_s : 1;

    cli_signal_watch(&w->waker, limit_s > 0 ? left_s : 0);
}

/* The first Ctrl+C is the command's. The next one, and all else, ends it; one more ends us without good-byes. */
static void on_signal_noted(uv_async_t *waker)
{
    struct winrs *w = waker->data;
    int number = cli_signal_caught();

    if (!number)
        return;
    if (w->interrupted) {
        uv_stop(&w->loop);
        return;
    }
    if (number == SIGINT && !w->was_interrupted && wsman_winrs_is_running(w->command)) {
        w->was_interrupted = true;
        wsman_winrs_signal(w->command, WSMAN_SIGNAL_CTRL_C);
    } else {
        if (number == SIGALRM)
            say_time(w);
        w->interrupted = number;
        finish(w);
    }
    watch_signals(w); /* for the next one */
}

/* ---- getting ready ---- */

static enum icm_code make_loop(struct winrs *w, struct icm_error *err)
{
    int failed = uv_loop_init(&w->loop);

    if (failed)
        return icm_fail(err, ICM_IO, NULL, "cannot make an event loop: %s", uv_strerror(failed));
    failed = uv_async_init(&w->loop, &w->waker, on_signal_noted);
    if (failed) {
        uv_loop_close(&w->loop);
        return icm_fail(err, ICM_IO, NULL, "cannot make an event loop: %s", uv_strerror(failed));
    }
    uv_timer_init(&w->loop, &w->farewell);
    uv_timer_init(&w->loop, &w->opening);
    uv_prepare_init(&w->loop, &w->flushing);
    uv_prepare_start(&w->flushing, on_flushing);
    w->waker.data = w->farewell.data = w->opening.data = w->flushing.data = w;
    w->has_loop = true;
    return ICM_OK;
}

static enum icm_code make(struct winrs *w, struct icm_error *err)
{
    enum icm_code code = make_loop(w, err);

    if (code == ICM_OK)
        code = cli_winrs_ask_make(&w->ask, w->options, w->to, &w->plan.arena, err);
    if (code == ICM_OK && w->options->trace_file)
        code = icm_trace_open(&w->trace, w->options->trace_file, err);
    if (code == ICM_OK)
        code = wsman_http_new(&w->http, &w->loop, err);
    w->ask.options.trace = w->trace;
    if (code == ICM_OK)
        code = wsman_winrs_new(&w->command, w->http, &w->ask.target, &w->ask.options, &command_sink, w, err);
    return code == ICM_OK ? cli_stdin_new(&w->input, &w->loop, &input_sink, w, err) : code;
}

static void unmake(struct winrs *w)
{
    cli_winrs_text_end(&w->texts[0], &w->writer.sink.out);
    cli_winrs_text_end(&w->texts[1], &w->writer.sink.err);
    cli_writer_finish(&w->writer);
    wsman_winrs_free(w->command);
    cli_stdin_free(w->input);
    wsman_http_free(w->http);
    if (w->has_loop) {
        cli_signal_watch(NULL, 0);
        uv_close((uv_handle_t *)&w->waker, NULL);
        uv_close((uv_handle_t *)&w->farewell, NULL);
        uv_close((uv_handle_t *)&w->opening, NULL);
        uv_close((uv_handle_t *)&w->flushing, NULL);
        while (uv_loop_close(&w->loop) == UV_EBUSY)
            uv_run(&w->loop, UV_RUN_ONCE);
    }
    icm_trace_close(w->trace);
    cli_winrs_ask_reset(&w->ask);
    cli_writer_reset(&w->writer);
}

/* ---- running ---- */

static void run(struct winrs *w)
{
    w->began_ms = uv_now(&w->loop);
    watch_signals(w);
    w->texts[0].is_terminal = isatty(STDOUT_FILENO) == 1;
    w->texts[1].is_terminal = isatty(STDERR_FILENO) == 1;
    if (w->to->open_timeout_ms > 0)
        uv_timer_start(&w->opening, on_open_timeout, (uint64_t)w->to->open_timeout_ms, 0);
    mute(w);
    cli_stdin_want(w->input, true);
    wsman_winrs_start(w->command);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    unmute(w);
}

static int run_plan(struct winrs *w)
{
    struct icm_error err = {0};

    w->to = w->plan.first;
    if (make(w, &err) == ICM_OK)
        run(w);
    else
        fail(w, CLI_EXIT_USAGE, &err);
    icm_error_reset(&err);
    unmake(w);
    if (w->interrupted == SIGALRM)
        return CLI_EXIT_TIMEOUT;
    return w->interrupted ? CLI_EXIT_SIGNAL + w->interrupted : w->status;
}

int cli_winrs(const struct cli_options *o, const struct cli_config *config, const struct icm_buf *password)
{
    struct winrs w = {.options = o};
    struct icm_error err = {0};
    int status = CLI_EXIT_USAGE;

    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is noticed by the write, and the shell is deleted first */
    if (cli_plan_make(&w.plan, o, config, password, &err) == ICM_OK) {
        cli_plan_warn(&w.plan);
        status = run_plan(&w);
    } else {
        cli_complain(&err);
    }
    icm_error_reset(&err);
    cli_plan_reset(&w.plan);
    return status;
}
