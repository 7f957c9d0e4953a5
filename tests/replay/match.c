#include "tests/replay/match.h"

#include "psrp/message.h"
#include "tests/psrp/recorded_compare.h"
#include "wsman/message.h"
#include "wsman/names.h"

#include <stdio.h>

enum { DEPTH_MAX = 48 };

/* ---- what may differ ---- */

/* Paths that begin, or end, with these, and why. */
static const struct {
    const char *begin, *end;
} differences[] = {
    /* each client's own */
    {"s:Header/a:MessageID", ""},
    {"s:Header/a:To", ""},
    {"s:Header/p:SessionId", ""},
    {"s:Header/p:OperationID", ""},
    {"s:Header/p:SequenceId", ""},
    {"s:Header/p:DataLocale", ""},
    {"s:Header/w:Locale", ""},
    {"s:Header/w:MaxEnvelopeSize", ""},
    {"s:Header/w:OperationTimeout", ""},
    {"s:Body/rsp:Shell@Name", ""},
    /* which of the headers must be understood servers do not ask */
    {"s:Header/", "@mustUnderstand"},
    {"s:Header/", "@Type"},
    {"s:Header/", "@MustComply"},
    {"s:Header/", "@lang"},
    /* an empty set of options, and options that servers take or leave. protocolversion on Delete: omi/invoke_command_*
     */
    {"s:Header/w:OptionSet", "w:OptionSet"},
    {"s:Header/w:OptionSet/w:Option[WSMAN_CMDSHELL_OPTION_KEEPALIVE]", ""},
    {"s:Header/w:OptionSet/w:Option[WINRS_SKIP_CMD_SHELL]", ""},
    {"s:Header/w:OptionSet/w:Option[WINRS_CONSOLEMODE_STDIN]", ""},
    {"s:Header/w:OptionSet/w:Option[protocolversion]", ""},
    /* a time that no shell outlives, which servers do not keep; the name as an element, which is no name to them.
     * pypsrp_winrs_extra_opts */
    {"s:Body/rsp:Shell/rsp:Lifetime", ""},
    {"s:Body/rsp:Shell/rsp:Name", ""},
    /* compared as messages, whatever fragments they are in */
    {"s:Body/rsp:Shell/pwsh:creationXml", ""},
    {"s:Body/rsp:Connect/pwsh:connectXml", ""},
    {"s:Body/rsp:CommandLine/rsp:Arguments", ""},
    {"s:Body/rsp:Send/rsp:Stream", ""},
    /* a label: the script's beginning, or nothing. MS-PSRP 3.1.5.3.3, real-client.md */
    {"s:Body/rsp:CommandLine/rsp:Command", ""},
    /* compared by what it does */
    {"s:Body/rsp:Signal/rsp:Code", ""},
    /* a command ends with its signal, which has one */
    {"s:Body/rsp:Signal@CommandId", ""},
};

/* in cmd's shells what a command is called and gets is what is asked for */
static bool is_told_apart(const struct replay_request *r, const char *path)
{
    return !r->is_powershell && strncmp(path, "s:Body/rsp:CommandLine/", 23) == 0;
}

static bool may_differ(const struct replay_request *r, const char *path)
{
    size_t size = strlen(path);

    for (size_t i = 0; i < ICM_COUNT(differences) && !is_told_apart(r, path); i++) {
        size_t end = strlen(differences[i].end);
        if (strncmp(path, differences[i].begin, strlen(differences[i].begin)) == 0 && size >= end &&
            strcmp(path + size - end, differences[i].end) == 0)
            return true;
    }
    return false;
}

/* ---- two requests ---- */

/* "PT60S" and "PT60.000S" are the same. */
static bool is_same_time(struct icm_slice a, struct icm_slice b)
{
    int64_t a_ms, b_ms;

    return wsman_duration_read(a, &a_ms) && wsman_duration_read(b, &b_ms) && a_ms == b_ms;
}

/* "TRUE" and "True", and "FALSE", which need not be said */
static bool is_same_option(const char *path, struct icm_slice a, struct icm_slice b)
{
    return strncmp(path, "s:Header/w:OptionSet/", 21) == 0 && icm_slice_equal_nocase(a, b);
}

static bool is_false(const struct replay_envelope *e, const char *path)
{
    char option[256];

    snprintf(option, sizeof option, "%.*s", (int)strcspn(path, "@"), path);
    return strncmp(path, "s:Header/w:OptionSet/", 21) == 0 &&
           icm_slice_equal_nocase(replay_envelope_get(e, option), icm_slice_text("false"));
}

static bool has(const struct replay_envelope *e, const char *path, struct icm_slice value, const struct replay_ids *ids)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->fields[i].path, path) == 0 &&
            (icm_slice_equal(e->fields[i].value, value) || is_same_time(e->fields[i].value, value) ||
             is_same_option(path, e->fields[i].value, value) ||
             icm_slice_equal_nocase(e->fields[i].value, replay_ids_live(ids, value)) ||
             icm_slice_equal_nocase(replay_ids_live(ids, e->fields[i].value), value)))
            return true;
    return false;
}

