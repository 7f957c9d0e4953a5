#include "psrp/child.h"

#include "base/error.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum {
    TAIL_MAX = 4096, /* of standard error, kept */
    WORDS_MAX = 240, /* of it, quoted */
    READ_MAX = 65536,
    DRAIN_MS = 250,  /* for what is still in the pipes of a process that has gone */
    GRACE_MS = 2000, /* from the end of its input to SIGKILL */
};

struct psrp_child {
    uv_process_t process;
    uv_pipe_t in, out, err;
    uv_timer_t timer;
    unsigned open_handles;
    const struct psrp_child_sink *sink;
    void *up;
    char tail[TAIL_MAX + 1];
    size_t tail_size;
    bool has_exited, is_quiet, has_told, is_ending;
    char room[READ_MAX];
};

struct write {
    uv_write_t request;
    struct icm_buf bytes;
};

static void on_closed(uv_handle_t *handle)
{
    struct psrp_child *c = handle->data;

    if (--c->open_handles == 0)
        free(c);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct psrp_child *c)
{
    close_handle((uv_handle_t *)&c->in);
    close_handle((uv_handle_t *)&c->out);
    close_handle((uv_handle_t *)&c->err);
    close_handle((uv_handle_t *)&c->timer);
    close_handle((uv_handle_t *)&c->process);
}

/* The end of the last words, from the start of a line where that fits, without the line end. */
static const char *last_words(struct psrp_child *c)
{
    while (c->tail_size > 0 && (c->tail[c->tail_size - 1] == '\n' || c->tail[c->tail_size - 1] == '\r'))
        c->tail_size--;
    c->tail[c->tail_size] = '\0';
    if (c->tail_size <= WORDS_MAX)
        return c->tail;
    const char *from = c->tail + c->tail_size - WORDS_MAX;
    const char *line = strchr(from, '\n');
    return line ? line + 1 : from;
}

static void tell_end(struct psrp_child *c)
{
    char why[WORDS_MAX + 64];
    const char *words = last_words(c);

    if (c->has_told || c->is_ending)
        return;
    c->has_told = true;
    snprintf(why, sizeof why, "%s%s%s", c->has_exited ? "the engine has ended" : "the engine has closed its output",
             *words ? ": " : "", words);
    c->sink->ended(c->up, why);
}

static void on_timer(uv_timer_t *timer)
{
    struct psrp_child *c = timer->data;

    if (c->is_ending)
        uv_process_kill(&c->process, SIGKILL);
    else
        tell_end(c);
}

/* both its exit and the end of its output tell of its end; the second may never come where it has children of its own
 */
static void on_end_sign(struct psrp_child *c)
{
    if (c->has_exited && c->is_quiet)
        tell_end(c);
    else if (!c->is_ending)
        uv_timer_start(&c->timer, on_timer, DRAIN_MS, 0);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct psrp_child *c = process->data;

    c->has_exited = true;
    if (c->is_ending)
        close_all(c);
    else
        on_end_sign(c);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct psrp_child *c = handle->data;

    *out = uv_buf_init(c->room, sizeof c->room);
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct psrp_child *c = stream->data;

    if (size > 0 && !c->is_ending)
        c->sink->output(c->up, icm_slice_of(buf->base, (size_t)size));
    if (size >= 0)
        return;
    uv_read_stop(stream);
    c->is_quiet = true;
    on_end_sign(c);
}

static void on_words(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct psrp_child *c = stream->data;
    size_t more = size > 0 ? (size_t)size : 0;
    size_t from = more > TAIL_MAX ? more - TAIL_MAX : 0;

    if (size < 0)
        uv_read_stop(stream);
    more -= from;
    if (c->tail_size + more > TAIL_MAX) {
        size_t dropped = c->tail_size + more - TAIL_MAX;
        memmove(c->tail, c->tail + dropped, c->tail_size - dropped);
        c->tail_size -= dropped;
    }
    if (more > 0)
        memcpy(c->tail + c->tail_size, buf->base + from, more);
    c->tail_size += more;
}

static void init_handles(struct psrp_child *c, uv_loop_t *loop)
{
    uv_pipe_init(loop, &c->in, 0);
    uv_pipe_init(loop, &c->out, 0);
    uv_pipe_init(loop, &c->err, 0);
    uv_timer_init(loop, &c->timer);
    c->in.data = c->out.data = c->err.data = c->timer.data = c->process.data = c;
    c->open_handles = 5; /* these and the process, which a failed start leaves to be closed too */
}

static int spawn(struct psrp_child *c, uv_loop_t *loop, char *const *words, char *const *environment)
{
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&c->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->err},
    };
    uv_process_options_t options = {.exit_cb = on_exited, .file = words[0], .stdio = stdio, .stdio_count = 3};

    memcpy(&options.args, &words, sizeof options.args); /* libuv does not write to them, and does not say so */
    memcpy(&options.env, &environment, sizeof options.env);
    return uv_spawn(loop, &c->process, &options);
}

enum icm_code psrp_child_start(struct psrp_child **out, struct uv_loop_s *loop, char *const *words,
                               char *const *environment, const struct psrp_child_sink *sink, void *up,
                               struct icm_error *err)
{
    struct psrp_child *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->sink = sink;
    c->up = up;
    init_handles(c, loop);
    int status = spawn(c, loop, words, environment);
    if (status != 0) {
        c->is_ending = true;
        close_all(c);
        return icm_fail(err, ICM_IO, NULL, "cannot start '%s': %s", words[0], uv_strerror(status));
    }
    uv_read_start((uv_stream_t *)&c->out, on_room, on_output);
    uv_read_start((uv_stream_t *)&c->err, on_room, on_words);
    *out = c;
    return ICM_OK;
}

int psrp_child_pid(const struct psrp_child *c)
{
    return c->process.pid;
}

/* what could not be written is not told: the end of the process will be */
static void on_written(uv_write_t *request, int status)
{
    struct write *w = request->data;

    icm_buf_reset(&w->bytes);
    free(w);
}

void psrp_child_write(struct psrp_child *c, struct icm_buf *bytes)
{
    struct write *w = calloc(1, sizeof *w);

    if (!w) { /* its input is lost: its end will be told */
        uv_process_kill(&c->process, SIGKILL);
        return;
    }
    icm_buf_move(&w->bytes, bytes);
    w->request.data = w;
    uv_buf_t buf = uv_buf_init((char *)w->bytes.data, (unsigned)w->bytes.size);
    if (c->is_ending || uv_write(&w->request, (uv_stream_t *)&c->in, &buf, 1, on_written) != 0)
        on_written(&w->request, 0);
}

void psrp_child_pause(struct psrp_child *c, bool is_paused)
{
    if (c->is_quiet || c->is_ending)
        return;
    if (is_paused)
        uv_read_stop((uv_stream_t *)&c->out);
    else if (!uv_is_active((uv_handle_t *)&c->out))
        uv_read_start((uv_stream_t *)&c->out, on_room, on_output);
}

void psrp_child_end(struct psrp_child *c)
{
    if (c->is_ending)
        return;
    psrp_child_pause(c, false); /* a process that cannot write does not end */
    c->is_ending = true;
    if (c->has_exited) {
        close_all(c);
        return;
    }
    close_handle((uv_handle_t *)&c->in);
    uv_timer_start(&c->timer, on_timer, GRACE_MS, 0);
}
