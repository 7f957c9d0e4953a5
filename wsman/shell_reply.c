/* What the answers to a shell's client mean. MS-WSMV 3.1.4; WS-Addressing 3.1. */
#include "wsman/fault.h"
#include "wsman/limits.h"
#include "wsman/shell_state.h"

#include <stdlib.h>

static bool is_timed_out(const struct wsman_message *reply)
{
    return reply->has_wsman_code ? reply->wsman_code == WSMAN_CODE_TIMED_OUT
                                 : icm_slice_is(reply->fault_subcode, "TimedOut");
}

static enum icm_code take_fault(const struct wsman_request *request, unsigned status, const struct wsman_message *reply,
                                struct icm_error *err)
{
    if (request->operation == WSMAN_RECEIVE && is_timed_out(reply))
        return ICM_AGAIN; /* nothing was said for so long: no error. MS-WSMV 3.1.4.14 */
    enum icm_code code = wsman_fault_fail(err, reply->wsman_code, reply->fault_subcode, reply->fault_reason,
                                          reply->fault_detail);
    if (err && err->fault)
        err->fault->http_status = status;
    return code;
}

/* how much of a peer's text an error shows */
static int shown(struct icm_slice text, int max)
{
    return text.size > (size_t)max ? max : (int)text.size;
}

/* Quota faults have no RelatesTo; every other answer names the request exactly. WS-Addressing 3.1 */
static enum icm_code check_relation(const struct wsman_request *request, const struct wsman_message *reply,
                                    struct icm_error *err)
{
    bool may_lack = reply->body == WSMAN_BODY_FAULT || request->operation == WSMAN_IDENTIFY;

    if (icm_slice_is(reply->relates_to, request->message_id) || (reply->relates_to.size == 0 && may_lack))
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, "WS-Addressing 3.1", "the answer to %s relates to \"%.*s\", not to %s",
                    wsman_operations[request->operation].name, shown(reply->relates_to, 60),
                    (const char *)reply->relates_to.data, request->message_id);
}

/* OMI writes "windows/Shell/ReceiveResponse" */
static bool is_answer_action(struct icm_slice action, const char *asked)
{
    size_t size = strlen(asked);

    return action.size > size && icm_slice_equal_nocase(icm_slice_of(action.data, size), icm_slice_text(asked)) &&
           icm_slice_is(icm_slice_from(action, size), "Response");
}

static enum icm_code check_answer(const struct wsman_request *request, const struct wsman_message *reply,
                                  struct icm_error *err)
{
    const struct wsman_operation_row *row = &wsman_operations[request->operation];
    const char *name = row->name, *action = row->action;

    if (action && !is_answer_action(reply->action, action))
        return icm_fail(err, ICM_SYNTAX, "MS-WSMV 3.1.4", "the answer to %s has the action \"%.*s\"", name,
                        shown(reply->action, 100), (const char *)reply->action.data);
    if (reply->body != row->reply && reply->body != row->other_reply)
        return icm_fail(err, ICM_SYNTAX, "MS-WSMV 3.1.4", "the answer to %s has the body \"%.*s\"", name,
                        shown(reply->body_name, 60), (const char *)reply->body_name.data);
    return ICM_OK;
}

/* the answer to Connect does not say it again */
static struct icm_slice id_given(const struct wsman_shell *s, const struct wsman_request *request,
                                 const struct wsman_message *reply)
{
    return request->operation == WSMAN_CONNECT ? icm_slice_text(s->asked_id) : reply->shell_id;
}

static enum icm_code learn_shell_id(struct wsman_shell *s, struct icm_slice given, struct icm_error *err)
{
    if (given.size == 0)
        return icm_fail(err, ICM_SYNTAX, "MS-WSMV 3.1.4.5", "the answer to Create names no shell");
    char *shell_id = strndup((const char *)given.data, given.size);
    if (!shell_id)
        return icm_nomem(err);
    free(s->shell_id);
    s->shell_id = shell_id;
    s->is_open = true;
    return ICM_OK;
}

static void learn_envelope_max(struct wsman_shell *s, uint64_t kilobytes)
{
    if (kilobytes * 1024 < WSMAN_ENVELOPE_MIN) /* not said, or nonsense */
        return;
    s->envelope_max =
        kilobytes > WSMAN_ENVELOPE_MOST / 1024 ? WSMAN_ENVELOPE_MOST : (uint32_t)kilobytes * 1024;
    s->knows_envelope_max = true;
}

static enum icm_code judge(const struct wsman_request *request, unsigned status, const struct wsman_message *reply,
                           struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (reply->body != WSMAN_BODY_FAULT && status != 200)
        return wsman_fault_http_status(err, status);
    code = check_relation(request, reply, err);
    if (code != ICM_OK)
        return code;
    if (reply->body == WSMAN_BODY_FAULT)
        return take_fault(request, status, reply, err);
    return check_answer(request, reply, err);
}

enum icm_code wsman_shell_take(struct wsman_shell *s, const struct wsman_request *request, unsigned status,
                               const struct wsman_message *reply, struct icm_error *err)
{
    enum icm_code code = judge(request, status, reply, err);

    if (request->operation == WSMAN_COMMAND) {
        struct icm_slice given = code == ICM_OK ? reply->command_id : icm_slice_of(NULL, 0);
        enum icm_code learned = wsman_alias_learn(s, request->message_id, given, code == ICM_OK ? err : NULL);
        return code == ICM_OK ? learned : code;
    }
    if (code == ICM_OK && (request->operation == WSMAN_CREATE || (request->operation == WSMAN_CONNECT && !s->is_open)))
        return learn_shell_id(s, id_given(s, request, reply), err);
    if (code == ICM_OK && request->operation == WSMAN_GET_CONFIG)
        learn_envelope_max(s, reply->config.max_envelope_size_kb);
    if (code == ICM_OK && request->operation == WSMAN_DELETE)
        s->is_open = false;
    return code;
}
