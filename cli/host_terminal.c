#include "cli/host_terminal.h"

#include "cli/host_key.h"
#include "cli/run_signal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum {
    LINE_MAX_BYTES = 64 * 1024,
    PIECE = 4096,
    NAME_MAX_BYTES = 256,
    TICK_MS = 200, /* a signal is noticed within it while the terminal takes nothing */
};

struct cli_terminal {
    uv_poll_t poll;
    uv_signal_t resumed; /* a shell that stopped us has changed the terminal's settings */
    int handles;         /* not closed yet */
    int fd;
    struct termios before;
    enum cli_terminal_mode mode;
    bool takes_ctrl_c, shows_keys;
    bool is_over;
    struct icm_buf line; /* typed, and not taken yet */
    void (*ready)(void *context);
    void *context;
};

/* ---- modes ---- */

static struct termios settings_of(const struct cli_terminal *t, enum cli_terminal_mode mode)
{
    struct termios s = t->before;

    if (mode == CLI_TERMINAL_SECRET) {
        s.c_lflag &= ~(tcflag_t)ECHO;
        s.c_lflag |= ICANON | ECHONL;
    }
    if (mode == CLI_TERMINAL_KEY) {
        s.c_lflag &= ~(tcflag_t)(ICANON | (t->shows_keys ? 0 : ECHO) | (t->takes_ctrl_c ? ISIG : 0));
        s.c_cc[VMIN] = 1;
        s.c_cc[VTIME] = 0;
    }
    return s;
}

static void on_poll(uv_poll_t *poll, int status, int events);

void cli_terminal_set_mode(struct cli_terminal *t, enum cli_terminal_mode mode)
{
    bool becomes_secret = mode == CLI_TERMINAL_SECRET && t->mode != mode;
    struct termios settings = settings_of(t, mode);

    if (becomes_secret)
        cli_terminal_flush(t); /* it was shown, and it was no answer to this */
    tcsetattr(t->fd, becomes_secret ? TCSAFLUSH : TCSADRAIN, &settings);
    t->mode = mode;
    if (mode == CLI_TERMINAL_REST)
        uv_poll_stop(&t->poll);
    else
        uv_poll_start(&t->poll, UV_READABLE | UV_DISCONNECT, on_poll);
}

void cli_terminal_set_keys(struct cli_terminal *t, bool takes_ctrl_c, bool shows)
{
    t->takes_ctrl_c = takes_ctrl_c;
    t->shows_keys = shows;
}

/* ---- reading ---- */

/* The first @size bytes go to @out, @more behind them are dropped. Nothing of them is left here: they may be a secret.
 */
static void take_front(struct cli_terminal *t, size_t size, size_t more, struct icm_buf *out)
{
    struct icm_buf rest = {0};

    if (t->line.size > size + more)
        icm_buf_add(&rest, icm_slice_from(icm_buf_slice(&t->line), size + more));
    icm_buf_move(out, &t->line);
    icm_buf_move(&t->line, &rest);
    out->size = size;
}

static bool next_key(struct cli_terminal *t, struct icm_buf *out)
{
    struct icm_slice rest = icm_buf_slice(&t->line);
    struct cli_key key;

    if (rest.size == 0)
        return false;
    cli_key_read(&rest, &key);
    take_front(t, t->line.size - rest.size, 0, out);
    return true;
}

static bool next_line(struct cli_terminal *t, struct icm_buf *out)
{
    const uint8_t *end = t->line.size > 0 ? memchr(t->line.data, '\n', t->line.size) : NULL;

    if (end)
        take_front(t, (size_t)(end - t->line.data), 1, out);
    return end != NULL;
}

bool cli_terminal_next(struct cli_terminal *t, struct icm_buf *out, bool *is_over)
{
    *is_over = false;
    if (t->mode == CLI_TERMINAL_KEY ? next_key(t, out) : next_line(t, out))
        return true;
    *is_over = t->is_over || t->line.size > LINE_MAX_BYTES;
    if (*is_over)
        icm_buf_reset(&t->line);
    t->is_over = false;
    return *is_over;
}

