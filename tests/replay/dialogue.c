#include "tests/replay/dialogue.h"

#include "psrp/defragmenter.h"
#include "psrp/message.h"
#include "tests/replay/match.h"
#include "wsman/names.h"

#include <stdlib.h>

/* a live request that no step stands for, and that is not answered yet */
struct waiting {
    struct waiting *next;
    uint64_t live;
    size_t target;
    enum replay_operation operation;
    struct icm_buf message_id;
};

/* ---- what was sent ---- */

static enum icm_code sent_feed(struct replay_sent *s, bool is_powershell, struct icm_slice payload,
                               struct icm_error *err)
{
    struct icm_buf message = {0};

    s->bytes += payload.size;
    if (!is_powershell) {
        icm_buf_add(&s->plain, payload);
        return ICM_OK;
    }
    if (!s->joined && psrp_defragmenter_new(&s->joined, PSRP_MESSAGE_MAX, err) != ICM_OK)
        return ICM_NOMEM;
    psrp_defragmenter_feed(s->joined, payload, NULL); /* of what is wrong on purpose no message becomes whole */
    while (psrp_defragmenter_next(s->joined, &message, NULL) == ICM_OK) {
        struct replay_message *more = realloc(s->messages, (s->count + 1) * sizeof *more);
        if (!more) {
            icm_buf_reset(&message);
            return icm_nomem(err);
        }
        s->messages = more;
        s->messages[s->count++] = (struct replay_message){message};
        message = (struct icm_buf){0};
    }
    return ICM_OK;
}

static void sent_reset(struct replay_sent *s)
{
    for (size_t i = 0; i < s->count; i++)
        icm_buf_reset(&s->messages[i].bytes);
    free(s->messages);
    psrp_defragmenter_free(s->joined);
    icm_buf_reset(&s->plain);
}

/* ---- the recording, taken apart ---- */

/* The shell that a request is about: the one it asks for, where it asks for one. */
static struct icm_slice shell_of(const struct replay_step *s)
{
    struct icm_slice given = replay_envelope_get(
        &s->answer, "s:Body/x:ResourceCreated/a:ReferenceParameters/w:SelectorSet/w:Selector[ShellId]");

    if (s->request.operation != REPLAY_CREATE)
        return s->request.shell_id;
    return given.size > 0 ? given : s->request.asked_id;
}

static struct icm_slice command_of(const struct replay_step *s)
{
    struct icm_slice given = replay_envelope_get(&s->answer, "s:Body/rsp:CommandResponse/rsp:CommandId");

    return s->request.operation == REPLAY_COMMAND && given.size > 0 ? given : s->request.command_id;
}

static enum icm_code find_target(struct replay_dialogue *d, struct icm_slice shell_id, struct icm_slice command_id,
                                 bool is_powershell, size_t *out, struct icm_error *err)
{
    for (size_t i = 0; i < d->target_count; i++)
        if (icm_slice_equal_nocase(d->targets[i].shell_id, shell_id) &&
            icm_slice_equal_nocase(d->targets[i].command_id, command_id)) {
            *out = i;
            return ICM_OK;
        }
    struct replay_target *targets = realloc(d->targets, (d->target_count + 1) * sizeof *targets);
    if (!targets)
        return icm_nomem(err);
    d->targets = targets;
    targets[d->target_count] =
        (struct replay_target){.shell_id = shell_id, .command_id = command_id, .is_powershell = is_powershell};
    *out = d->target_count++;
    return ICM_OK;
}

static bool is_fault(const struct replay_step *s)
{
    return replay_envelope_count(&s->answer, "s:Body/s:Fault") > 0;
}

static bool has_output(const struct replay_step *s)
{
    static const char path[] = "s:Body/rsp:ReceiveResponse/rsp:Stream";

    for (size_t i = 0; i < replay_envelope_count(&s->answer, path); i++)
        if (replay_envelope_nth(&s->answer, path, i).size > 0)
            return true;
    return false;
}

static void note_state(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    bool *ends = context;

    (void)message, (void)size;
    *ends = *ends || type == PSRP_PIPELINE_STATE;
}

