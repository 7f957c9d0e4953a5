#include "tests/replay/dialogue_private.h"

#include "tests/replay/match.h"
#include "wsman/names.h"

#include <stdlib.h>

/* ---- what has been reached ---- */

/* Whether the live client has sent all that the recorded one had by step @s, in whatever pieces. */
static bool is_sent(const struct replay_dialogue *d, const struct replay_step *s)
{
    const struct replay_target *t = &d->targets[s->target];

    if (s->request.operation != REPLAY_SEND)
        return false;
    return t->is_powershell ? t->live.count >= s->end_message : t->live.bytes >= s->bytes_after;
}

bool replay_dialogue_is_sent(const struct replay_dialogue *d, size_t index)
{
    return is_sent(d, &d->steps[index]);
}

static bool is_passed(const struct replay_dialogue *d, size_t index)
{
    const struct replay_step *s = &d->steps[index];

    return s->is_taken || s->is_optional || !s->row->has_request || is_sent(d, s);
}

static bool all_passed(const struct replay_dialogue *d, size_t end)
{
    for (size_t i = 0; i < end && i < d->count; i++)
        if (!is_passed(d, i))
            return false;
    return true;
}

bool replay_dialogue_has_reached(const struct replay_dialogue *d, size_t index)
{
    if (!all_passed(d, index))
        return false;
    for (size_t i = 0; i < index; i++)
        if (d->steps[i].is_taken && !d->steps[i].is_answered && d->steps[i].due_after < index)
            return false;
    return true;
}

bool replay_dialogue_is_waited_for(const struct replay_dialogue *d, size_t target)
{
    for (const struct replay_waiting *w = d->waiting; w; w = w->next)
        if (w->target == target && w->operation == REPLAY_RECEIVE)
            return true;
    for (size_t i = 0; i < d->count; i++) /* or of what is late, or never comes */
        if (d->steps[i].target == target && d->steps[i].request.operation == REPLAY_RECEIVE && d->steps[i].is_taken &&
            (!d->steps[i].is_answered || !d->steps[i].row->has_response))
            return true;
    return false;
}

/* ---- answers ---- */

static void give_recorded(struct replay_dialogue *d, struct replay_step *s)
{
    struct icm_buf body = {0};

    s->is_answered = true;
    if (s->ends_target)
        d->targets[s->target].is_over = true;
    if (!s->row->has_response && d->capture->is_timed)
        return; /* never, until the client has had enough */
    if (s->row->has_response)
        replay_substitute(&d->ids, icm_buf_slice(&s->row->response), s->asked.message_id, &body);
    d->sink.answer(d->up, s->live, s->row->status ? s->row->status : 200, &body,
                   s->row->has_response ? REPLAY_WHOLE : REPLAY_BROKEN, s->row);
}

static void end_receives(struct replay_dialogue *d, size_t target);

static void note_leaving(struct replay_dialogue *d, const struct replay_step *s)
{
    enum replay_operation operation = s->request.operation;

    if (operation == REPLAY_RECONNECT || operation == REPLAY_CONNECT)
        d->targets[s->target].is_left = false;
    if (operation != REPLAY_DISCONNECT)
        return;
    d->targets[s->target].is_left = true;
    end_receives(d, s->target);
}

static void advance(struct replay_dialogue *d)
{
    for (size_t i = 0; i < d->count; i++) {
        struct replay_step *s = &d->steps[i];
        if (!s->is_taken || s->is_answered || !all_passed(d, s->due_after + 1))
            continue;
        give_recorded(d, s);
        if (s->row->status == 200)
            note_leaving(d, s);
    }
}

/* Its client has asked in vain: another request may take it. */
static void give_back(struct replay_step *s)
{
    s->is_taken = false;
    replay_request_reset(&s->asked);
}

/* what is answered where the recording has nothing: as far as its action goes, an empty yes */
static const struct {
    enum replay_operation operation;
    const char *action, *body;
} own_answers[] = {
    {REPLAY_SEND, WSMAN_NS_SHELL "/SendResponse", "<rsp:SendResponse/>"},
    {REPLAY_SIGNAL, WSMAN_NS_SHELL "/SignalResponse", "<rsp:SignalResponse/>"},
    {REPLAY_DELETE, WSMAN_NS_TRANSFER "/DeleteResponse", ""},
    {REPLAY_RECEIVE, WSMAN_NS_SHELL "/ReceiveResponse",
     "<rsp:ReceiveResponse><rsp:CommandState State=\"" WSMAN_COMMAND_STATE_DONE "\"/></rsp:ReceiveResponse>"},
};

static void give(struct replay_dialogue *d, uint64_t live, unsigned status, struct icm_slice message_id,
                 const char *action, const char *body)
{
    struct icm_buf out = {0};

    icm_buf_add_format(&out,
                       "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:a=\"" WSMAN_NS_ADDRESSING
                       "\" xmlns:rsp=\"" WSMAN_NS_SHELL "\" xmlns:f=\"" WSMAN_NS_FAULT
                       "\"><s:Header><a:Action>%s</a:Action><a:RelatesTo>%.*s</a:RelatesTo></s:Header><s:Body>%s</"
                       "s:Body></s:Envelope>",
                       action, (int)message_id.size, (const char *)message_id.data, body);
    d->sink.answer(d->up, live, status, &out, REPLAY_WHOLE, NULL);
}

