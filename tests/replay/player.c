#include "tests/replay/player.h"

#include "base/text.h"
#include "tests/replay/caller.h"
#include "tests/replay/heard.h"
#include "tests/replay/judge.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum {
    PATIENCE_MS = 5000, /* for what a client waits for, in one answer or in several */
    SHORT_MS = 300,     /* for an answer that the recorded client did not get either */
};
#define BRIEFLY "PT0.02S" /* of a Receive that the recorded client waited for */
#define LEFT_OPEN "PT20S" /* of one that it left open until it deleted the shell */

/* the one that there is here */
static const char configuration[] = WSMAN_NS_POWERSHELL "/Microsoft.PowerShell";

/* a shell, or one of its commands */
struct target {
    struct icm_slice shell_id, command_id; /* as recorded */
    struct icm_slice resource_uri;
    bool is_powershell, is_deleted, is_created;
    struct replay_heard recorded, live;
};

/* one exchange of the recording */
struct step {
    const struct replay_row *row;
    struct replay_request request; /* the recorded one */
    struct replay_envelope answer; /* … and its answer */
    size_t target;
    bool is_left_open;
    enum { UNSENT, SENT, DONE } state;
    bool had_ended;     /* its command had told its end before this one was sent */
    bool is_complained; /* something was wrong with it */
    int64_t begun_ms;
    char message_id[128];
};

struct player {
    const struct replay_player_options *options;
    const struct replay_capture *capture;
    struct replay_played *out;
    struct replay_caller caller;
    struct step *steps;
    struct target *targets;
    size_t target_count;
    struct replay_ids ids;
    unsigned message_number;
    bool is_left;                                /* a shell was disconnected */
    struct icm_buf newest_shell, newest_command; /* their live ids */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct icm_slice created_id(const struct replay_envelope *answer)
{
    return replay_envelope_get(answer,
                               "s:Body/x:ResourceCreated/a:ReferenceParameters/w:SelectorSet/w:Selector[ShellId]");
}

static struct icm_slice started_id(const struct replay_envelope *answer)
{
    return replay_envelope_get(answer, "s:Body/rsp:CommandResponse/rsp:CommandId");
}

/* ---- the recording, taken apart ---- */

static size_t target_of(struct player *p, const struct step *s)
{
    const struct replay_request *r = &s->request;
    struct icm_slice given = created_id(&s->answer), started = started_id(&s->answer);
    struct icm_slice shell_id = r->operation != REPLAY_CREATE ? r->shell_id : given.size > 0 ? given : r->asked_id;
    struct icm_slice command_id = r->operation == REPLAY_COMMAND && started.size > 0 ? started : r->command_id;

    for (size_t i = 0; i < p->target_count; i++)
        if (icm_slice_equal_nocase(p->targets[i].shell_id, shell_id) &&
            icm_slice_equal_nocase(p->targets[i].command_id, command_id))
            return i;
    p->targets[p->target_count] = (struct target){.shell_id = shell_id,
                                                  .command_id = command_id,
                                                  .resource_uri = r->resource_uri,
                                                  .is_powershell = r->is_powershell};
    return p->target_count++;
}

static struct target *shell_of(struct player *p, const struct target *t)
{
    for (size_t i = 0; i < p->target_count; i++)
        if (p->targets[i].command_id.size == 0 && icm_slice_equal_nocase(p->targets[i].shell_id, t->shell_id))
            return &p->targets[i];
    return NULL;
}

/* Whether row @earlier was answered before row @later was sent. Who took no times waited for each answer. */
static bool is_before(const struct player *p, const struct replay_row *earlier, const struct replay_row *later)
{
    return !p->capture->is_timed || earlier->begun_s + earlier->took_s <= later->begun_s;
}

/* a Receive that waits while its shell is deleted */
static bool is_left_open(const struct player *p, size_t index)
{
    const struct step *s = &p->steps[index];

    for (size_t i = index + 1; i < p->capture->row_count && s->request.operation == REPLAY_RECEIVE; i++)
        if (p->steps[i].request.operation == REPLAY_DELETE &&
            icm_slice_equal_nocase(p->steps[i].request.shell_id, s->request.shell_id))
            return !is_before(p, s->row, p->steps[i].row);
    return false;
}

static enum icm_code take_apart(struct player *p, struct icm_error *err)
{
    const struct replay_capture *c = p->capture;
    enum icm_code code = ICM_OK;

