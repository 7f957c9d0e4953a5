#include "cli/run_write.h"

#include "cli/run_signal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MUCH = 64 * 1024,
    TICK_MS = 200,      /* a signal is noticed within it while a reader takes nothing */
    PATIENCE_MS = 1000, /* with such a reader, once a signal came */
};

/* Whether @fd takes bytes now, or in time: for ever, or once a signal came within @patience_ms. */
static bool wait_for_room(int fd, int patience_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int waited_ms = 0;

    for (;;) {
        int tick_ms = cli_signal_caught() && patience_ms - waited_ms < TICK_MS ? patience_ms - waited_ms : TICK_MS;
        int count = poll(&p, 1, tick_ms);

        if (count > 0 || (count < 0 && errno != EINTR))
            return true; /* the write finds out what is wrong */
        waited_ms = cli_signal_caught() ? waited_ms + tick_ms : 0;
        if (cli_signal_caught() && waited_ms >= patience_ms)
            return false;
    }
}

/* So much is written without blocking once there is room: else Ctrl+C would wait for the reader. pipe(7) */
static size_t piece_of(int fd)
{
    struct stat about;
    bool is_file = fstat(fd, &about) == 0 && (S_ISREG(about.st_mode) || (S_ISCHR(about.st_mode) && !isatty(fd)));

    return is_file ? SSIZE_MAX : PIPE_BUF;
}

/* The first @count bytes. 0, or the errno of what makes further writing useless; what could not be written yet stays in @b. */
static int write_some(int fd, struct icm_buf *b, size_t count, int patience_ms)
{
    size_t piece = piece_of(fd), done = 0;
    int failure = 0;

    while (done < count && !failure && wait_for_room(fd, patience_ms)) {
        ssize_t written = write(fd, b->data + done, count - done < piece ? count - done : piece);

        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR && errno != EAGAIN)
            failure = errno;
    }
    icm_buf_drop(b, done);
    return failure;
}

static void write_out(struct cli_writer *w, size_t count, int patience_ms)
{
    struct icm_buf *out = &w->sink.out;

    if (!w->is_out_gone && out->failed)
        w->out_errno = ENOMEM;
    else if (!w->is_out_gone)
        w->out_errno = write_some(STDOUT_FILENO, out, count, patience_ms);
    if (w->out_errno != 0) {
        w->is_out_gone = true;
        icm_buf_clear(out);
    }
}

/* Where standard error goes nowhere, nobody can be told. */
static void write_err(struct cli_writer *w, int patience_ms)
{
    struct icm_buf *err = &w->sink.err;

    if (write_some(STDERR_FILENO, err, err->size, patience_ms) != 0)
        icm_buf_clear(err);
    err->failed = false;
}

static void write_in_order(struct cli_writer *w, int patience_ms)
{
    struct icm_buf *out = &w->sink.out;

    if (w->sink.err.size > 0) {
        write_out(w, w->earlier < out->size ? w->earlier : out->size, patience_ms);
        write_err(w, patience_ms);
    }
    if (out->size > 0 || out->failed)
        write_out(w, out->size, patience_ms);
    w->earlier = out->size;
}

static void write_both(struct cli_writer *w, int patience_ms)
{
    bool is_watched = w->before && cli_writer_is_behind(w);

    if (is_watched)
        w->before(w->context);
    write_in_order(w, patience_ms);
    if (is_watched)
        w->behind(w->context);
}

void cli_writer_settle(struct cli_writer *w)
{
    if (w->sink.out.failed || w->sink.out.size > MUCH || w->sink.err.size > 0)
        cli_writer_flush(w);
    w->earlier = w->sink.out.size;
}

void cli_writer_flush(struct cli_writer *w)
{
    write_both(w, 0);
}

void cli_writer_finish(struct cli_writer *w)
{
    write_both(w, PATIENCE_MS);
}

bool cli_writer_is_behind(const struct cli_writer *w)
{
    return w->sink.out.size > 0 || w->sink.out.failed || w->sink.err.size > 0;
}

void cli_writer_reset(struct cli_writer *w)
{
    icm_buf_reset(&w->sink.out);
    icm_buf_reset(&w->sink.err);
}
