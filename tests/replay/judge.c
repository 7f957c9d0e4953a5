#include "tests/replay/judge.h"

#include "base/text.h"
#include "wsman/fault.h"
#include "wsman/names.h"

#include <stdlib.h>

/* ---- kinds of answers ---- */

enum kind {
    NOTHING,
    ANSWER,
    TIMED_OUT, /* a Receive that got nothing in its time */
    GONE,      /* the shell or the command is not there */
    FAULT,     /* another one */
    REFUSED,   /* the login was */
    NO_SOAP,   /* an error of HTTP */
    ANY_FAULT, /* in rows: one of the first three faults */
    ANY_KIND,
};
static const char *const kind_names[] = {
    [NOTHING] = "no answer",        [ANSWER] = "an answer",         [TIMED_OUT] = "a time-out",
    [GONE] = "a fault: it is gone", [FAULT] = "a fault",            [REFUSED] = "a refused login",
    [NO_SOAP] = "an HTTP error",    [ANY_FAULT] = "one of several", [ANY_KIND] = "anything",
};

static uint32_t fault_code(const struct replay_envelope *e)
{
    struct icm_slice code = replay_envelope_get(e, "s:Body/s:Fault/s:Detail/f:WSManFault@Code");
    uint64_t value = 0;

    icm_parse_u64(code, UINT32_MAX, &value);
    return (uint32_t)value;
}

static enum kind kind_of(const struct replay_answer *a)
{
    uint32_t code = fault_code(a->envelope);

    if (a->status == 0)
        return NOTHING;
    if (a->status == 200)
        return ANSWER;
    if (a->status == 401)
        return REFUSED;
    if (replay_envelope_count(a->envelope, "s:Body/s:Fault") == 0)
        return NO_SOAP;
    return code == WSMAN_CODE_TIMED_OUT ? TIMED_OUT : code == WSMAN_CODE_NO_SUCH_SHELL ? GONE : FAULT;
}

/* ---- other kinds than the recorded one ---- */

enum when {
    ALWAYS,
    OMI,
    OMI_FAILED, /* … at a shell that is there */
    ENDED,
    DELETED,
    NOT_LEFT, /* no request has disconnected a shell */
};
enum { EVERY = REPLAY_OPERATION_COUNT };

static struct kind_rule {
    int operation;
    enum kind recorded, live;
    enum when when;
    const char *reason;
    size_t count;
} kind_rules[] = {
    {REPLAY_RECEIVE, ANSWER, TIMED_OUT, ALWAYS,
     "output is the script's, and this engine says less, or has said it in an earlier answer", 0},
    {REPLAY_RECEIVE, ANSWER, GONE, ENDED, "the command has ended in an earlier answer: its output was less", 0},
    {REPLAY_RECEIVE, ANSWER, GONE, DELETED,
     "what waits when its shell is deleted is told so, as Windows does; OMI says Done", 0},
    {REPLAY_RECEIVE, TIMED_OUT, ANSWER, ALWAYS, "output came within the time", 0},
    {REPLAY_RECEIVE, ANY_FAULT, ANSWER, OMI,
     "a Receive beside the end of its command gets the end or a fault, in OMI too from run to run", 0},
    {REPLAY_RECEIVE, ANY_FAULT, TIMED_OUT, OMI, "the same, where it came to wait", 0},
    {REPLAY_SEND, ANSWER, GONE, ENDED, "the command has ended and reads no more", 0},
    {REPLAY_SIGNAL, ANSWER, GONE, ENDED, "what is to be stopped has ended", 0},
    {EVERY, ANY_FAULT, ANSWER, OMI_FAILED, "OMI failed, or had lost the shell", 0},
    {REPLAY_CREATE, NO_SOAP, ANSWER, OMI, "OMI has no command shells", 0},
    {EVERY, ANY_FAULT, ANY_FAULT, OMI, "OMI's faults have codes of its own", 0},
    {EVERY, ANY_FAULT, NO_SOAP, OMI, "HTTP has a word for it: 404, 415", 0},
    {EVERY, NO_SOAP, ANY_FAULT, OMI, "OMI answers what it cannot read with an empty 500; ours says what is wrong", 0},
    {EVERY, NOTHING, ANY_KIND, ALWAYS, "the recorded client got no answer and hung up", 0},
};

