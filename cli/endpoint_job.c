#include "cli/endpoint_job.h"

#include "wsman/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum {
    READ_MAX = 65536,
    DRAIN_MS = 250,  /* of silence, for what a process that has gone left in pipes which its children hold open */
    GRACE_MS = 2000, /* from SIGTERM to SIGKILL */
    PIPES = 3,
};

struct endpoint_job {
    uv_process_t process;
    uv_pipe_t pipes[PIPES]; /* our ends: standard input, output, error */
    uv_timer_t timer;
    unsigned open_handles;
    const struct endpoint_job_sink *sink;
    void *up;
    uint32_t status;
    bool is_last_queued, has_exited, has_told, is_ending, is_paused;
    bool is_quiet[PIPES]; /* it says nothing more there */
    char room[READ_MAX];
};

struct write {
    uv_write_t request;
    struct icm_buf bytes;
};

/* ---- life ---- */

static void on_closed(uv_handle_t *handle)
{
    struct endpoint_job *j = handle->data;

    if (--j->open_handles == 0)
        free(j);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct endpoint_job *j)
{
    for (int i = 0; i < PIPES; i++)
        close_handle((uv_handle_t *)&j->pipes[i]);
    close_handle((uv_handle_t *)&j->timer);
    if (j->process.loop)
        close_handle((uv_handle_t *)&j->process);
}

void endpoint_job_signal(struct endpoint_job *j, int number)
{
    if (j->process.pid > 0)
        kill(-j->process.pid, number);
}

/* ---- its end ---- */

/* The group's number stays taken while anybody is in it. Where nobody is, nothing is hit. */
static void tell_exit(struct endpoint_job *j)
{
    if (j->has_told || j->is_ending)
        return;
    j->has_told = true;
    endpoint_job_signal(j, SIGKILL);
    j->sink->exited(j->up, j->status);
}

static void on_timer(uv_timer_t *timer)
{
    struct endpoint_job *j = timer->data;

    if (j->is_ending)
        endpoint_job_signal(j, SIGKILL);
    else
        tell_exit(j);
}

/* Its own exit and the end of both outputs tell of its end; children of it that hold them open have a little time. */
static void on_end_sign(struct endpoint_job *j)
{
    if (!j->has_exited || j->is_ending)
        return;
    if (j->is_quiet[1] && j->is_quiet[2])
        tell_exit(j);
    else if (!j->is_paused)
        uv_timer_start(&j->timer, on_timer, DRAIN_MS, 0);
}

static void on_exited(uv_process_t *process, int64_t status, int signal_number)
{
    struct endpoint_job *j = process->data;

    j->has_exited = true;
    j->status = signal_number ? 128 + (uint32_t)signal_number : (uint32_t)status;
    if (!j->is_ending) {
        on_end_sign(j);
        return;
    }
    endpoint_job_signal(j, SIGKILL);
    close_all(j);
}

/* ---- output ---- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct endpoint_job *j = handle->data;

    (void)suggested;
    *out = uv_buf_init(j->room, sizeof j->room);
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct endpoint_job *j = stream->data;
    int pipe = (int)((uv_pipe_t *)stream - j->pipes);

    if (size < 0) {
        uv_read_stop(stream);
        j->is_quiet[pipe] = true;
    }
    on_end_sign(j);
    if (size > 0 && !j->is_ending)
        j->sink->output(j->up, pipe - 1, icm_slice_of(buf->base, (size_t)size));
}

static void read_outputs(struct endpoint_job *j)
{
    for (int i = 1; i < PIPES; i++)
        if (!j->is_quiet[i])
            uv_read_start((uv_stream_t *)&j->pipes[i], on_room, on_output);
}

void endpoint_job_pause(struct endpoint_job *j, bool is_paused)
{
    if (j->is_ending || j->is_paused == is_paused)
        return;
    j->is_paused = is_paused;
    for (int i = 1; is_paused && i < PIPES; i++)
        uv_read_stop((uv_stream_t *)&j->pipes[i]);
    if (is_paused) {
        uv_timer_stop(&j->timer);
        return;
    }
    read_outputs(j);
    on_end_sign(j);
}

/* ---- input ---- */

static void close_input(struct endpoint_job *j)
{
    close_handle((uv_handle_t *)&j->pipes[0]);
}

static void on_written(uv_write_t *request, int status)
{
    struct write *w = request->data;
    struct endpoint_job *j = request->handle->data;
    bool is_over = status != 0 || (j->is_last_queued && endpoint_job_queued(j) == 0);

    icm_buf_reset(&w->bytes);
    free(w);
    if (is_over)
        close_input(j);
    if (!j->is_ending)
        j->sink->drained(j->up);
}

size_t endpoint_job_queued(const struct endpoint_job *j)
{
    return uv_is_closing((const uv_handle_t *)&j->pipes[0]) ? 0 : j->pipes[0].write_queue_size;
}

