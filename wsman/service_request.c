/* What a request means: checked step by step as the tables say, then handed to its action's handler. MS-WSMV 3.1.4. */
#include "wsman/encoding.h"
#include "wsman/limits.h"
#include "wsman/message_table.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

/* What has to be right before a handler is called. Each check gives true, or @p its fault. */

static bool check_understood(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (m->not_understood.size == 0)
        return true;
    wsman_reply_not_understood(s, p, m);
    return false;
}

static bool check_user(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (*p->user || m->body == WSMAN_BODY_IDENTIFY)
        return true;
    wsman_reply_fault(s, p, WSMAN_FAULT_ACCESS_DENIED, NULL);
    return false;
}

static bool check_headers(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    const struct {
        bool is_bad;
        enum wsman_fault_form form;
        const char *text;
    } rules[] = {
        {m->action.size == 0, WSMAN_FAULT_MISSING_HEADER, "The request lacks the header Action."},
        {m->to.size == 0, WSMAN_FAULT_MISSING_HEADER, "The request lacks the header To."},
        {m->message_id.size == 0, WSMAN_FAULT_MISSING_HEADER, "The request lacks the header MessageID."},
        {m->message_id.size > WSMAN_MESSAGE_ID_MAX, WSMAN_FAULT_BAD_HEADER, "The header MessageID is too long."},
        {m->to.size > WSMAN_TO_MAX, WSMAN_FAULT_BAD_HEADER, "The header To is too long."},
        {m->operation_timeout_ms == -2, WSMAN_FAULT_BAD_HEADER, "The header OperationTimeout is not a time."},
        {m->max_envelope_size > 0 && m->max_envelope_size < WSMAN_ENVELOPE_MIN, WSMAN_FAULT_BAD_HEADER,
         "The header MaxEnvelopeSize is less than 8192."},
    };

    for (size_t i = 0; i < ICM_COUNT(rules) && m->body != WSMAN_BODY_IDENTIFY; i++)
        if (rules[i].is_bad) {
            wsman_reply_fault(s, p, rules[i].form, rules[i].text);
            return false;
        }
    return true;
}

static bool is_of_resource(const struct wsman_action *action, struct icm_slice resource_uri)
{
    for (size_t i = 0; i < ICM_COUNT(action->resources) && action->resources[i]; i++)
        if (icm_slice_equal_nocase(resource_uri, icm_slice_text(action->resources[i])))
            return true;
    return false;
}

/* One of several of an action is told by its resource. */
static const struct wsman_action *find_action(const struct wsman_message *m)
{
    const struct wsman_action *found = NULL;

    for (size_t i = 0; i < wsman_action_count; i++) {
        const struct wsman_action *action = &wsman_actions[i];
        bool is_asked = m->action.size > 0 ? icm_slice_is(m->action, action->uri)
                                           : !*action->uri && m->body == WSMAN_BODY_IDENTIFY;

        if (is_asked && (!found || is_of_resource(action, m->resource_uri)))
            found = action;
    }
    return found;
}

static bool check_action(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (p->action)
        return true;
    (void)m;
    wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_ACTION, NULL);
    return false;
}

/* the configuration's name has no case; MS-PSRP 3.1.5.3.1 */
static bool check_resource(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (!*p->action->uri)
        return true;
    if (p->action->resources[0]) {
        if (is_of_resource(p->action, m->resource_uri))
            return true;
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_RESOURCE, NULL);
        return false;
    }
    for (size_t i = 0; i < WSMAN_SHELL_KIND_COUNT && !p->kind; i++)
        if (icm_slice_equal_nocase(m->resource_uri, icm_slice_text(wsman_shell_kinds[i].resource_uri)) &&
            (wsman_shell_kinds[i].has_pool || s->options.has_cmd))
            p->kind = &wsman_shell_kinds[i];
    if (!p->kind)
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_RESOURCE, NULL);
    return p->kind != NULL;
}

/* An option that must be complied with has to be known; the version's first number has to be ours. DSP0226 6.4 */
static bool option_is_fine(const struct wsman_pair *option)
{
    static const char *const known[] = {"protocolversion",      "WINRS_NOPROFILE",
                                        "WINRS_CODEPAGE",       "WINRS_CONSOLEMODE_STDIN",
                                        "WINRS_SKIP_CMD_SHELL", "WSMAN_CMDSHELL_OPTION_KEEPALIVE"};

    if (icm_slice_equal_nocase(option->name, icm_slice_text("protocolversion")))
        return option->value.size >= 3 && memcmp(option->value.data, "2.", 2) == 0;
    for (size_t i = 0; i < ICM_COUNT(known); i++)
        if (icm_slice_equal_nocase(option->name, icm_slice_text(known[i])))
            return true;
    return !option->must_comply;
}

static bool check_options(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    for (const struct wsman_pair *option = m->options; option; option = option->next)
        if (!option_is_fine(option)) {
            wsman_reply_fault(s, p, WSMAN_FAULT_BAD_OPTION, NULL);
            return false;
        }
    return true;
}

static bool check_body(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (m->body == p->action->body || m->body == p->action->other_body)
        return true;
    wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, NULL);
    return false;
}