static bool is_of_kind(enum kind kind, enum kind rule)
{
    return rule == ANY_KIND || rule == kind ||
           (rule == ANY_FAULT && (kind == TIMED_OUT || kind == GONE || kind == FAULT));
}

static bool is_case(const struct replay_judged *j, enum when when)
{
    switch (when) {
    case ALWAYS: return true;
    case OMI: return j->is_omi;
    case OMI_FAILED: return j->is_omi && j->is_created;
    case ENDED: return j->has_ended;
    case DELETED: return j->is_deleted;
    case NOT_LEFT: return !j->is_left;
    }
    return false;
}

static bool is_excused(const struct replay_judged *j, enum kind recorded, enum kind live)
{
    for (size_t i = 0; i < ICM_COUNT(kind_rules); i++) {
        struct kind_rule *r = &kind_rules[i];

        if ((r->operation != EVERY && r->operation != (int)j->operation) || !is_of_kind(recorded, r->recorded) ||
            !is_of_kind(live, r->live) || !is_case(j, r->when))
            continue;
        r->count++;
        return true;
    }
    return false;
}

/* ---- what stands in answers of the same kind ---- */

enum may { DIFFER = 1, LACK = 2 };

static struct field_rule {
    const char *path; /* names of it, one after another; what is below it and its attributes too */
    int may;
    enum when when;
    const char *reason;
    size_t count;
} field_rules[] = {
#define RECEIVED "rsp:ReceiveResponse/rsp:"
#define SHELL "rsp:Shell/rsp:"
    {"s:Header/a:MessageID", DIFFER, ALWAYS, "every message has its own", 0},
    {"s:Header/a:RelatesTo", DIFFER, ALWAYS, "judged beside the live request", 0},
    {"s:Header/p:ActivityId", DIFFER | LACK, ALWAYS, "Windows hosts of one family answer with and without it", 0},
    {"x:ResourceCreated/a:Address", DIFFER, ALWAYS, "the address is this endpoint's", 0},
    {SHELL "Owner", DIFFER, ALWAYS, "the account is this endpoint's", 0},
    {SHELL "ClientIP", DIFFER, ALWAYS, "the client is on this machine", 0},
    {SHELL "ProcessId", LACK, ALWAYS, "a shell is no process here", 0},
    {SHELL "MemoryUsed", LACK, ALWAYS, "the same", 0},
    {SHELL "ChildProcesses", LACK, ALWAYS, "the same", 0},
    {SHELL "ShellRunTime", DIFFER, ALWAYS, "times are what they are", 0},
    {SHELL "ShellInactivity", DIFFER, ALWAYS, "the same", 0},
    {SHELL "State", DIFFER, NOT_LEFT, "somebody left the shell beside the recording", 0},
    {SHELL "WorkingDirectory", DIFFER, ALWAYS, "C:\\Windows is not on this machine; another was asked for", 0},
    {"rsp:Environment/rsp:Variable[_-(){}[]<>*+-/?\"!@#$^&|;:i,.`~0]", LACK, ALWAYS,
     "Windows drops the backslash in this name; here names are as they came", 0},
    {RECEIVED "Stream", DIFFER | LACK, ALWAYS, "output is the script's, and its fragments are cut elsewhere", 0},
    {RECEIVED "CommandState", DIFFER | LACK, ALWAYS,
     "how far a command is at one Receive; that it comes to its end is counted apart", 0},
    {"cfg:Config/cfg:MaxEnvelopeSizekb", DIFFER, ALWAYS, "the limit is this endpoint's", 0},
    {"cfg:Config/cfg:Winrs/cfg:MaxShellsPerUser", DIFFER, ALWAYS, "the same", 0},
    {"s:Body/cfg:Config", LACK, ALWAYS, "settings of Windows that nothing is here for", 0},
    {"rsp:ConnectResponse/pwsh:connectResponseXml", DIFFER, ALWAYS, "what is in the messages is counted apart", 0},
    {"s:Body/s:IdentifyResponse", LACK, OMI, "it is not of SOAP's namespace but of wsmid's", 0},
    {"s:Body/rsp:DisconnectResponse", LACK, OMI, "an empty element where Windows has nothing", 0},
    {"s:Body/rsp:ReconnectResponse", LACK, OMI, "the same", 0},
    {"n:EnumerateResponse/n:EnumerationContext", DIFFER, OMI, "Windows has said all, and leaves it empty", 0},
    {"n:EnumerateResponse/w:Items", LACK, OMI, "OMI gives shells as instances of CIM", 0},
};