    p->steps = calloc(c->row_count + 1, sizeof *p->steps);
    p->targets = calloc(c->row_count + 1, sizeof *p->targets);
    if (!p->steps || !p->targets)
        return icm_nomem(err);
    for (size_t i = 0; i < c->row_count && code == ICM_OK; i++) {
        struct step *s = &p->steps[i];
        s->row = &c->rows[i];
        code = replay_request_read(&s->request, icm_buf_slice(&s->row->request), err);
        if (code == ICM_OK)
            code = replay_envelope_read(&s->answer, icm_buf_slice(&s->row->response), err);
        s->target = target_of(p, s);
    }
    for (size_t i = 0; i < c->row_count && code == ICM_OK; i++)
        p->steps[i].is_left_open = is_left_open(p, i);
    return code;
}

/* ---- a request, as it goes out ---- */

static void replace(struct icm_buf *text, const char *from, const char *to)
{
    struct icm_buf out = {0};
    struct icm_slice rest = icm_buf_slice(text);
    const uint8_t *found;

    while (*from && rest.size > 0 && (found = memmem(rest.data, rest.size, from, strlen(from)))) {
        icm_buf_add(&out, icm_slice_of(rest.data, (size_t)(found - rest.data)));
        icm_buf_add_text(&out, to);
        rest = icm_slice_from(rest, (size_t)(found - rest.data) + strlen(from));
    }
    icm_buf_add(&out, rest);
    icm_buf_move(text, &out);
}

/* Put @value where the element at @path has another. */
static void put(struct icm_buf *text, const struct replay_envelope *e, const char *path, const char *value)
{
    struct icm_slice old = replay_envelope_get(e, path);
    char from[512], to[512];

    if (old.size == 0 || old.size > 400)
        return;
    snprintf(from, sizeof from, ">%.*s<", (int)old.size, (const char *)old.data);
    snprintf(to, sizeof to, ">%s<", value);
    replace(text, from, to);
}

/* the address with our port; scheme, path and query are the client's */
static void put_address(struct player *p, struct icm_buf *text, const struct replay_envelope *e)
{
    struct icm_buf old = {0};
    char value[400];

    icm_buf_add(&old, replay_envelope_get(e, "s:Header/a:To"));
    const char *host = strstr(icm_buf_text(&old), "://"), *path = host ? strchr(host + 3, '/') : NULL;
    if (path) {
        snprintf(value, sizeof value, "%.*s127.0.0.1:%u%s", (int)(host + 3 - (const char *)old.data), (char *)old.data,
                 p->options->port, path);
        put(text, e, "s:Header/a:To", value);
    }
    icm_buf_reset(&old);
}

/* a fresh one of the client's form: its last digits count */
static void put_message_id(struct player *p, struct step *s, struct icm_buf *text)
{
    struct icm_slice id = s->request.message_id;
    int kept = id.size > 12 && id.size < 100 ? (int)id.size - 12 : 0;

    if (id.size == 0)
        return;
    snprintf(s->message_id, sizeof s->message_id, "%.*s%012X", kept, (const char *)id.data, ++p->message_number);
    put(text, &s->request.envelope, "s:Header/a:MessageID", s->message_id);
}

static void write_body(struct player *p, struct step *s, struct icm_buf *out)
{
    const struct replay_envelope *e = &s->request.envelope;

    icm_buf_add(out, icm_buf_slice(&s->row->request));
    for (size_t i = 0; i < p->ids.text_count; i++)
        replace(out, p->ids.texts[i].recorded, p->ids.texts[i].live);
    put_message_id(p, s, out);
    put_address(p, out, e);
    if (s->request.operation == REPLAY_RECEIVE)
        put(out, e, "s:Header/w:OperationTimeout", s->is_left_open ? LEFT_OPEN : BRIEFLY);
    put(out, e, "s:Body/rsp:Shell/rsp:WorkingDirectory", "/");
    if (s->request.is_powershell)
        put(out, e, "s:Header/w:ResourceURI", configuration);
}

/* The login was removed from recordings. Where it was refused it is the recorded scheme with what is no login. */
static void add_authorization(const struct player *p, const struct replay_row *row, struct icm_buf *out)
{
    struct icm_buf headers = {0}, login = {0};
    char scheme[32] = "Basic";
    bool is_refused = row->status == 401;

    icm_buf_add(&headers, icm_buf_slice(&row->request_headers));
    const char *said = strstr(icm_buf_text(&headers), "Authorization: ");
    if (is_refused && said)
        sscanf(said, "Authorization: %31s", scheme);
    icm_buf_add_format(&login, "%s:%s", p->options->user, is_refused ? "wrong" : p->options->password);
    if (!is_refused || said) {
        icm_buf_add_format(out, "Authorization: %s ", scheme);
        icm_base64_write(out, icm_buf_slice(&login));
        icm_buf_add_text(out, "\r\n");
    }
    icm_buf_reset(&login);
    icm_buf_reset(&headers);
}

/* what the recorder saw, but for what has to be another here */
static void add_headers(const struct replay_row *row, struct icm_buf *out)
{
    static const char *const ours[] = {"Host:", "Content-Length:", "Authorization:", "Accept-Encoding:", "Expect:"};
    struct icm_slice all = icm_buf_slice(&row->request_headers);
    char *text = all.size > 0 ? strndup((const char *)all.data, all.size) : NULL, *rest;

    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
        bool is_ours = false;
        for (size_t i = 0; i < ICM_COUNT(ours); i++)
            is_ours = is_ours || strncasecmp(line, ours[i], strlen(ours[i])) == 0;
        if (!is_ours)
            icm_buf_add_format(out, "%s\r\n", line);
    }
    free(text);
    if (all.size == 0)
        icm_buf_add_text(out, "Content-Type: application/soap+xml;charset=UTF-8\r\n");
}