static bool says_end(const struct replay_step *s)
{
    static const char path[] = "s:Body/rsp:ReceiveResponse/rsp:Stream";
    struct icm_slice state = replay_envelope_get(&s->answer, "s:Body/rsp:ReceiveResponse/rsp:CommandState@State");
    bool ends = icm_slice_is(state, WSMAN_COMMAND_STATE_DONE) || is_fault(s);

    for (size_t i = 0; i < replay_envelope_count(&s->answer, path) && s->request.is_powershell; i++) {
        struct icm_buf bytes = {0};
        if (icm_base64_read(replay_envelope_nth(&s->answer, path, i), &bytes, NULL) == ICM_OK)
            replay_each_message(icm_buf_slice(&bytes), note_state, &ends);
        icm_buf_reset(&bytes);
    }
    return ends;
}

/* What a client does for itself, or does not: it keeps a Receive open or asks again where nothing came; it says that it
 * knows of an end. */
static bool is_optional(const struct replay_dialogue *d, const struct replay_step *s)
{
    const struct replay_request *r = &s->request;

    if (!r->is_powershell)
        return false;
    if (r->operation == REPLAY_RECEIVE)
        return !has_output(s) && (s->row->has_response || d->capture->is_timed);
    return r->operation == REPLAY_SIGNAL && !replay_signal_is_stop(r->signal);
}

static enum icm_code read_step(struct replay_dialogue *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->steps[index];
    const struct replay_row *row = &d->capture->rows[index];

    s->row = row;
    s->due_after = index;
    enum icm_code code = replay_request_read(&s->request, icm_buf_slice(&row->request), err);
    if (code == ICM_OK)
        code = replay_envelope_read(&s->answer, icm_buf_slice(&row->response), err);
    if (code == ICM_OK)
        code = find_target(d, shell_of(s), command_of(s), s->request.is_powershell, &s->target, err);
    if (code != ICM_OK)
        return code;
    struct replay_target *t = &d->targets[s->target];
    s->first_message = t->recorded.count;
    code = sent_feed(&t->recorded, t->is_powershell, icm_buf_slice(&s->request.payload), err);
    s->end_message = t->recorded.count;
    s->bytes_after = t->recorded.bytes;
    bool is_receive = s->request.operation == REPLAY_RECEIVE;
    s->lane = !is_receive                      ? REPLAY_CONTROL
              : s->request.command_id.size > 0 ? REPLAY_COMMAND_RECEIVE
                                               : REPLAY_POOL_RECEIVE;
    s->is_optional = is_optional(d, s);
    s->ends_target = is_receive && says_end(s);
    return code;
}

/* An answer that took long came when others had been asked. */
static void find_due(struct replay_dialogue *d)
{
    for (size_t i = 0; i < d->count && d->capture->is_timed; i++) {
        const struct replay_row *row = d->steps[i].row;
        for (size_t k = i + 1; k < d->count; k++)
            if (d->steps[k].row->begun_s < row->begun_s + row->took_s)
                d->steps[i].due_after = k;
    }
}

/* how many steps are about @target; @commands: those that gave it its id alone */
static size_t users_of(const struct replay_dialogue *d, size_t target, bool commands)
{
    size_t count = 0;

    for (size_t i = 0; i < d->count; i++)
        count += d->steps[i].target == target && (!commands || d->steps[i].request.operation == REPLAY_COMMAND);
    return count;
}

/* Where the recorded client goes on with another command id than the one that the recorded answer gave it, two runs lie
 * in one recording (windows-quirks.md, winrs_unicode): the answer's counts. */