/* whether @path has all of @rule's names in it, one after another */
static bool is_below(const char *path, const char *rule)
{
    const char *found = strstr(path, rule);

    return found && (found == path || found[-1] == '/') && strchr("/@[", found[strlen(rule)]);
}

static bool may_be(const struct replay_judged *j, const char *path, enum may what)
{
    for (size_t i = 0; i < ICM_COUNT(field_rules); i++) {
        struct field_rule *r = &field_rules[i];

        if (!(r->may & (int)what) || !is_below(path, r->path) || !is_case(j, r->when))
            continue;
        r->count++;
        return true;
    }
    return false;
}

static int text_size(struct icm_slice text)
{
    return text.size > 120 ? 120 : (int)text.size;
}

static const char *text_of(struct icm_slice text)
{
    return text.size > 0 ? (const char *)text.data : "";
}

/* OMI writes ".../windows/Shell/ReceiveResponse" */
static bool are_same(const struct replay_judged *j, struct icm_slice a, struct icm_slice b)
{
    return j->is_omi ? icm_slice_equal_nocase(a, b) : icm_slice_equal(a, b);
}

static void compare_field(const struct replay_judged *j, const struct replay_field *f, const char *what,
                          struct icm_buf *complaints)
{
    const struct replay_envelope *live = j->live.envelope;
    struct icm_slice wanted = replay_ids_live(j->ids, f->value), is = replay_envelope_get(live, f->path);

    if (replay_envelope_count(live, f->path) == 0) {
        if (!may_be(j, f->path, LACK))
            icm_buf_add_format(complaints, "%s: the answer lacks %s = %.*s\n", what, f->path, text_size(wanted),
                               text_of(wanted));
    } else if (!are_same(j, wanted, is) && !may_be(j, f->path, DIFFER)) {
        icm_buf_add_format(complaints, "%s: %s is '%.*s', recorded '%.*s'\n", what, f->path, text_size(is), text_of(is),
                           text_size(wanted), text_of(wanted));
    }
}

/* the first of several elements of one path stands for them all */
static bool is_first(const struct replay_envelope *e, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(e->fields[i].path, e->fields[index].path) == 0)
            return false;
    return true;
}

static void compare_fields(const struct replay_judged *j, const char *what, struct icm_buf *complaints)
{
    const struct replay_envelope *e = j->recorded.envelope;

    for (size_t i = 0; i < e->count; i++)
        if (is_first(e, i))
            compare_field(j, &e->fields[i], what, complaints);
}

/* Of a fault its codes are what programs read. */
static void compare_faults(const struct replay_judged *j, const char *what, struct icm_buf *complaints)
{
    uint32_t recorded = fault_code(j->recorded.envelope), live = fault_code(j->live.envelope);

    if (!j->is_omi && recorded != live)
        icm_buf_add_format(complaints, "%s: the fault's code is %u, recorded %u\n", what, live, recorded);
}

void replay_judge(const struct replay_judged *j, const char *what, struct icm_buf *complaints)
{
    enum kind recorded = kind_of(&j->recorded), live = kind_of(&j->live);

    if (recorded != live) {
        if (!is_excused(j, recorded, live))
            icm_buf_add_format(complaints, "%s: %s (%u, code %u), recorded %s\n", what, kind_names[live],
                               j->live.status, fault_code(j->live.envelope), kind_names[recorded]);
    } else if (live == ANSWER) {
        compare_fields(j, what, complaints);
    } else if (is_of_kind(live, ANY_FAULT)) {
        compare_faults(j, what, complaints);
    }
}

bool replay_judge_excuse(size_t index, const char **reason, size_t *count)
{
    if (index < ICM_COUNT(kind_rules)) {
        *reason = kind_rules[index].reason;
        *count = kind_rules[index].count;
        return true;
    }
    index -= ICM_COUNT(kind_rules);
    if (index >= ICM_COUNT(field_rules))
        return false;
    *reason = field_rules[index].reason;
    *count = field_rules[index].count;
    return true;
}
