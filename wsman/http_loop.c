/* WAITS: each lane's curl on libuv. A lane has one transfer at a time, so what ends is known without looking further.
 */
#include "wsman/http_state.h"

#include <stdlib.h>

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* The lane may be freed behind this. */
static void take_finished(struct wsman_lane *l)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(l->multi, &left))) {
        CURLcode result = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        if (curl_easy_getinfo(l->easy, CURLINFO_ACTIVESOCKET, &l->socket) != CURLE_OK)
            l->socket = CURL_SOCKET_BAD;
        curl_multi_remove_handle(l->multi, l->easy); /* @message is gone with it */
        wsman_lane_transfer_ended(l, result);
        return;
    }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct wsman_lane *l = poll->data;
    uv_os_fd_t fd;
    int running, flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (uv_fileno((uv_handle_t *)poll, &fd) != 0)
        return;
    curl_multi_socket_action(l->multi, fd, flags, &running);
    take_finished(l);
}

static uv_poll_t *watch(struct wsman_lane *l, curl_socket_t fd)
{
    uv_poll_t *poll = calloc(1, sizeof *poll);

    if (!poll)
        return NULL;
    if (uv_poll_init(l->http->loop, poll, fd) != 0) {
        free(poll);
        return NULL;
    }
    poll->data = l;
    curl_multi_assign(l->multi, fd, poll);
    return poll;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct wsman_lane *l = context;
    uv_poll_t *poll = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (poll) {
            curl_multi_assign(l->multi, fd, NULL);
            uv_close((uv_handle_t *)poll, on_closed);
        }
        return 0;
    }
    if (!poll)
        poll = watch(l, fd);
    if (!poll)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(poll, events, on_ready) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *timer)
{
    struct wsman_lane *l = timer->data;
    int running;

    curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(l);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct wsman_lane *l = context;

    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(l->timer);
    else
        uv_timer_start(l->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_drain(uv_timer_t *timer)
{
    struct wsman_lane *l = timer->data;

    if (l->is_running)
        take_finished(l);
    else
        wsman_lane_drained(l);
}

void wsman_loop_kick(struct wsman_lane *l)
{
    int running;

    if (l->is_running)
        curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    uv_timer_start(l->drain, on_drain, 0, 0);
}

static uv_timer_t *timer_new(struct wsman_lane *l)
{
    uv_timer_t *timer = calloc(1, sizeof *timer);

    if (timer) {
        uv_timer_init(l->http->loop, timer);
        timer->data = l;
    }
    return timer;
}

static void timer_free(uv_timer_t *timer)
{
    if (timer)
        uv_close((uv_handle_t *)timer, on_closed);
}

bool wsman_loop_attach(struct wsman_lane *l)
{
    l->multi = curl_multi_init();
    l->timer = timer_new(l);
    l->drain = timer_new(l);
    l->limit = timer_new(l);
    if (!l->multi || !l->timer || !l->drain || !l->limit)
        return false;
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, 1L);
    return true;
}

void wsman_loop_detach(struct wsman_lane *l)
{
    if (l->multi)
        curl_multi_cleanup(l->multi);
    timer_free(l->timer);
    timer_free(l->drain);
    timer_free(l->limit);
}
