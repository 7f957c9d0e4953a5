/* A recording, taken apart: its steps, whom each is for, and what a client sent to whom. */
#include "psrp/defragmenter.h"
#include "psrp/message.h"
#include "tests/replay/dialogue_private.h"
#include "wsman/names.h"

#include <stdlib.h>

/* ---- what was sent ---- */

enum icm_code replay_sent_feed(struct replay_sent *s, bool is_powershell, struct icm_slice payload,
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
    code = replay_sent_feed(&t->recorded, t->is_powershell, icm_buf_slice(&s->request.payload), err);
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

void replay_waiting_free(struct replay_waiting *w)
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
        struct replay_waiting *w = d->waiting;
        d->waiting = w->next;
        replay_waiting_free(w);
    }
    replay_ids_reset(&d->ids);
    icm_buf_reset(&d->complaints);
    icm_buf_reset(&d->extras);
    free(d->targets);
    free(d->steps);
    free(d);
}