static void write_request(struct player *p, struct step *s, struct icm_buf *out)
{
    struct icm_buf body = {0};
    struct icm_buf line = {0};

    write_body(p, s, &body);
    icm_buf_add(&line, icm_buf_slice(&s->row->request_line));
    icm_buf_add_format(out, "%s\r\nHost: 127.0.0.1:%u\r\nContent-Length: %zu\r\n",
                       line.size > 0 ? icm_buf_text(&line) : "POST /wsman HTTP/1.1", p->options->port, body.size);
    add_authorization(p, s->row, out);
    add_headers(s->row, out);
    icm_buf_add_text(out, "\r\n");
    icm_buf_add(out, icm_buf_slice(&body));
    icm_buf_reset(&body);
    icm_buf_reset(&line);
}

static void remember_newest(struct icm_buf *newest, struct icm_slice id)
{
    if (id.size == 0)
        return;
    icm_buf_clear(newest);
    icm_buf_add(newest, id);
}

/* whether @id was given by an answer, or chosen by the client */
static bool is_known(const struct player *p, struct icm_slice id)
{
    for (size_t i = 0; i < p->ids.text_count; i++)
        if (icm_slice_equal_nocase(id, icm_slice_text(p->ids.texts[i].recorded)))
            return true;
    for (size_t i = 0; i < p->capture->row_count; i++) {
        const struct replay_request *r = &p->steps[i].request;
        bool is_asked = r->operation == REPLAY_COMMAND && icm_slice_equal_nocase(r->command_id, id);
        if (is_asked || icm_slice_equal_nocase(r->asked_id, id))
            return true;
    }
    return false;
}

/* An id that nobody gave and that was answered for all that: rows of two runs in one recording, as in pypsrp's
 * winrs_unicode. It stands for the newest. */
static void adopt_ids(struct player *p, const struct step *s)
{
    const struct replay_request *r = &s->request;

    if (s->row->status != 200)
        return;
    if (r->shell_id.size > 0 && !is_known(p, r->shell_id))
        replay_ids_add_text(&p->ids, r->shell_id, icm_buf_slice(&p->newest_shell));
    if (r->command_id.size > 0 && !is_known(p, r->command_id))
        replay_ids_add_text(&p->ids, r->command_id, icm_buf_slice(&p->newest_command));
}

static enum icm_code send_step(struct player *p, size_t index, struct icm_error *err)
{
    struct step *s = &p->steps[index];
    struct target *t = &p->targets[s->target], *shell = shell_of(p, t);
    struct icm_buf request = {0};

