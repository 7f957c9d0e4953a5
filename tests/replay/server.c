#include "tests/replay/server.h"

#include "cli/endpoint_http.h"
#include "tests/replay/relay.h"
#include "tests/replay/twist.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { BODY_MAX = 16 * 1024 * 1024 };

/* an answer that comes late on purpose */
struct late {
    struct late *next;
    struct replay_server *server;
    uv_timer_t timer;
    uint64_t request;
    unsigned status;
    struct icm_buf body;
    const struct endpoint_fault *fault;
};

struct replay_server {
    uv_loop_t *loop;
    struct replay_server_options options;
    struct replay_dialogue *dialogue;
    struct endpoint_http *http;
    struct replay_relay *relay; /* NULL: answers go as they are */
    struct auth_credential account;
    struct icm_buf url;
    struct endpoint_fault cut;
    struct late *late;
};

static void tell(struct replay_server *s)
{
    if (s->options.changed)
        s->options.changed(s->options.context);
}

/* ---- answers ---- */

static void free_late(uv_handle_t *timer)
{
    struct late *l = timer->data;

    icm_buf_reset(&l->body);
    free(l);
}

static void drop_late(struct replay_server *s, struct late *l)
{
    struct late **at = &s->late;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    uv_close((uv_handle_t *)&l->timer, free_late);
}

static void on_late(uv_timer_t *timer)
{
    struct late *l = timer->data;
    struct replay_server *s = l->server;

    endpoint_http_answer(s->http, l->request, l->status, &l->body, l->fault);
    drop_late(s, l);
    tell(s);
}

static bool delay(struct replay_server *s, uint64_t delay_ms, const struct late *answer)
{
    struct late *l = calloc(1, sizeof *l);

    if (!l)
        return false;
    *l = *answer;
    l->server = s;
    l->next = s->late;
    s->late = l;
    uv_timer_init(s->loop, &l->timer);
    l->timer.data = l;
    uv_timer_start(&l->timer, on_late, delay_ms, 0);
    return true;
}

static void on_answer(void *up, uint64_t request, unsigned status, struct icm_buf *body, enum replay_manner manner,
                      const struct replay_row *row)
{
    static const struct endpoint_fault broken = {ENDPOINT_FAULT_CUT, 0};
    struct replay_server *s = up;
    struct late answer = {.request = request, .status = status, .fault = s->options.cut_at ? &s->cut : NULL};
    unsigned hurry = s->options.hurry ? s->options.hurry : 1;

    if (manner == REPLAY_BROKEN) { /* the head of an answer, and no more */
        icm_buf_add_text(body, " ");
        answer.fault = &broken;
    }
    if (s->options.twists && row && manner == REPLAY_WHOLE)
        replay_twist(body);
    if (row && row->delay_ms > 0) {
        icm_buf_move(&answer.body, body);
        if (delay(s, row->delay_ms / hurry, &answer))
            return;
        icm_buf_move(body, &answer.body);
    }
    endpoint_http_answer(s->http, request, status, body, answer.fault);
}

static const struct replay_dialogue_sink dialogue_sink = {on_answer};

/* ---- requests ---- */

static void on_request(void *up, uint64_t request, const char *user, struct icm_slice body)
{
    struct replay_server *s = up;

    (void)user;
    replay_dialogue_request(s->dialogue, request, body);
    tell(s);
}

static void on_hung_up(void *up, uint64_t request)
{
    struct replay_server *s = up;

    replay_dialogue_hung_up(s->dialogue, request);
    tell(s);
}

static void on_taken(void *up, uint64_t request, bool taken)
{
    (void)request, (void)taken;
    tell(up);
}

static const struct endpoint_http_sink http_sink = {on_request, on_hung_up, on_taken};

/* ---- life ---- */

static enum icm_code listen_on(struct replay_server *s, struct icm_error *err)
{
    const struct endpoint_options listeners = {
        .listeners = {{.host = "127.0.0.1", .port = s->options.piece ? 0 : s->options.port}},
        .listener_count = 1,
        .mechanisms = {auth_mechanism_find("Basic")},
        .mechanism_count = 1,
        .allow_unencrypted = true,
        .gzip = s->options.packs,
    };
    const struct endpoint_http_options options = {
        .options = &listeners, .accounts = &s->account, .account_count = 1, .body_max = BODY_MAX};

    s->account.user = strdup(REPLAY_USER);
    icm_buf_add_text(&s->account.password, REPLAY_PASSWORD);
    enum icm_code code = endpoint_http_new(&s->http, s->loop, &options, &http_sink, s, err);
    if (code != ICM_OK)
        return code;
    endpoint_http_uri(s->http, 0, &s->url);
    if (!s->options.piece)
        return icm_buf_check(&s->url, err);
    return replay_relay_new(&s->relay, s->loop, &s->url, s->options.port, s->options.piece, s->options.piece_max, err);
}

enum icm_code replay_server_new(struct replay_server **out, struct uv_loop_s *loop,
                                const struct replay_capture *capture, const struct replay_server_options *options,
                                struct icm_error *err)
{
    struct replay_server *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    s->loop = loop;
    s->options = *options;
    s->cut = (struct endpoint_fault){ENDPOINT_FAULT_CUT, (uint32_t)options->cut_at};
    enum icm_code code = replay_dialogue_new(&s->dialogue, capture, &dialogue_sink, s, err);
    if (code == ICM_OK)
        code = listen_on(s, err);
    if (code != ICM_OK) {
        replay_server_free(s);
        return code;
    }
    *out = s;
    return ICM_OK;
}

void replay_server_free(struct replay_server *s)
{
    if (!s)
        return;
    while (s->late)
        drop_late(s, s->late);
    s->options.changed = NULL;
    replay_relay_free(s->relay);
    endpoint_http_free(s->http);
    replay_dialogue_free(s->dialogue);
    auth_credential_reset(&s->account);
    icm_buf_reset(&s->url);
    free(s);
}

const char *replay_server_url(const struct replay_server *s)
{
    return icm_buf_text((struct icm_buf *)(uintptr_t)&s->url);
}

struct replay_dialogue *replay_server_dialogue(struct replay_server *s)
{
    return s->dialogue;
}
