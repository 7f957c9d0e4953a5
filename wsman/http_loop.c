/* WAITS: curl on libuv. One multi handle runs the transfers of all lanes; what has ended is told to its lane. */
#include "wsman/http_state.h"

#include <stdlib.h>

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* The lane may be freed behind this. */
static void take_ended(CURL *easy, CURLcode result)
{
    struct wsman_lane *l = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&l);
    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &l->socket) != CURLE_OK)
        l->socket = CURL_SOCKET_BAD;
    curl_multi_remove_handle(l->http->multi, easy);
    wsman_lane_transfer_ended(l, result);
}

/* Other lanes, and their owner, may be freed in what one lane's end brings with it. */
static void take_finished(struct wsman_http *h)
{
    CURLMsg *message;
    int left;

    h->users++;
    while ((message = curl_multi_info_read(h->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            take_ended(message->easy_handle, message->data.result);
    wsman_http_free(h);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct wsman_http *h = poll->data;
    uv_os_fd_t fd;
    int running, flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (uv_fileno((uv_handle_t *)poll, &fd) != 0)
        return;
    curl_multi_socket_action(h->multi, fd, flags, &running);
    take_finished(h);
}

static uv_poll_t *watch(struct wsman_http *h, curl_socket_t fd)
{
    uv_poll_t *poll = calloc(1, sizeof *poll);

    if (!poll)
        return NULL;
    if (uv_poll_init(h->loop, poll, fd) != 0) {
        free(poll);
        return NULL;
    }
    poll->data = h;
    curl_multi_assign(h->multi, fd, poll);
    return poll;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct wsman_http *h = context;
    uv_poll_t *poll = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (poll) {
            curl_multi_assign(h->multi, fd, NULL);
            uv_close((uv_handle_t *)poll, on_closed);
        }
        return 0;
    }
    if (!poll)
        poll = watch(h, fd);
    if (!poll)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(poll, events, on_ready) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *timer)
{
    struct wsman_http *h = timer->data;
    int running;

    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(h);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct wsman_http *h = context;

    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(h->timer);
    else
        uv_timer_start(h->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_drain(uv_timer_t *timer)
{
    take_finished(timer->data);
}

void wsman_loop_kick(struct wsman_http *h)
{
    int running;

    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    uv_timer_start(h->drain, on_drain, 0, 0);
}

uv_timer_t *wsman_timer_new(uv_loop_t *loop, void *data)
{
    uv_timer_t *timer = calloc(1, sizeof *timer);

    if (timer) {
        uv_timer_init(loop, timer);
        timer->data = data;
    }
    return timer;
}

void wsman_timer_free(uv_timer_t *timer)
{
    if (timer)
        uv_close((uv_handle_t *)timer, on_closed);
}

bool wsman_loop_attach(struct wsman_http *h)
{
    h->multi = curl_multi_init();
    h->timer = wsman_timer_new(h->loop, h);
    h->drain = wsman_timer_new(h->loop, h);
    if (!h->multi || !h->timer || !h->drain)
        return false;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 1L); /* in each lane's share */
    return true;
}

void wsman_loop_detach(struct wsman_http *h)
{
    curl_multi_cleanup(h->multi);
    wsman_timer_free(h->timer);
    wsman_timer_free(h->drain);
}