#define FAULT(code)                                                                                                    \
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text>not "                                    \
    "recorded</s:Text></s:Reason><s:Detail>"                                                                           \
    "<f:WSManFault Code=\"" code "\"/></s:Detail></s:Fault>"

static void give_own(struct replay_dialogue *d, uint64_t live, enum replay_operation operation,
                     struct icm_slice message_id)
{
    for (size_t i = 0; i < ICM_COUNT(own_answers); i++)
        if (own_answers[i].operation == operation) {
            give(d, live, 200, message_id, own_answers[i].action, own_answers[i].body);
            return;
        }
    give(d, live, 500, message_id, WSMAN_ACTION_FAULT, FAULT("2150858752"));
}

static void give_disconnected(struct replay_dialogue *d, uint64_t live, struct icm_slice message_id)
{
    give(d, live, 500, message_id, WSMAN_ACTION_FAULT, FAULT("2150859204"));
}

static bool is_of_shell(const struct replay_dialogue *d, size_t target, size_t other)
{
    return icm_slice_equal_nocase(d->targets[target].shell_id, d->targets[other].shell_id);
}

/* Nobody gets output of a shell that was left: its Receives end, and who comes back asks anew. wsman.md 8 */
static void end_receives(struct replay_dialogue *d, size_t target)
{
    for (struct replay_waiting **at = &d->waiting; *at;) {
        struct replay_waiting *w = *at;
        if (!is_of_shell(d, w->target, target)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        give_disconnected(d, w->live, icm_buf_slice(&w->message_id));
        replay_waiting_free(w);
    }
    for (size_t i = 0; i < d->count; i++) {
        struct replay_step *s = &d->steps[i];
        if (s->lane == REPLAY_CONTROL || !s->is_taken || s->is_answered || !is_of_shell(d, s->target, target))
            continue;
        give_disconnected(d, s->live, s->asked.message_id);
        give_back(s);
    }
}

/* those that wait for output of what is over */
static void release(struct replay_dialogue *d)
{
    for (struct replay_waiting **at = &d->waiting; *at;) {
        struct replay_waiting *w = *at;
        if (!d->targets[w->target].is_over || d->targets[w->target].command_id.size == 0) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        give_own(d, w->live, w->operation, icm_buf_slice(&w->message_id));
        replay_waiting_free(w);
    }
}

/* ---- requests ---- */

/* An answer to a host call may leave out whose it is: that is in the message. pypsrp_psrp_pshost_ui_mocked_methods */
static bool is_for_whole_shell(const struct replay_request *recorded, const struct replay_request *live)
{
    static const char path[] = "s:Body/rsp:Send/rsp:Stream@Name";

    return recorded->command_id.size == 0 && icm_slice_is(replay_envelope_get(&recorded->envelope, path), "pr") &&
           icm_slice_is(replay_envelope_get(&live->envelope, path), "pr");
}

static bool is_same_target(const struct replay_dialogue *d, const struct replay_step *s,
                           const struct replay_request *live)
{
    const struct replay_request *r = &s->request;

    if (r->operation == REPLAY_CREATE)
        return icm_slice_equal(r->resource_uri, live->resource_uri);
    if (!icm_slice_equal_nocase(replay_ids_live(&d->ids, r->shell_id), live->shell_id))
        return false;
    if (r->shell_id.size == 0 && !icm_slice_equal(r->resource_uri, live->resource_uri))
        return false;
    if (r->operation == REPLAY_COMMAND)
        return true;
    if (r->operation == REPLAY_SEND && is_for_whole_shell(r, live))
        return true;
    return icm_slice_equal_nocase(replay_ids_live(&d->ids, r->command_id), live->command_id);
}

static struct replay_step *find_step(struct replay_dialogue *d, const struct replay_request *live)
{
    for (size_t i = 0; i < d->count; i++) {
        struct replay_step *s = &d->steps[i];
        if (!s->is_taken && s->row->has_request && s->request.operation == live->operation &&
            is_same_target(d, s, live))
            return s;
    }
    return NULL;
}

/* which target of the recording the live request is for; SIZE_MAX: of none */
static size_t target_of(const struct replay_dialogue *d, const struct replay_request *live)
{
    for (size_t i = 0; i < d->target_count; i++)
        if (icm_slice_equal_nocase(replay_ids_live(&d->ids, d->targets[i].shell_id), live->shell_id) &&
            icm_slice_equal_nocase(replay_ids_live(&d->ids, d->targets[i].command_id), live->command_id))
            return i;
    return SIZE_MAX;
}

/* Servers of PowerShell keep the ids that a client chose, but for 2008 R2: there the recorded answers have others, of
 * which the live client knows nothing and which stay. pypsrp_psrp_run_protocol_version_2.1 */
static void learn(struct replay_dialogue *d, const struct replay_step *s, const struct replay_request *live)
{
    if (!s->request.is_powershell)
        return;
    replay_ids_add_text(&d->ids, s->request.asked_id, live->asked_id);
    if (s->request.operation == REPLAY_COMMAND || s->request.operation == REPLAY_CONNECT)
        replay_ids_add_text(&d->ids, s->request.command_id, live->command_id);
    replay_ids_add_payload(&d->ids, icm_buf_slice(&s->request.payload), icm_buf_slice(&live->payload));
    replay_ids_learn_key(&d->ids, icm_buf_slice(&live->payload));
}

static void take(struct replay_dialogue *d, struct replay_step *s, uint64_t request, struct replay_request *live)
{
    s->is_taken = true;
    s->live = request;
    s->asked = *live;
    *live = (struct replay_request){0};
    learn(d, s, &s->asked);
    replay_sent_feed(&d->targets[s->target].live, d->targets[s->target].is_powershell, icm_buf_slice(&s->asked.payload),
                     NULL);
    replay_match(&s->request, &s->asked, &d->ids, &d->complaints);
}

static void wait_for_more(struct replay_dialogue *d, uint64_t request, size_t target, const struct replay_request *live)
{
    struct replay_waiting *w = calloc(1, sizeof *w);

    if (!w)
        return;
    *w = (struct replay_waiting){.next = d->waiting, .live = request, .target = target, .operation = live->operation};
    icm_buf_add(&w->message_id, live->message_id);
    d->waiting = w;
}

/* What the recording does not have: pieces of what it has in others, and what ends a conversation that it broke off. */
static void take_extra(struct replay_dialogue *d, uint64_t request, const struct replay_request *live)
{
    size_t target = target_of(d, live);

    if (target != SIZE_MAX && live->operation == REPLAY_SEND)
        replay_sent_feed(&d->targets[target].live, d->targets[target].is_powershell, icm_buf_slice(&live->payload),
                         NULL);
    if (target != SIZE_MAX && live->operation == REPLAY_RECEIVE) {
        wait_for_more(d, request, target, live);
        return;
    }
    icm_buf_add_format(&d->extras, " %s", replay_operation_name(live->operation));
    give_own(d, request, live->operation, live->message_id);
}

static bool is_left(const struct replay_dialogue *d, const struct replay_request *live)
{
    for (size_t i = 0; i < d->target_count; i++)
        if (d->targets[i].is_left &&
            icm_slice_equal_nocase(replay_ids_live(&d->ids, d->targets[i].shell_id), live->shell_id))
            return true;
    return false;
}

void replay_dialogue_request(struct replay_dialogue *d, uint64_t request, struct icm_slice body)
{
    struct replay_request live = {0};

    if (replay_request_read(&live, body, NULL) != ICM_OK)
        return;
    struct replay_step *s = find_step(d, &live);
    if (live.operation == REPLAY_RECEIVE && is_left(d, &live))
        give_disconnected(d, request, live.message_id);
    else if (s)
        take(d, s, request, &live);
    else
        take_extra(d, request, &live);
    replay_request_reset(&live);
    advance(d);
    release(d);
}

void replay_dialogue_hung_up(struct replay_dialogue *d, uint64_t request)
{
    for (struct replay_waiting **at = &d->waiting; *at; at = &(*at)->next)
        if ((*at)->live == request) {
            struct replay_waiting *w = *at;
            *at = w->next;
            replay_waiting_free(w);
            return;
        }
    for (size_t i = 0; i < d->count; i++)
        if (d->steps[i].is_taken && !d->steps[i].is_answered && d->steps[i].live == request &&
            d->steps[i].lane != REPLAY_CONTROL)
            give_back(&d->steps[i]);
}

/* ---- in the end ---- */

static void compare_target(struct replay_dialogue *d, const struct replay_target *t)
{
    if (!t->is_powershell && !icm_slice_equal(icm_buf_slice(&t->recorded.plain), icm_buf_slice(&t->live.plain)))
        icm_buf_add_format(&d->complaints, "%zu bytes of input instead of %zu, or others\n", t->live.plain.size,
                           t->recorded.plain.size);
    if (t->live.count + t->refused != t->recorded.count)
        icm_buf_add_format(&d->complaints, "%zu messages sent instead of %zu\n", t->live.count, t->recorded.count);
    for (size_t i = 0; t->refused == 0 && i < t->live.count && i < t->recorded.count; i++)
        replay_match_messages(icm_buf_slice(&t->recorded.messages[i].bytes), icm_buf_slice(&t->live.messages[i].bytes),
                              &d->complaints);
}

void replay_dialogue_compare(struct replay_dialogue *d)
{
    for (size_t i = 0; i < d->target_count; i++)
        compare_target(d, &d->targets[i]);
    for (size_t i = 0; i < d->count; i++)
        if (d->steps[i].row->has_request && !is_passed(d, i))
            icm_buf_add_format(&d->complaints, "%s was not sent (exchange %zu)\n",
                               replay_operation_name(d->steps[i].request.operation), i + 1);
}