static void complain(struct icm_buf *out, const struct replay_request *r, char sign, const struct replay_field *f)
{
    icm_buf_add_format(out, "%s %c %s = %.*s\n", replay_operation_name(r->operation), sign, f->path,
                       f->value.size > 200 ? 200 : (int)f->value.size,
                       f->value.size ? (const char *)f->value.data : "");
}

void replay_match(const struct replay_request *recorded, const struct replay_request *live,
                  const struct replay_ids *ids, struct icm_buf *out)
{
    const struct replay_envelope *theirs = &recorded->envelope, *ours = &live->envelope;

    for (size_t i = 0; i < theirs->count; i++)
        if (!may_differ(recorded, theirs->fields[i].path) && !is_false(theirs, theirs->fields[i].path) &&
            !has(ours, theirs->fields[i].path, theirs->fields[i].value, ids))
            complain(out, recorded, '-', &theirs->fields[i]);
    for (size_t i = 0; i < ours->count; i++)
        if (!may_differ(live, ours->fields[i].path) && !has(theirs, ours->fields[i].path, ours->fields[i].value, ids))
            complain(out, live, '+', &ours->fields[i]);
    if (replay_signal_is_stop(recorded->signal) != replay_signal_is_stop(live->signal) && recorded->is_powershell)
        icm_buf_add_format(out, "Signal %.*s instead of %.*s\n", (int)live->signal.size,
                           (const char *)live->signal.data, (int)recorded->signal.size,
                           (const char *)recorded->signal.data);
}

/* ---- two messages ---- */

/* Lines of recorded_compare that may come, and why. Each is whole. */
static const char *const other_words[] = {
    /* pypsrp has classes of its own for enums and lists, and writes them in capitals */
    "ApartmentState has other type names",
    "ApartmentState has another ToString",
    "RemoteStreamOptions has other type names",
    "RemoteStreamOptions has another ToString",
    "PSThreadOptions has other type names",
    "Cmds has other type names",
    "Args has other type names",
    "ExtraCmds has other type names",
    "Namespace has other type names",
    /* … or a bare number */
    "CommandType has other type names",
    "CommandType has another ToString",
    /* … and null for what ours leaves out, as the engine does */
    "ExtraCmds is missing",
    /* … and "CI", which servers take: names have no case */
    "CI is missing",
    "ci is sent by nobody else",
    /* a member that newer engines have */
    "FullyQualifiedModule is sent by nobody else",
};

static bool may_be_said(const char *line, const struct psrp_value *theirs)
{
    const struct psrp_value *arguments = psrp_value_member(theirs, "ApplicationArguments");

    if (strcmp(line, "ApplicationArguments has another value") ==
        0) /* ours has an empty dictionary in the place of null */
        return !arguments || arguments->kind == PSRP_NIL;
    for (size_t i = 0; i < ICM_COUNT(other_words); i++)
        if (strcmp(line, other_words[i]) == 0)
            return true;
    return false;
}

static enum icm_code value_of(struct icm_slice bytes, struct psrp_message *m, struct icm_arena *a,
                              struct psrp_clixml_reader *reader, struct psrp_value **out)
{
    enum icm_code code = psrp_message_read(bytes, m, NULL);

    *out = NULL;
    if (code == ICM_OK && m->payload.size > 0)
        code = psrp_clixml_read(reader, m->payload, a, out, NULL);
    return code;
}

void replay_each_secret(struct psrp_value *value, void (*visit)(void *context, struct psrp_value *secret),
                        void *context, unsigned depth)
{
    if (!value || depth > DEPTH_MAX)
        return;
    if (value->kind == PSRP_SECURESTRING)
        visit(context, value);
    if (value->kind >= PSRP_LIST && value->kind < PSRP_DICTIONARY)
        for (struct psrp_item *i = value->as.list->first; i; i = i->next)
            replay_each_secret(i->value, visit, context, depth + 1);
    if (value->kind == PSRP_DICTIONARY)
        for (struct psrp_entry *e = value->as.dictionary->first; e; e = e->next)
            replay_each_secret(e->value, visit, context, depth + 1);
    for (struct psrp_member *m = value->object ? value->object->adapted : NULL; m; m = m->next)
        replay_each_secret(m->value, visit, context, depth + 1);
    for (struct psrp_member *m = value->object ? value->object->extended : NULL; m; m = m->next)
        replay_each_secret(m->value, visit, context, depth + 1);
}

/* what two keys have made of a text cannot be compared */
static void forget(void *context, struct psrp_value *secret)
{
    (void)context;
    secret->as.text = icm_slice_of(NULL, 0);
}