/* Another user's shell is as unknown as one that is not open yet: who asks learns nothing. */
static bool check_shell(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    struct icm_slice shell_id = wsman_pair_value(m->selectors, "ShellId");

    if (!p->action->needs_shell)
        return true;
    struct wsman_served_shell *shell = wsman_service_shell_by_id(s, shell_id);
    if (shell_id.size == 0 || !shell || !shell->is_open || (p->kind && shell->kind != p->kind) ||
        strcmp(shell->user, p->user) != 0) {
        wsman_reply_fault(s, p, shell_id.size == 0 ? WSMAN_FAULT_MISSING_SELECTOR : WSMAN_FAULT_NO_SUCH_SHELL, NULL);
        return false;
    }
    bool may_be_broken = p->action->body == WSMAN_BODY_RECEIVE || p->action->body == WSMAN_BODY_EMPTY;
    if (shell->is_failed && !may_be_broken) {
        wsman_reply_fault(s, p, WSMAN_FAULT_PLUGIN_FAILED, shell->failure);
        return false;
    }
    p->kind = shell->kind;
    wsman_service_pending_attach(p, shell);
    return true;
}

typedef bool (*check)(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m);
static const check checks[] = {check_understood, check_user,    check_headers, check_action,
                               check_resource,   check_options, check_body,    check_shell,
                               wsman_service_check_client};

/* which fault an envelope deserves that could not be read */
static enum wsman_fault_form unreadable(const struct icm_error *err, const struct wsman_message *m, bool is_too_large)
{
    if (is_too_large)
        return WSMAN_FAULT_TOO_LARGE;
    if (err->code != ICM_SYNTAX && err->code != ICM_LIMIT)
        return WSMAN_FAULT_INTERNAL;
    if (err->spec && strcmp(err->spec, WSMAN_SPEC_ENVELOPE) == 0)
        return WSMAN_FAULT_NOT_SOAP;
    bool is_xml = !err->spec || strncmp(err->spec, "XML", 3) != 0;
    return is_xml && m->body != WSMAN_BODY_EMPTY ? WSMAN_FAULT_BAD_BODY : WSMAN_FAULT_INVALID_XML;
}

/* what every answer needs of the request */
static bool keep_addresses(struct wsman_pending *p, const struct wsman_message *m, const char *user)
{
    const struct icm_slice none = {NULL, 0};
    struct icm_slice id = m->message_id.size > WSMAN_MESSAGE_ID_MAX ? none : m->message_id;
    struct icm_slice to = m->to.size > WSMAN_TO_MAX ? none : m->to, name;

    if (!icm_arena_copy(&p->arena, id, &p->relates_to) || !icm_arena_copy(&p->arena, to, &p->to) ||
        !icm_arena_copy(&p->arena, icm_slice_text(user), &name))
        return false;
    p->user = (const char *)name.data;
    return true;
}

/* the application's word on a request; 0: it is to be carried out */
static uint32_t ask_judge(const struct wsman_service *s, const struct wsman_pending *p)
{
    if (!p->action || !s->options.judge)
        return 0;
    return s->options.judge(s->options.judge_context, p->request, p->action->name);
}

static void dispatch(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    p->action = find_action(m);
    s->counts[p->action ? (size_t)(p->action - wsman_actions) : wsman_action_count]++;
    uint32_t refused = ask_judge(s, p);
    if (refused != 0) {
        wsman_reply_refused(s, p, refused, "The endpoint was told to fail this request.");
        return;
    }
    for (size_t i = 0; i < ICM_COUNT(checks); i++)
        if (!checks[i](s, p, m))
            return;
    p->action->handle(s, p, m);
}

/* Its answer's bytes are twice its characters. What was too little before stays so, and is refused. */
static void halve_room(const struct wsman_service *s, struct wsman_message *m)
{
    uint64_t asked = m->max_envelope_size > 0 ? m->max_envelope_size : s->options.max_envelope_size;

    if (asked > s->options.max_envelope_size)
        asked = s->options.max_envelope_size;
    if (asked >= WSMAN_ENVELOPE_MIN)
        asked = asked / 2 < WSMAN_ENVELOPE_MIN ? WSMAN_ENVELOPE_MIN : asked / 2;
    m->max_envelope_size = asked;
}

void wsman_service_take_in(struct wsman_service *s, struct wsman_pending *p, const char *user,
                           struct icm_slice envelope)
{
    struct icm_error err = {0};
    struct wsman_message *m = NULL;

    p->is_utf16 = wsman_is_utf16(envelope);
    wsman_reader_restart(s->reader, s->options.max_envelope_size);
    enum icm_code code = wsman_reader_feed(s->reader, envelope, &err);
    if (code == ICM_OK)
        code = wsman_reader_finish(s->reader, &m, &err);
    if (code == ICM_OK && p->is_utf16)
        halve_room(s, m);
    const struct wsman_message *partial = wsman_reader_partial(s->reader);
    if (!keep_addresses(p, partial, user))
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
    else if (code == ICM_OK)
        dispatch(s, p, m);
    else {
        bool is_too_large = envelope.size > s->options.max_envelope_size;
        s->counts[wsman_action_count]++;
        wsman_reply_fault(s, p, unreadable(&err, partial, is_too_large), err.text);
    }
    icm_error_reset(&err);
}
