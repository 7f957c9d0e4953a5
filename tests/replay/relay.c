#include "tests/replay/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { LARGE_PIECE = 1009, READ_SIZE = 64 * 1024 };

/* a client's connection, and ours to the server for it */
struct link {
    struct link *next;
    struct replay_relay *relay;
    uv_tcp_t client, server;
    uv_connect_t connect;
    int open_handles;
    bool is_closing, has_server_ended;
    struct icm_buf waiting; /* of the server's, for the client */
    size_t given;           /* of it */
    size_t of_answer;       /* bytes given since the client last said something */
};

struct replay_relay {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_idle_t idle; /* runs while something waits: a piece of each link in each turn of the loop */
    struct link *links;
    struct sockaddr_in to;
    size_t piece, piece_max;
    int open_handles;
    bool is_freed;
};

/* ---- the end of it ---- */

static void free_if_over(struct replay_relay *r)
{
    if (r->is_freed && r->open_handles == 0 && !r->links)
        free(r);
}

static void on_relay_handle_closed(uv_handle_t *handle)
{
    struct replay_relay *r = handle->data;

    r->open_handles--;
    free_if_over(r);
}

static void on_link_handle_closed(uv_handle_t *handle)
{
    struct link *l = handle->data, **at = &l->relay->links;
    struct replay_relay *r = l->relay;

    if (--l->open_handles > 0)
        return;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    icm_buf_reset(&l->waiting);
    free(l);
    free_if_over(r);
}

static void close_link(struct link *l)
{
    if (l->is_closing)
        return;
    l->is_closing = true;
    uv_close((uv_handle_t *)&l->client, on_link_handle_closed);
    uv_close((uv_handle_t *)&l->server, on_link_handle_closed);
}

/* ---- pieces ---- */

static void give_piece(struct link *l)
{
    const struct replay_relay *r = l->relay;
    size_t size = r->piece_max && l->of_answer >= r->piece_max ? LARGE_PIECE : r->piece;
    size_t left = l->waiting.size - l->given;
    uv_buf_t piece = uv_buf_init((char *)l->waiting.data + l->given, (unsigned)(size < left ? size : left));

    int written = left > 0 ? uv_try_write((uv_stream_t *)&l->client, &piece, 1) : 0;
    if (written == UV_EAGAIN)
        return;
    if (written < 0) {
        close_link(l);
        return;
    }
    l->given += (size_t)written;
    l->of_answer += (size_t)written;
    if (l->given < l->waiting.size)
        return;
    icm_buf_clear(&l->waiting);
    l->given = 0;
    if (l->has_server_ended)
        close_link(l);
}

static void on_turn(uv_idle_t *idle)
{
    struct replay_relay *r = idle->data;
    bool has_more = false;

    for (struct link *l = r->links, *next; l; l = next) {
        next = l->next;
        if (l->is_closing)
            continue;
        if (l->waiting.size > 0)
            give_piece(l);
        has_more = has_more || (!l->is_closing && l->waiting.size > 0);
    }
    if (!has_more)
        uv_idle_stop(idle);
}

/* ---- what comes ---- */

static void allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char bytes[READ_SIZE];

    (void)handle, (void)wanted;
    *out = uv_buf_init(bytes, sizeof bytes);
}

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct link *l = stream->data;

    if (size > 0) {
        icm_buf_add(&l->waiting, icm_slice_of(bytes->base, (size_t)size));
        uv_idle_start(&l->relay->idle, on_turn);
    } else if (size < 0) {
        l->has_server_ended = true;
        uv_read_stop(stream);
        if (l->waiting.size == 0)
            close_link(l);
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct link *l = stream->data;

    if (size < 0) {
        close_link(l);
        return;
    }
    uv_write_t *write = size > 0 ? malloc(sizeof *write + (size_t)size) : NULL;
    if (!write)
        return;
    memcpy(write + 1, bytes->base, (size_t)size);
    uv_buf_t copy = uv_buf_init((char *)(write + 1), (unsigned)size);
    l->of_answer = 0;
    if (uv_write(write, (uv_stream_t *)&l->server, &copy, 1, on_written) != 0)
        free(write);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct link *l = connect->data;

    if (status != 0) {
        close_link(l);
        return;
    }
    uv_read_start((uv_stream_t *)&l->server, allocate, on_server_read);
    uv_read_start((uv_stream_t *)&l->client, allocate, on_client_read);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct replay_relay *r = listener->data;
    struct link *l = status == 0 ? calloc(1, sizeof *l) : NULL;

    if (!l)
        return;
    l->relay = r;
    l->next = r->links;
    r->links = l;
    l->open_handles = 2;
    uv_tcp_init(r->loop, &l->client);
    uv_tcp_init(r->loop, &l->server);
    l->client.data = l->server.data = l->connect.data = l;
    if (uv_accept(listener, (uv_stream_t *)&l->client) != 0 ||
        uv_tcp_connect(&l->connect, &l->server, (const struct sockaddr *)&r->to, on_connected) != 0) {
        close_link(l);
        return;
    }
    uv_tcp_nodelay(&l->client, 1);
    uv_tcp_nodelay(&l->server, 1);
}

/* ---- life ---- */

enum icm_code replay_relay_new(struct replay_relay **out, struct uv_loop_s *loop, struct icm_buf *url, uint16_t port,
                               size_t piece, size_t piece_max, struct icm_error *err)
{
    struct replay_relay *r = calloc(1, sizeof *r);
    struct sockaddr_in own;
    int size = sizeof own;
    unsigned to;

    if (!r)
        return icm_nomem(err);
    *r = (struct replay_relay){.loop = loop, .piece = piece, .piece_max = piece_max, .open_handles = 2};
    uv_tcp_init(loop, &r->listener);
    uv_idle_init(loop, &r->idle);
    r->listener.data = r->idle.data = r;
    uv_ip4_addr("127.0.0.1", port, &own);
    if (sscanf(icm_buf_text(url), "http://127.0.0.1:%u/", &to) != 1 || uv_ip4_addr("127.0.0.1", (int)to, &r->to) != 0 ||
        uv_tcp_bind(&r->listener, (const struct sockaddr *)&own, 0) != 0 ||
        uv_listen((uv_stream_t *)&r->listener, 16, on_connection) != 0 ||
        uv_tcp_getsockname(&r->listener, (struct sockaddr *)&own, &size) != 0) {
        replay_relay_free(r);
        return icm_fail(err, ICM_IO, NULL, "cannot listen on 127.0.0.1:%u", port);
    }
    icm_buf_clear(url);
    icm_buf_add_format(url, "http://127.0.0.1:%u/wsman", ntohs(own.sin_port));
    *out = r;
    return icm_buf_check(url, err);
}

void replay_relay_free(struct replay_relay *r)
{
    if (!r)
        return;
    r->is_freed = true;
    for (struct link *l = r->links; l; l = l->next)
        close_link(l);
    uv_close((uv_handle_t *)&r->listener, on_relay_handle_closed);
    uv_close((uv_handle_t *)&r->idle, on_relay_handle_closed);
}
