#include "tests/replay/player_private.h"

#include "tests/replay/judge.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATIENCE_MS = 5000, /* for what a client waits for, in one answer or in several */
    SHORT_MS = 300,     /* for an answer that the recorded client did not get either */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void remember_newest(struct icm_buf *newest, struct icm_slice id)
{
    if (id.size == 0)
        return;
    icm_buf_clear(newest);
    icm_buf_add(newest, id);
}

static enum icm_code send_step(struct player *p, size_t index, struct icm_error *err)
{
    struct player_step *s = &p->steps[index];
    struct player_target *t = &p->targets[s->target], *shell = player_shell_of(p, t);
    struct icm_buf request = {0};

    if (s->state == UNSENT) {
        s->begun_ms = now_ms();
        s->had_ended = replay_heard_end(&t->live);
    }
    player_adopt_ids(p, s);
    if (s->request.operation == REPLAY_DELETE && shell)
        shell->is_deleted = true;
    p->is_left = p->is_left || s->request.operation == REPLAY_DISCONNECT;
    s->state = SENT;
    player_write_request(p, s, &request);
    enum icm_code code = icm_buf_check(&request, err);
    if (code == ICM_OK)
        code = replay_caller_send(&p->caller, s->row->connection, index, icm_buf_slice(&request), err);
    icm_buf_reset(&request);
    return code;
}

/* ---- answers ---- */

static void complain(struct player *p, struct player_step *s, const char *text)
{
    s->is_complained = true;
    icm_buf_add_format(&p->out->complaints, "%zu %s: %s\n", (size_t)(s - p->steps) + 1,
                       replay_operation_name(s->request.operation), text);
}

static void finish_step(struct player *p, struct player_step *s)
{
    size_t index = (size_t)(s - p->steps);
    bool is_used = false;

    s->state = DONE;
    for (size_t i = index + 1; i < p->capture->row_count; i++)
        is_used = is_used || p->capture->rows[i].connection == s->row->connection;
    if (!is_used)
        replay_caller_hang_up(&p->caller, s->row->connection);
}

static void learn_ids(struct player *p, const struct player_step *s, const struct replay_envelope *live)
{
    if (s->request.operation == REPLAY_CREATE && s->request.is_powershell)
        replay_ids_add_text(&p->ids, s->request.resource_uri, icm_slice_text(player_configuration));
    replay_ids_add_text(&p->ids, player_created_id(&s->answer), player_created_id(live));
    replay_ids_add_text(&p->ids, player_started_id(&s->answer), player_started_id(live));
    remember_newest(&p->newest_shell, player_created_id(live));
    remember_newest(&p->newest_command, player_started_id(live));
    if (player_created_id(live).size > 0)
        p->targets[s->target].is_created = true;
}

static void check_relation(struct player *p, struct player_step *s, const struct replay_envelope *live)
{
    struct icm_slice relation = replay_envelope_get(live, "s:Header/a:RelatesTo");

    if (live->count > 0 && s->message_id[0] && !icm_slice_is(relation, s->message_id))
        complain(p, s, "RelatesTo is not the request's MessageID");
}

static void judge(struct player *p, struct player_step *s, unsigned status, const struct replay_envelope *live)
{
    const struct player_target *t = &p->targets[s->target], *shell = player_shell_of(p, t);
    struct replay_judged j = {
        .operation = s->request.operation,
        .is_omi = p->capture->server.size > 3 && memcmp(p->capture->server.data, "OMI", 3) == 0,
        .has_ended = s->had_ended || replay_heard_end(&t->live),
        .is_created = shell && shell->is_created,
        .is_deleted = shell && shell->is_deleted,
        .is_left = p->is_left,
        .recorded = {s->row->status, &s->answer},
        .live = {status, live},
        .ids = &p->ids,
    };
    size_t before = p->out->complaints.size;
    char what[64];

    snprintf(what, sizeof what, "%zu %s", (size_t)(s - p->steps) + 1, replay_operation_name(s->request.operation));
    if (live->count > 0 && !live->is_whole)
        complain(p, s, "the answer is no well-formed XML");
    replay_judge(&j, what, &p->out->complaints);
    s->is_complained = s->is_complained || p->out->complaints.size > before;
}