/* Ctrl+D ends the line that it is typed in; on an empty one it is an end of the input for whoever asked. */
static void read_piece(struct cli_terminal *t)
{
    uint8_t *room = icm_buf_room(&t->line, PIECE);
    ssize_t got = room ? read(t->fd, room, PIECE) : -1;

    if (got < 0 && room && (errno == EAGAIN || errno == EINTR))
        return;
    t->is_over = got <= 0;
    if (got > 0)
        t->line.size += (size_t)got;
    t->ready(t->context);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events; /* what is wrong, the read finds out */
    read_piece(poll->data);
}

/* ---- the rest ---- */

void cli_terminal_write(struct cli_terminal *t, struct icm_slice text)
{
    struct pollfd p = {.fd = t->fd, .events = POLLOUT};

    while (text.size > 0) {
        ssize_t written = write(t->fd, text.data, text.size);

        if (written > 0)
            text = icm_slice_from(text, (size_t)written);
        else if (written < 0 && errno != EAGAIN && errno != EINTR)
            return;
        else if (cli_signal_caught())
            return;
        else
            poll(&p, 1, TICK_MS);
    }
}

struct psrp_size cli_terminal_size(const struct cli_terminal *t)
{
    struct winsize w = {0};

    if (ioctl(t->fd, TIOCGWINSZ, &w) < 0)
        return (struct psrp_size){0, 0};
    return (struct psrp_size){w.ws_col, w.ws_row};
}

/* A terminal that reads lines tells of whole ones only. */
bool cli_terminal_has_key(struct cli_terminal *t)
{
    struct termios settings = settings_of(t, CLI_TERMINAL_KEY), now = settings_of(t, t->mode);
    int count = 0;

    tcsetattr(t->fd, TCSANOW, &settings);
    bool has_key = t->line.size > 0 || (ioctl(t->fd, FIONREAD, &count) == 0 && count > 0);
    tcsetattr(t->fd, TCSANOW, &now);
    return has_key;
}

void cli_terminal_flush(struct cli_terminal *t)
{
    tcflush(t->fd, TCIFLUSH);
    icm_buf_reset(&t->line);
}

static void on_resumed(uv_signal_t *resumed, int number)
{
    struct cli_terminal *t = resumed->data;

    (void)number;
    if (t->mode != CLI_TERMINAL_REST)
        cli_terminal_set_mode(t, t->mode);
}

/* Standard input's own description may be shared with others, whom a non-blocking one would surprise. */
static int open_own(struct icm_error *err)
{
    char name[NAME_MAX_BYTES];
    int failed = isatty(STDIN_FILENO) ? ttyname_r(STDIN_FILENO, name, sizeof name) : ENOTTY;
    int fd = failed ? -1 : open(name, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        icm_fail(err, ICM_UNSUPPORTED, NULL, "standard input is no terminal to ask on: %s",
                 strerror(failed ? failed : errno));
    return fd;
}

enum icm_code cli_terminal_new(struct cli_terminal **out, struct uv_loop_s *loop, void (*ready)(void *context),
                               void *context, struct icm_error *err)
{
    int fd = open_own(err);
    struct cli_terminal *t = fd < 0 ? NULL : calloc(1, sizeof *t);

    if (fd < 0)
        return ICM_UNSUPPORTED;
    if (!t || tcgetattr(fd, &t->before) < 0 || uv_poll_init(loop, &t->poll, fd) != 0) {
        free(t);
        close(fd);
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "the terminal cannot be watched");
    }
    t->fd = fd;
    t->ready = ready;
    t->context = context;
    t->poll.data = t->resumed.data = t;
    t->handles = 2;
    uv_signal_init(loop, &t->resumed);
    uv_signal_start(&t->resumed, on_resumed, SIGCONT);
    uv_unref((uv_handle_t *)&t->resumed); /* it waits for nothing that must come */
    *out = t;
    return ICM_OK;
}

static void on_closed(uv_handle_t *handle)
{
    struct cli_terminal *t = handle->data;

    if (--t->handles > 0)
        return;
    close(t->fd);
    icm_buf_reset(&t->line);
    free(t);
}

void cli_terminal_free(struct cli_terminal *t)
{
    if (!t)
        return;
    if (t->mode != CLI_TERMINAL_REST)
        cli_terminal_set_mode(t, CLI_TERMINAL_REST);
    uv_close((uv_handle_t *)&t->poll, on_closed);
    uv_close((uv_handle_t *)&t->resumed, on_closed);
}
