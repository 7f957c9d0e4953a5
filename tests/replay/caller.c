#include "tests/replay/caller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 65536, STUCK_S = 10 };

void replay_caller_init(struct replay_caller *c, uint16_t port)
{
    *c = (struct replay_caller){.port = port};
}

static void close_line(struct replay_line *l)
{
    if (l->socket >= 0)
        close(l->socket);
    l->socket = -1;
    l->is_waiting = false;
    icm_buf_reset(&l->in);
}

void replay_caller_reset(struct replay_caller *c)
{
    for (size_t i = 0; i < c->line_count; i++)
        close_line(&c->lines[i]);
    c->line_count = 0;
}

static struct replay_line *line_of(struct replay_caller *c, unsigned number)
{
    struct replay_line *unused = NULL;

    for (size_t i = 0; i < c->line_count; i++) {
        if (c->lines[i].number == number)
            return &c->lines[i];
        if (c->lines[i].socket < 0)
            unused = &c->lines[i];
    }
    if (!unused && c->line_count < REPLAY_CALLER_LINES)
        unused = &c->lines[c->line_count++];
    if (unused)
        *unused = (struct replay_line){.number = number, .socket = -1};
    return unused;
}

void replay_caller_hang_up(struct replay_caller *c, unsigned number)
{
    for (size_t i = 0; i < c->line_count; i++)
        if (c->lines[i].number == number)
            close_line(&c->lines[i]);
}

static enum icm_code connect_line(const struct replay_caller *c, struct replay_line *l, struct icm_error *err)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(c->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval stuck = {.tv_sec = STUCK_S};

    l->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->socket < 0)
        return icm_fail(err, ICM_IO, NULL, "socket: %s", strerror(errno));
    setsockopt(l->socket, SOL_SOCKET, SO_SNDTIMEO, &stuck, sizeof stuck);
    if (connect(l->socket, (struct sockaddr *)&to, sizeof to) == 0)
        return ICM_OK;
    close_line(l);
    return icm_fail(err, ICM_IO, NULL, "connect: %s", strerror(errno));
}

/* A server may answer and close before it has read all: what it said is read all the same. */
static void send_all(int to, struct icm_slice bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(to, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes = icm_slice_from(bytes, (size_t)sent);
    }
}

enum icm_code replay_caller_send(struct replay_caller *c, unsigned number, size_t tag, struct icm_slice request,
                                 struct icm_error *err)
{
    struct replay_line *l = line_of(c, number);

    if (!l)
        return icm_fail(err, ICM_LIMIT, NULL, "more than %d connections", REPLAY_CALLER_LINES);
    if (l->is_waiting)
        return icm_fail(err, ICM_STATE, NULL, "connection %u waits for an answer already", number);
    enum icm_code code = l->socket < 0 ? connect_line(c, l, err) : ICM_OK;
    if (code != ICM_OK)
        return code;
    l->tag = tag;
    l->is_waiting = true;
    send_all(l->socket, request);
    return ICM_OK;
}

/* ---- answers ---- */

/* the value of header @name in a head, or NULL */
static const char *header(const char *head, const char *name)
{
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0)
            return line + strlen(name);
    }
    return NULL;
}

/* Whether @l has a whole answer, which goes to @out then. @has_ended: no more comes. */
static bool take_answer(struct replay_line *l, bool has_ended, struct replay_reply *out)
{
    const char *text = icm_buf_text(&l->in), *end = strstr(text, "\r\n\r\n");

    if (end) {
        struct icm_buf head = {0};
        icm_buf_add(&head, icm_slice_of(text, (size_t)(end - text)));
        const char *said = header(icm_buf_text(&head), "Content-Length:");
        size_t from = (size_t)(end - text) + 4, size = said ? strtoul(said, NULL, 10) : l->in.size - from;
        bool is_whole = (said || has_ended) && l->in.size - from >= size;
        bool closes = has_ended || header(icm_buf_text(&head), "Connection: close");
        if (is_whole) {
            *out =
                (struct replay_reply){.tag = l->tag, .status = (unsigned)strtoul(text + strlen("HTTP/1.1 "), NULL, 10)};
            icm_buf_add(&out->body, icm_slice_of(l->in.data + from, size));
            l->is_waiting = false;
            icm_buf_drop(&l->in, from + size);
            if (closes)
                close_line(l);
        }
        icm_buf_reset(&head);
        if (is_whole)
            return true;
    }
    if (has_ended) {
        *out = (struct replay_reply){.tag = l->tag};
        close_line(l);
    }
    return has_ended;
}

static bool read_line(struct replay_line *l, struct replay_reply *out)
{
    uint8_t *room = icm_buf_room(&l->in, PIECE);
    ssize_t size = room ? recv(l->socket, room, PIECE, 0) : 0;

    if (size > 0)
        l->in.size += (size_t)size;
    return take_answer(l, size <= 0, out);
}

enum icm_code replay_caller_next(struct replay_caller *c, int patience_ms, struct replay_reply *out,
                                 struct icm_error *err)
{
    struct pollfd waits[REPLAY_CALLER_LINES];

    for (;;) {
        for (size_t i = 0; i < c->line_count; i++)
            waits[i] = (struct pollfd){.fd = c->lines[i].is_waiting ? c->lines[i].socket : -1, .events = POLLIN};
        int ready = poll(waits, c->line_count, patience_ms);
        if (ready < 0 && errno != EINTR)
            return icm_fail(err, ICM_IO, NULL, "poll: %s", strerror(errno));
        if (ready <= 0)
            return ICM_AGAIN;
        for (size_t i = 0; i < c->line_count; i++)
            if (waits[i].revents && read_line(&c->lines[i], out))
                return ICM_OK;
    }
}