static bool queue_write(struct endpoint_job *j, struct icm_buf *bytes)
{
    struct write *w = calloc(1, sizeof *w);

    if (!w)
        return false;
    icm_buf_move(&w->bytes, bytes);
    w->request.data = w;
    uv_buf_t buf = uv_buf_init((char *)w->bytes.data, (unsigned)w->bytes.size);
    if (uv_write(&w->request, (uv_stream_t *)&j->pipes[0], &buf, 1, on_written) == 0)
        return true;
    icm_buf_reset(&w->bytes);
    free(w);
    return false;
}

void endpoint_job_write(struct endpoint_job *j, struct icm_buf *bytes, bool is_last)
{
    uv_handle_t *input = (uv_handle_t *)&j->pipes[0];
    bool is_fine = uv_is_closing(input) || j->is_last_queued || bytes->size == 0 || queue_write(j, bytes);

    icm_buf_reset(bytes);
    j->is_last_queued = j->is_last_queued || is_last;
    if (!is_fine || (j->is_last_queued && endpoint_job_queued(j) == 0))
        close_input(j);
}

/* ---- starting ---- */

/* the child's ends and ours; real pipes, not libuv's sockets, which /dev/stdin cannot open */
struct ends {
    int theirs[PIPES], ours[PIPES];
};

static void close_ends(int ends[PIPES])
{
    for (int i = 0; i < PIPES; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static bool make_pipes(struct ends *e)
{
    for (int i = 0; i < PIPES; i++)
        e->theirs[i] = e->ours[i] = -1;
    for (int i = 0; i < PIPES; i++) {
        int two[2];

        if (pipe2(two, O_CLOEXEC) != 0)
            return false;
        e->theirs[i] = two[i == 0 ? 0 : 1];
        e->ours[i] = two[i == 0 ? 1 : 0];
    }
    return true;
}

static int open_pipes(struct endpoint_job *j, struct ends *e)
{
    int failed = 0;

    for (int i = 0; i < PIPES && !failed; i++) {
        failed = uv_pipe_open(&j->pipes[i], e->ours[i]);
        if (!failed)
            e->ours[i] = -1; /* closed with its handle */
    }
    return failed;
}

static int spawn(struct endpoint_job *j, uv_loop_t *loop, const struct endpoint_job_start *start, const int theirs[PIPES])
{
    uv_stdio_container_t stdio[PIPES];
    uv_process_options_t options = {.exit_cb = on_exited,
                                    .file = start->words[0],
                                    .cwd = start->directory,
                                    .flags = UV_PROCESS_DETACHED, /* a session, and so a group, of its own */
                                    .stdio = stdio,
                                    .stdio_count = PIPES};

    for (int i = 0; i < PIPES; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = theirs[i]};
    memcpy(&options.args, &start->words, sizeof options.args); /* libuv does not write to them, and does not say so */
    memcpy(&options.env, &start->environment, sizeof options.env);
    j->open_handles++; /* a failed start leaves the process to be closed too */
    return uv_spawn(loop, &j->process, &options);
}

static void init_handles(struct endpoint_job *j, uv_loop_t *loop)
{
    for (int i = 0; i < PIPES; i++) {
        uv_pipe_init(loop, &j->pipes[i], 0);
        j->pipes[i].data = j;
    }
    uv_timer_init(loop, &j->timer);
    j->timer.data = j->process.data = j;
    j->open_handles = PIPES + 1;
}

static enum icm_code cannot_start(const struct endpoint_job_start *start, int failed, struct icm_error *err)
{
    enum icm_code code =
        icm_fail(err, ICM_IO, NULL, "cannot start '%.100s': %s", start->words[0], uv_strerror(failed));

    if (failed == UV_ENOENT && icm_error_fault(err))
        err->fault->wsman_code = WSMAN_CODE_FILE_NOT_FOUND;
    return code;
}

enum icm_code endpoint_job_new(struct endpoint_job **out, struct uv_loop_s *loop, const struct endpoint_job_start *start,
                               const struct endpoint_job_sink *sink, void *up, struct icm_error *err)
{
    struct endpoint_job *j = calloc(1, sizeof *j);
    struct ends ends;

    if (!j)
        return icm_nomem(err);
    j->sink = sink;
    j->up = up;
    init_handles(j, loop);
    int failed = make_pipes(&ends) ? spawn(j, loop, start, ends.theirs) : UV_EMFILE;
    if (!failed)
        failed = open_pipes(j, &ends);
    close_ends(ends.theirs);
    close_ends(ends.ours);
    if (failed) {
        j->is_ending = true;
        endpoint_job_signal(j, SIGKILL);
        close_all(j);
        return cannot_start(start, failed, err);
    }
    read_outputs(j);
    *out = j;
    return ICM_OK;
}

void endpoint_job_end(struct endpoint_job *j)
{
    if (j->is_ending)
        return;
    endpoint_job_pause(j, false); /* a process that cannot write does not end */
    j->is_ending = true;
    if (j->has_exited) {
        if (!j->has_told)
            endpoint_job_signal(j, SIGKILL);
        close_all(j);
        return;
    }
    close_input(j);
    endpoint_job_signal(j, SIGTERM);
    uv_timer_start(&j->timer, on_timer, GRACE_MS, 0);
}