void replay_match_messages(struct icm_slice recorded, struct icm_slice live, struct icm_buf *out)
{
    struct icm_arena a = {0};
    struct psrp_clixml_reader *reader = NULL;
    struct psrp_message theirs, ours;
    struct psrp_value *their_value, *our_value;
    struct icm_buf lines = {0};

    if (psrp_clixml_reader_new(&reader, NULL) != ICM_OK)
        return;
    if (value_of(recorded, &theirs, &a, reader, &their_value) != ICM_OK ||
        value_of(live, &ours, &a, reader, &our_value) != ICM_OK)
        icm_buf_add_text(&lines, "is no message\n");
    else if (theirs.type != ours.type || theirs.destination != ours.destination)
        icm_buf_add_format(&lines, "is %s instead\n", psrp_message_name(ours.type));
    else if (their_value && our_value && theirs.type != PSRP_PUBLIC_KEY) {
        replay_each_secret(their_value, forget, NULL, 0);
        replay_each_secret(our_value, forget, NULL, 0);
        recorded_compare(our_value, their_value, &lines);
    }
    char *rest, *text = lines.size > 0 ? (char *)(uintptr_t)icm_buf_text(&lines) : NULL;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
        if (may_be_said(line, their_value))
            continue;
        icm_buf_add_format(out, "%s %s\n", psrp_message_name(theirs.type) ? psrp_message_name(theirs.type) : "message",
                           line);
    }
    icm_buf_reset(&lines);
    psrp_clixml_reader_free(reader);
    icm_arena_reset(&a);
}

/* ---- one line ---- */

static void add_tail(struct icm_buf *out, struct icm_slice uri)
{
    static const char *const heads[] = {WSMAN_NS_SHELL "/", WSMAN_NS_POWERSHELL "/",
                                        "http://schemas.microsoft.com/wbem/wsman/1/"};

    for (size_t i = 0; i < ICM_COUNT(heads); i++)
        if (uri.size > strlen(heads[i]) && memcmp(uri.data, heads[i], strlen(heads[i])) == 0)
            uri = icm_slice_from(uri, strlen(heads[i]));
    icm_buf_add_format(out, " %.*s", (int)uri.size, uri.size ? (const char *)uri.data : "");
}

static void add_value(struct icm_buf *out, const struct replay_request *r, const char *path, const char *mark)
{
    for (size_t i = 0; i < replay_envelope_count(&r->envelope, path); i++) {
        struct icm_slice v = replay_envelope_nth(&r->envelope, path, i);
        icm_buf_add_format(out, " %s%.*s", mark, v.size > 200 ? 200 : (int)v.size, v.size ? (const char *)v.data : "");
    }
}

static void add_options(struct icm_buf *out, const struct replay_request *r)
{
    static const char head[] = "s:Header/w:OptionSet/w:Option[";

    for (size_t i = 0; i < r->envelope.count; i++) {
        const struct replay_field *f = &r->envelope.fields[i];
        const char *name = f->path + strlen(head), *end = NULL;
        if (strncmp(f->path, head, strlen(head)) == 0)
            end = strchr(name, ']');
        if (!end || end[1] != '\0')
            continue;
        bool must = i + 1 < r->envelope.count && strstr(r->envelope.fields[i + 1].path, "@MustComply");
        for (size_t k = i + 1;
             k < r->envelope.count && strncmp(r->envelope.fields[k].path, f->path, strlen(f->path)) == 0; k++)
            must = must || strstr(r->envelope.fields[k].path, "@MustComply") != NULL;
        icm_buf_add_format(out, " %.*s=%.*s%s", (int)(end - name), name, (int)f->value.size,
                           f->value.size ? (const char *)f->value.data : "", must ? "!" : "");
    }
}

/* the parts of a body that say what is asked for */
static const struct {
    const char *path, *mark;
} told[] = {
    {"s:Body/rsp:Shell/rsp:InputStreams", "in:"},
    {"s:Body/rsp:Shell/rsp:OutputStreams", "out:"},
    {"s:Body/rsp:Shell/rsp:WorkingDirectory", "directory:"},
    {"s:Body/rsp:Shell/rsp:IdleTimeOut", "idle:"},
    {"s:Body/rsp:Receive/rsp:DesiredStream", ""},
    {"s:Body/rsp:Send/rsp:Stream@Name", "to:"},
    {"s:Body/rsp:Send/rsp:Stream@End", "end:"},
};

void replay_tell(const struct replay_request *r, struct icm_buf *out)
{
    icm_buf_add_text(out, replay_operation_name(r->operation));
    if (r->operation == REPLAY_CREATE || r->operation == REPLAY_GET || r->operation == REPLAY_ENUMERATE ||
        r->operation == REPLAY_CONNECT)
        add_tail(out, r->resource_uri);
    else if (r->command_id.size == 0 && r->shell_id.size > 0)
        icm_buf_add_text(out, " (shell)");
    for (size_t i = 0; i < ICM_COUNT(told); i++)
        add_value(out, r, told[i].path, told[i].mark);
    if (r->operation == REPLAY_COMMAND && !r->is_powershell) {
        add_value(out, r, "s:Body/rsp:CommandLine/rsp:Command", "");
        add_value(out, r, "s:Body/rsp:CommandLine/rsp:Arguments", "");
    }
    if (r->signal.size > 0)
        add_tail(out, r->signal);
    add_options(out, r);
}