/* how long a client waits for what it has to be told by step @s: at least as long as the recorded one did */
static int64_t patience_ms(const struct player *p, const struct player_step *s)
{
    return PATIENCE_MS + (int64_t)((s->row->begun_s + s->row->took_s - p->steps[0].row->begun_s) * 1000);
}

/* A client that has not been told all it waits for asks again, as the recorded one would have. */
static bool asks_again(struct player *p, const struct player_step *s, const struct replay_envelope *live)
{
    const struct player_target *t = &p->targets[s->target], *shell = player_shell_of(p, t);
    bool is_over = replay_envelope_count(live, "s:Body/s:Fault") > 0 &&
                   !icm_slice_is(replay_envelope_get(live, "s:Body/s:Fault/s:Code/s:Subcode/s:Value"), "w:TimedOut");

    return s->request.operation == REPLAY_RECEIVE && !is_over && !(shell && shell->is_deleted) &&
           replay_heard_owed(&t->recorded, &t->live) && now_ms() - s->begun_ms < patience_ms(p, s);
}

static enum icm_code take_answer(struct player *p, const struct replay_reply *reply, struct icm_error *err)
{
    struct player_step *s = &p->steps[reply->tag];
    struct player_target *t = &p->targets[s->target];
    struct replay_envelope live;
    struct icm_buf unreadable = {0};

    enum icm_code code = replay_envelope_read(&live, icm_buf_slice(&reply->body), err);
    if (code != ICM_OK)
        return code;
    check_relation(p, s, &live);
    learn_ids(p, s, &live);
    replay_heard_add(&t->live, &live, t->is_powershell, &unreadable);
    if (unreadable.size > 0)
        complain(p, s, icm_buf_text(&unreadable));
    if (asks_again(p, s, &live)) {
        code = send_step(p, reply->tag, err);
    } else {
        judge(p, s, reply->status, &live);
        finish_step(p, s);
    }
    icm_buf_reset(&unreadable);
    replay_envelope_reset(&live);
    return code;
}

/* ---- the order ---- */

/* the first that has to be answered before @index is sent (or before the end), or row_count */
static size_t awaited(const struct player *p, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (p->steps[i].state == SENT &&
            (index == p->capture->row_count || player_is_before(p, p->steps[i].row, p->steps[index].row)))
            return i;
    return p->capture->row_count;
}

static void give_up(struct player *p, struct player_step *s)
{
    static const struct replay_envelope nothing = {0};

    replay_caller_hang_up(&p->caller, s->row->connection);
    judge(p, s, 0, &nothing);
    finish_step(p, s);
}

static enum icm_code wait_until_due(struct player *p, size_t index, struct icm_error *err)
{
    int64_t begun = now_ms();
    struct replay_reply reply = {0};
    size_t waited;

    while ((waited = awaited(p, index)) < p->capture->row_count) {
        struct player_step *s = &p->steps[waited];
        int64_t left = begun + (s->row->status == 0 ? SHORT_MS : 2 * PATIENCE_MS) - now_ms();
        enum icm_code code = left > 0 ? replay_caller_next(&p->caller, (int)left, &reply, err) : ICM_AGAIN;
        if (code == ICM_OK) {
            code = take_answer(p, &reply, err);
        } else if (code == ICM_AGAIN) {
            give_up(p, s);
            code = ICM_OK;
        }
        begun = now_ms();
        icm_buf_reset(&reply.body);
        if (code != ICM_OK)
            return code;
    }
    return ICM_OK;
}

/* What a client heard by this answer it has to hear by ours. */
static void expect_answer(struct player *p, const struct player_step *s)
{
    struct player_target *t = &p->targets[s->target];

    replay_heard_add(&t->recorded, &s->answer, t->is_powershell, NULL);
}

