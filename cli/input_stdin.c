#include "cli/input_stdin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { PIECE = 64 * 1024 };

/* A pipe, a socket or a terminal is polled; what cannot be (a file, /dev/null) never makes a reader wait and is read in idle turns. */
struct cli_stdin {
    union {
        uv_handle_t any;
        uv_poll_t poll;
        uv_idle_t idle;
    } handle;
    bool is_polled, is_wanted, is_over;
    int flags; /* as they were: polling makes the descriptor, which others may share, a non-blocking one */
    const struct cli_stdin_sink *sink;
    void *context;
    uint8_t piece[PIECE];
};

static void end(struct cli_stdin *s, enum icm_code code, const struct icm_error *why)
{
    cli_stdin_want(s, false);
    s->is_over = true;
    if (code != ICM_OK)
        s->sink->failed(s->context, why);
}

static enum icm_code take(struct cli_stdin *s, ssize_t got, int number, struct icm_error *err)
{
    struct icm_error why = {0};
    enum icm_code code;

    if (got > 0)
        code = s->sink->take(s->context, icm_slice_of(s->piece, (size_t)got), &why);
    else if (got == 0)
        code = s->sink->finish(s->context, &why);
    else
        code = icm_fail(&why, ICM_IO, NULL, "cannot read it: %s", strerror(number));
    if (code != ICM_OK)
        icm_fail(err, code, why.spec, "standard input: %s", why.text);
    icm_error_reset(&why);
    return code;
}

static void read_piece(struct cli_stdin *s)
{
    ssize_t got = read(STDIN_FILENO, s->piece, PIECE);
    struct icm_error err = {0};

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    enum icm_code code = take(s, got, errno, &err);
    if (code != ICM_OK || got <= 0)
        end(s, code, &err);
    icm_error_reset(&err);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events; /* what is wrong, the read finds out */
    read_piece(poll->data);
}

static void on_idle(uv_idle_t *idle)
{
    read_piece(idle->data);
}

enum icm_code cli_stdin_new(struct cli_stdin **out, struct uv_loop_s *loop, const struct cli_stdin_sink *sink,
                            void *context, struct icm_error *err)
{
    struct cli_stdin *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    s->sink = sink;
    s->context = context;
    s->flags = fcntl(STDIN_FILENO, F_GETFL);
    s->is_polled = uv_poll_init(loop, &s->handle.poll, STDIN_FILENO) == 0;
    if (!s->is_polled)
        uv_idle_init(loop, &s->handle.idle);
    s->handle.any.data = s;
    *out = s;
    return ICM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void cli_stdin_free(struct cli_stdin *s)
{
    if (!s)
        return;
    if (s->is_polled && s->flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, s->flags);
    uv_close(&s->handle.any, on_closed);
}

void cli_stdin_want(struct cli_stdin *s, bool wanted)
{
    if (s->is_over || s->is_wanted == wanted)
        return;
    s->is_wanted = wanted;
    if (s->is_polled && wanted)
        uv_poll_start(&s->handle.poll, UV_READABLE | UV_DISCONNECT, on_poll);
    else if (s->is_polled)
        uv_poll_stop(&s->handle.poll);
    else if (wanted)
        uv_idle_start(&s->handle.idle, on_idle);
    else
        uv_idle_stop(&s->handle.idle);
}