static void reconcile(struct replay_dialogue *d)
{
    for (size_t i = 0; i + 1 < d->count; i++) {
        size_t given = d->steps[i].target, used = d->steps[i + 1].target;
        bool is_orphan = d->steps[i].request.operation == REPLAY_COMMAND && users_of(d, given, false) == 1 &&
                         used != given && d->targets[used].command_id.size > 0 &&
                         icm_slice_equal_nocase(d->targets[used].shell_id, d->targets[given].shell_id) &&
                         users_of(d, used, true) == 0;
        if (!is_orphan)
            continue;
        replay_ids_add_text(&d->ids, d->targets[used].command_id, d->targets[given].command_id);
        for (size_t k = i + 1; k < d->count; k++)
            if (d->steps[k].target == used)
                d->steps[k].target = given;
    }
}

enum icm_code replay_dialogue_new(struct replay_dialogue **out, const struct replay_capture *capture,
                                  const struct replay_dialogue_sink *sink, void *up, struct icm_error *err)
{
    struct replay_dialogue *d = calloc(1, sizeof *d);
    enum icm_code code = ICM_OK;

    if (!d)
        return icm_nomem(err);
    d->capture = capture;
    d->sink = *sink;
    d->up = up;
    d->steps = calloc(capture->row_count + 1, sizeof *d->steps);
    if (!d->steps)
        code = icm_nomem(err);
    for (size_t i = 0; code == ICM_OK && i < capture->row_count; i++) {
        d->count = i + 1;
        code = read_step(d, i, err);
    }
    if (code != ICM_OK) {
        replay_dialogue_free(d);
        return code;
    }
    find_due(d);
    reconcile(d);
    *out = d;
    return ICM_OK;
}

static void waiting_free(struct waiting *w)
{
    icm_buf_reset(&w->message_id);
    free(w);
}

void replay_dialogue_free(struct replay_dialogue *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++) {
        replay_request_reset(&d->steps[i].request);
        replay_request_reset(&d->steps[i].asked);
        replay_envelope_reset(&d->steps[i].answer);
    }
    for (size_t i = 0; i < d->target_count; i++) {
        sent_reset(&d->targets[i].recorded);
        sent_reset(&d->targets[i].live);
    }
    while (d->waiting) {
        struct waiting *w = d->waiting;
        d->waiting = w->next;
        waiting_free(w);
    }
    replay_ids_reset(&d->ids);
    icm_buf_reset(&d->complaints);
    icm_buf_reset(&d->extras);
    free(d->targets);
    free(d->steps);
    free(d);
}

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
    for (const struct waiting *w = d->waiting; w; w = w->next)
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
    for (struct waiting **at = &d->waiting; *at;) {
        struct waiting *w = *at;
        if (!is_of_shell(d, w->target, target)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        give_disconnected(d, w->live, icm_buf_slice(&w->message_id));
        waiting_free(w);
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
    for (struct waiting **at = &d->waiting; *at;) {
        struct waiting *w = *at;
        if (!d->targets[w->target].is_over || d->targets[w->target].command_id.size == 0) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        give_own(d, w->live, w->operation, icm_buf_slice(&w->message_id));
        waiting_free(w);
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
    sent_feed(&d->targets[s->target].live, d->targets[s->target].is_powershell, icm_buf_slice(&s->asked.payload), NULL);
    replay_match(&s->request, &s->asked, &d->ids, &d->complaints);
}

static void wait_for_more(struct replay_dialogue *d, uint64_t request, size_t target, const struct replay_request *live)
{
    struct waiting *w = calloc(1, sizeof *w);

    if (!w)
        return;
    *w = (struct waiting){.next = d->waiting, .live = request, .target = target, .operation = live->operation};
    icm_buf_add(&w->message_id, live->message_id);
    d->waiting = w;
}

/* What the recording does not have: pieces of what it has in others, and what ends a conversation that it broke off. */
static void take_extra(struct replay_dialogue *d, uint64_t request, const struct replay_request *live)
{
    size_t target = target_of(d, live);

    if (target != SIZE_MAX && live->operation == REPLAY_SEND)
        sent_feed(&d->targets[target].live, d->targets[target].is_powershell, icm_buf_slice(&live->payload), NULL);
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
    for (struct waiting **at = &d->waiting; *at; at = &(*at)->next)
        if ((*at)->live == request) {
            struct waiting *w = *at;
            *at = w->next;
            waiting_free(w);
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