/* Whatever the recorded client left behind. */
static void delete_shells(struct player *p)
{
    struct replay_reply reply = {0};

    for (size_t i = 0; i < p->target_count; i++) {
        const struct player_target *t = &p->targets[i];
        struct icm_slice id = replay_ids_live(&p->ids, t->shell_id);
        struct icm_buf body = {0}, request = {0};
        static const struct replay_row row = {.status = 200};
        if (!t->is_created || t->is_deleted)
            continue;
        icm_buf_add_format(
            &body,
            "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:a=\"" WSMAN_NS_ADDRESSING "\" xmlns:w=\"" WSMAN_NS_WSMAN
            "\"><s:Header><a:To>http://127.0.0.1/wsman</a:To><a:Action>" WSMAN_ACTION_DELETE
            "</a:Action><a:MessageID>uuid:0</a:MessageID><w:ResourceURI>%.*s</w:ResourceURI><w:SelectorSet><w:Selector "
            "Name=\"ShellId\">%.*s</w:Selector></w:SelectorSet></s:Header><s:Body/></s:Envelope>",
            (int)t->resource_uri.size, (const char *)t->resource_uri.data, (int)id.size, (const char *)id.data);
        icm_buf_add_format(&request, "POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n", body.size);
        player_add_authorization(p, &row, &request);
        player_add_headers(&row, &request);
        icm_buf_add_text(&request, "\r\n");
        icm_buf_add(&request, icm_buf_slice(&body));
        if (replay_caller_send(&p->caller, UINT32_MAX, 0, icm_buf_slice(&request), NULL) == ICM_OK)
            replay_caller_next(&p->caller, PATIENCE_MS, &reply, NULL);
        icm_buf_reset(&reply.body);
        icm_buf_reset(&body);
        icm_buf_reset(&request);
    }
}

static void settle(struct player *p)
{
    for (size_t i = 0; i < p->target_count; i++) {
        const struct player_target *t = &p->targets[i];
        const char *owed = replay_heard_owed(&t->recorded, &t->live);
        if (owed)
            icm_buf_add_format(&p->out->complaints, "the %s %.*s was never told %s\n",
                               t->command_id.size > 0 ? "command" : "shell",
                               (int)(t->command_id.size > 0 ? t->command_id : t->shell_id).size,
                               (const char *)(t->command_id.size > 0 ? t->command_id : t->shell_id).data, owed);
    }
    for (size_t i = 0; i < p->capture->row_count; i++) {
        p->out->requests += p->steps[i].row->has_request;
        p->out->accepted += p->steps[i].row->has_request && p->steps[i].state == DONE && !p->steps[i].is_complained;
    }
}

static enum icm_code play(struct player *p, struct icm_error *err)
{
    enum icm_code code = player_take_apart(p, err);

    for (size_t i = 0; i < p->capture->row_count && code == ICM_OK; i++) {
        if (!p->steps[i].row->has_request)
            continue;
        code = wait_until_due(p, i, err);
        if (code != ICM_OK)
            break;
        expect_answer(p, &p->steps[i]);
        code = send_step(p, i, err);
    }
    if (code == ICM_OK)
        code = wait_until_due(p, p->capture->row_count, err);
    if (code == ICM_OK) {
        delete_shells(p);
        settle(p);
    }
    return code;
}

enum icm_code replay_play(struct replay_played *out, const struct replay_capture *capture,
                          const struct replay_player_options *options, struct icm_error *err)
{
    struct player p = {.options = options, .capture = capture, .out = out};

    *out = (struct replay_played){0};
    replay_caller_init(&p.caller, options->port);
    enum icm_code code = play(&p, err);
    for (size_t i = 0; i < capture->row_count && p.steps; i++) {
        replay_request_reset(&p.steps[i].request);
        replay_envelope_reset(&p.steps[i].answer);
    }
    for (size_t i = 0; i < p.target_count; i++) {
        replay_heard_reset(&p.targets[i].recorded);
        replay_heard_reset(&p.targets[i].live);
    }
    free(p.steps);
    free(p.targets);
    icm_buf_reset(&p.newest_shell);
    icm_buf_reset(&p.newest_command);
    replay_ids_reset(&p.ids);
    replay_caller_reset(&p.caller);
    return code;
}

void replay_played_reset(struct replay_played *p)
{
    icm_buf_reset(&p->complaints);
}