    if (s->state == UNSENT) {
        s->begun_ms = now_ms();
        s->had_ended = replay_heard_end(&t->live);
    }
    adopt_ids(p, s);
    if (s->request.operation == REPLAY_DELETE && shell)
        shell->is_deleted = true;
    p->is_left = p->is_left || s->request.operation == REPLAY_DISCONNECT;
    s->state = SENT;
    write_request(p, s, &request);
    enum icm_code code = icm_buf_check(&request, err);
    if (code == ICM_OK)
        code = replay_caller_send(&p->caller, s->row->connection, index, icm_buf_slice(&request), err);
    icm_buf_reset(&request);
    return code;
}

/* ---- answers ---- */

static void complain(struct player *p, struct step *s, const char *text)
{
    s->is_complained = true;
    icm_buf_add_format(&p->out->complaints, "%zu %s: %s\n", (size_t)(s - p->steps) + 1,
                       replay_operation_name(s->request.operation), text);
}

static void finish_step(struct player *p, struct step *s)
{
    size_t index = (size_t)(s - p->steps);
    bool is_used = false;

    s->state = DONE;
    for (size_t i = index + 1; i < p->capture->row_count; i++)
        is_used = is_used || p->capture->rows[i].connection == s->row->connection;
    if (!is_used)
        replay_caller_hang_up(&p->caller, s->row->connection);
}

static void learn_ids(struct player *p, const struct step *s, const struct replay_envelope *live)
{
    if (s->request.operation == REPLAY_CREATE && s->request.is_powershell)
        replay_ids_add_text(&p->ids, s->request.resource_uri, icm_slice_text(configuration));
    replay_ids_add_text(&p->ids, created_id(&s->answer), created_id(live));
    replay_ids_add_text(&p->ids, started_id(&s->answer), started_id(live));
    remember_newest(&p->newest_shell, created_id(live));
    remember_newest(&p->newest_command, started_id(live));
    if (created_id(live).size > 0)
        p->targets[s->target].is_created = true;
}

static void check_relation(struct player *p, struct step *s, const struct replay_envelope *live)
{
    struct icm_slice relation = replay_envelope_get(live, "s:Header/a:RelatesTo");

    if (live->count > 0 && s->message_id[0] && !icm_slice_is(relation, s->message_id))
        complain(p, s, "RelatesTo is not the request's MessageID");
}

static void judge(struct player *p, struct step *s, unsigned status, const struct replay_envelope *live)
{
    const struct target *t = &p->targets[s->target], *shell = shell_of(p, t);
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
static int64_t patience_ms(const struct player *p, const struct step *s)
{
    return PATIENCE_MS + (int64_t)((s->row->begun_s + s->row->took_s - p->steps[0].row->begun_s) * 1000);
}

/* A client that has not been told all it waits for asks again, as the recorded one would have. */
static bool asks_again(struct player *p, const struct step *s, const struct replay_envelope *live)
{
    const struct target *t = &p->targets[s->target], *shell = shell_of(p, t);
    bool is_over = replay_envelope_count(live, "s:Body/s:Fault") > 0 &&
                   !icm_slice_is(replay_envelope_get(live, "s:Body/s:Fault/s:Code/s:Subcode/s:Value"), "w:TimedOut");

    return s->request.operation == REPLAY_RECEIVE && !is_over && !(shell && shell->is_deleted) &&
           replay_heard_owed(&t->recorded, &t->live) && now_ms() - s->begun_ms < patience_ms(p, s);
}

static enum icm_code take_answer(struct player *p, const struct replay_reply *reply, struct icm_error *err)
{
    struct step *s = &p->steps[reply->tag];
    struct target *t = &p->targets[s->target];
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
            (index == p->capture->row_count || is_before(p, p->steps[i].row, p->steps[index].row)))
            return i;
    return p->capture->row_count;
}

static void give_up(struct player *p, struct step *s)
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
        struct step *s = &p->steps[waited];
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
static void expect_answer(struct player *p, const struct step *s)
{
    struct target *t = &p->targets[s->target];

    replay_heard_add(&t->recorded, &s->answer, t->is_powershell, NULL);
}

/* Whatever the recorded client left behind. */
static void delete_shells(struct player *p)
{
    struct replay_reply reply = {0};

    for (size_t i = 0; i < p->target_count; i++) {
        const struct target *t = &p->targets[i];
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
        add_authorization(p, &row, &request);
        add_headers(&row, &request);
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
        const struct target *t = &p->targets[i];
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
    enum icm_code code = take_apart(p, err);

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
