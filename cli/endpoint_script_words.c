#include "cli/endpoint_script_words.h"

#include "psrp/message.h"
#include "psrp/record.h"

#include <time.h>
#include <unistd.h>

enum {
    EMIT_COUNT_MAX = 1000 * 1000 * 1000,
    EMIT_SIZE_MAX = 16 * 1024 * 1024,
    SLEEP_MAX_MS = 24 * 60 * 60 * 1000,
    NAME_SHOWN_MAX = 40,               /* of an unknown word in its error */
    STRING_AROUND = 64,                /* a string's message without the string: MS-PSRP 2.2.1, a mark, <S></S> */
    RECORD_AROUND = 4 * 1024,          /* an ErrorRecord without its text, which is in it four times */
    CATEGORY_OBJECT_NOT_FOUND = 13,
};

/* ---- what they have in common ---- */

/* An empty server takes anything, else what is larger than the room could never go. */
static bool has_room(struct endpoint_script_turn *t, size_t size)
{
    size_t waiting = psrp_server_waiting(t->server);

    if (waiting == 0 || (waiting <= ENDPOINT_SCRIPT_ROOM && size <= ENDPOINT_SCRIPT_ROOM - waiting))
        return true;
    t->needs = ENDPOINT_SCRIPT_NEEDS_ROOM;
    return false;
}

static bool has_room_for_record(struct endpoint_script_turn *t, struct icm_slice text)
{
    return has_room(t, RECORD_AROUND + 4 * text.size);
}

enum icm_code endpoint_word_send(struct endpoint_script_turn *t, uint32_t type, const struct psrp_value *value,
                                 struct icm_error *err)
{
    if (!value)
        return icm_nomem(err);
    t->needs = ENDPOINT_SCRIPT_NEEDS_ANSWER;
    return psrp_server_send(t->server, endpoint_script_id(t->script), type, value, err);
}

static enum icm_code send_string(struct endpoint_script_turn *t, struct icm_slice text, struct icm_error *err)
{
    struct psrp_value value = {.kind = PSRP_STRING, .as.text = text};

    return endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, &value, err);
}

static enum icm_code send_error(struct endpoint_script_turn *t, struct icm_slice message, const char *id,
                                int32_t category, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (!has_room_for_record(t, message))
        return ICM_AGAIN;
    return endpoint_word_send(t, PSRP_ERROR_RECORD, psrp_server_error_record(&a, message, id, category), err);
}

/* ---- output ---- */

static enum icm_code step_echo(struct endpoint_script_turn *t, struct icm_error *err)
{
    if (!has_room(t, STRING_AROUND + t->script->text.size))
        return ICM_AGAIN;
    return send_string(t, t->script->text, err);
}

static enum icm_code begin_emit(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;
    const uint8_t *blank = s->text.size > 0 ? memchr(s->text.data, ' ', s->text.size) : NULL;
    struct icm_slice count = icm_slice_of(s->text.data, blank ? (size_t)(blank - s->text.data) : 0);
    struct icm_slice size = icm_slice_trim(icm_slice_from(s->text, count.size));

    if (!icm_parse_u64(count, EMIT_COUNT_MAX, &s->count) || !icm_parse_u64(size, EMIT_SIZE_MAX, &s->size))
        return icm_fail(err, ICM_USAGE, NULL, "emit takes a count up to %d and a size up to %d", EMIT_COUNT_MAX,
                        EMIT_SIZE_MAX);
    s->left = s->count;
    return ICM_OK;
}

/* Its number, filled up to its size: who reads it sees what was lost or came twice. */
static struct icm_slice numbered(struct endpoint_script *s)
{
    icm_buf_clear(&s->said);
    icm_buf_add_format(&s->said, "%llu ", (unsigned long long)(s->count - s->left + 1));
    size_t digits = s->said.size;
    uint8_t *room = digits < s->size ? icm_buf_room(&s->said, s->size - digits) : NULL;
    if (room) {
        memset(room, 'x', s->size - digits);
        s->said.size = s->size;
    }
    return icm_slice_of(s->said.data, s->size < s->said.size ? s->size : s->said.size);
}

static enum icm_code step_emit(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;

    for (; s->left > 0; s->left--) {
        if (!has_room(t, STRING_AROUND + s->size))
            return ICM_AGAIN;
        struct icm_slice text = numbered(s);
        enum icm_code code = icm_buf_check(&s->said, err);
        if (code == ICM_OK)
            code = send_string(t, text, err);
        if (code != ICM_OK)
            return code;
    }
    icm_buf_reset(&s->said);
    return ICM_OK;
}

static enum icm_code step_secure(struct endpoint_script_turn *t, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (!has_room(t, STRING_AROUND + 4 * t->script->text.size))
        return ICM_AGAIN;
    return endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, psrp_value_secure(&a, t->script->text), err);
}

/* a list of the engine's is any of its lists */
static const struct psrp_value *list_member(const struct psrp_value *value, const char *name)
{
    const struct psrp_value *list = psrp_value_member(value, name);
    bool is_list = list && (list->kind == PSRP_LIST || list->kind == PSRP_ENUMERABLE);

    return is_list && list->as.list->first ? list : NULL;
}

static enum icm_code begin_args(struct endpoint_script_turn *t, struct icm_error *err)
{
    const struct psrp_value *commands = list_member(psrp_value_member(t->script->creation.value, "PowerShell"), "Cmds");
    const struct psrp_value *list = commands ? list_member(commands->as.list->first->value, "Args") : NULL;

    t->script->argument = list ? list->as.list->first : NULL;
    return ICM_OK;
}

static enum icm_code step_args(struct endpoint_script_turn *t, struct icm_error *err)
{
    static const struct psrp_value nil = {.kind = PSRP_NIL};
    struct endpoint_script *s = t->script;

    for (; s->argument; s->argument = s->argument->next) {
        const struct psrp_value *value = psrp_value_member(s->argument->value, "V");
        if (!has_room(t, RECORD_AROUND))
            return ICM_AGAIN;
        enum icm_code code = endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, value ? value : &nil, err);
        if (code != ICM_OK)
            return code;
    }
    return ICM_OK;
}

static enum icm_code step_input(struct endpoint_script_turn *t, struct icm_error *err)
{
    struct endpoint_script *s = t->script;

    while (s->first) {
        if (!has_room(t, s->first->event.arena.used))
            return ICM_AGAIN;
        struct endpoint_script_input *input = endpoint_script_take_input(s);
        enum icm_code code = endpoint_word_send(t, PSRP_PIPELINE_OUTPUT, input->event.value, err);
        endpoint_script_input_free(input);
        if (code != ICM_OK)
            return code;
    }
    t->needs = ENDPOINT_SCRIPT_NEEDS_INPUT;
    return s->has_input_ended ? ICM_OK : ICM_AGAIN;
}

/* ---- the other streams ---- */

static enum icm_code step_error(struct endpoint_script_turn *t, struct icm_error *err)
{
    return send_error(t, t->script->text, "Microsoft.PowerShell.Commands.WriteErrorException",
                      PSRP_CATEGORY_NOT_SPECIFIED, err);
}

static enum icm_code step_complain(struct endpoint_script_turn *t, struct icm_error *err)
{
    return send_error(t, icm_buf_slice(&t->script->said), "CommandNotFoundException", CATEGORY_OBJECT_NOT_FOUND, err);
}

/* MS-PSRP 2.2.2.22 to 2.2.2.24: debug, verbose, warning */
static struct psrp_value *informational(struct icm_arena *a, struct icm_slice text, const char *const *types)
{
    struct psrp_value *v = psrp_value_object(a, types);

    bool whole = v && icm_arena_copy(a, text, &v->object->to_string) &&
                 psrp_value_add_note(a, v, "InformationalRecord_Message", psrp_value_text(a, PSRP_STRING, text)) &&
                 psrp_value_add_note(a, v, "InformationalRecord_SerializeInvocationInfo", psrp_value_bool(a, false));
    if (whole)
        v->object->has_to_string = true;
    return whole ? v : NULL;
}

static enum icm_code step_informational(struct endpoint_script_turn *t, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct endpoint_word *word = t->script->word;

    if (!has_room_for_record(t, t->script->text))
        return ICM_AGAIN;
    return endpoint_word_send(t, word->message_type, informational(&a, t->script->text, word->types), err);
}

static struct psrp_value *u32(struct icm_arena *a, uint32_t number)
{
    struct psrp_value *v = psrp_value_new(a, PSRP_U32);

    if (v)
        v->as.u64 = number;
    return v;
}

/* as a DateTime travels */
static struct icm_slice time_now(char text[static 32])
{
    time_t now = time(NULL);
    struct tm parts;

    return icm_slice_of(text, strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts)));
}

static struct psrp_value *time_value(struct icm_arena *a)
{
    char text[32];

    return psrp_value_text(a, PSRP_DATETIME, time_now(text));
}

/* MS-PSRP 2.2.2.26 */
static struct psrp_value *information(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "MessageData", psrp_value_text(a, PSRP_STRING, text)) &&
                 psrp_value_add_note(a, v, "Source", psrp_value_string(a, "synthetic")) &&
                 psrp_value_add_note(a, v, "TimeGenerated", time_value(a)) &&
                 psrp_value_add_note(a, v, "Tags", psrp_value_array(a)) &&
                 psrp_value_add_note(a, v, "User", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, v, "Computer", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, v, "ProcessId", u32(a, (uint32_t)getpid())) &&
                 psrp_value_add_note(a, v, "NativeThreadId", u32(a, 0)) &&
                 psrp_value_add_note(a, v, "ManagedThreadId", u32(a, 0));
    return whole ? v : NULL;
}

static enum icm_code step_information(struct endpoint_script_turn *t, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (!has_room_for_record(t, t->script->text))
        return ICM_AGAIN;
    return endpoint_word_send(t, PSRP_INFORMATION_RECORD, information(&a, t->script->text), err);
}

/* MS-PSRP 2.2.2.25; -1 is "not known". An Activity may not be empty: a real client refuses the record. */
static struct psrp_value *progress(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    struct icm_slice activity = text.size > 0 ? text : icm_slice_text(" ");
    struct psrp_value *type =
        psrp_value_enum(a, "System.Management.Automation.ProgressRecordType", 0, "Processing");

    bool whole = v && psrp_value_add_note(a, v, "Activity", psrp_value_text(a, PSRP_STRING, activity)) &&
                 psrp_value_add_note(a, v, "ActivityId", psrp_value_i32(a, 0)) &&
                 psrp_value_add_note(a, v, "StatusDescription", psrp_value_string(a, "Processing")) &&
                 psrp_value_add_note(a, v, "CurrentOperation", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, v, "ParentActivityId", psrp_value_i32(a, -1)) &&
                 psrp_value_add_note(a, v, "PercentComplete", psrp_value_i32(a, -1)) &&
                 psrp_value_add_note(a, v, "Type", type) &&
                 psrp_value_add_note(a, v, "SecondsRemaining", psrp_value_i32(a, -1));
    return whole ? v : NULL;
}

static enum icm_code step_progress(struct endpoint_script_turn *t, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (!has_room_for_record(t, t->script->text))
        return ICM_AGAIN;
    return endpoint_word_send(t, PSRP_PROGRESS_RECORD, progress(&a, t->script->text), err);
}

/* It goes to the pool, whoever of its pipelines made it. */
static enum icm_code step_event(struct endpoint_script_turn *t, struct icm_error *err)
{
    char text[32];
    const struct psrp_user_event event = {
        .event_id = 1,
        .source = t->script->text,
        .time = time_now(text),
        .runspace_id = *endpoint_script_id(t->script),
    };

    if (!has_room_for_record(t, t->script->text))
        return ICM_AGAIN;
    return psrp_server_user_event(t->server, &event, err);
}

/* ---- time, and the end ---- */

static enum icm_code begin_sleep(struct endpoint_script_turn *t, struct icm_error *err)
{
    uint64_t ms;

    if (!icm_parse_u64(t->script->text, SLEEP_MAX_MS, &ms))
        return icm_fail(err, ICM_USAGE, NULL, "sleep takes milliseconds up to %d", SLEEP_MAX_MS);
    t->script->wake_ms = t->now_ms + (int64_t)ms;
    return ICM_OK;
}

static enum icm_code step_sleep(struct endpoint_script_turn *t, struct icm_error *err)
{
    t->needs = ENDPOINT_SCRIPT_NEEDS_TIME;
    return t->now_ms >= t->script->wake_ms ? ICM_OK : ICM_AGAIN;
}

static enum icm_code step_throw(struct endpoint_script_turn *t, struct icm_error *err)
{
    return endpoint_script_fail(t, t->script->text, err);
}

/* ---- the table ---- */

#define INFORMATIONAL "System.Management.Automation.InformationalRecord", "System.Object", NULL
static const char *const warning_types[] = {"System.Management.Automation.WarningRecord", INFORMATIONAL};
static const char *const verbose_types[] = {"System.Management.Automation.VerboseRecord", INFORMATIONAL};
static const char *const debug_types[] = {"System.Management.Automation.DebugRecord", INFORMATIONAL};

static const struct endpoint_word words[] = {
    {"echo", NULL, step_echo, 0, NULL},
    {"emit", begin_emit, step_emit, 0, NULL},
    {"input", NULL, step_input, 0, NULL},
    {"args", begin_args, step_args, 0, NULL},
    {"error", NULL, step_error, 0, NULL},
    {"warning", NULL, step_informational, PSRP_WARNING_RECORD, warning_types},
    {"verbose", NULL, step_informational, PSRP_VERBOSE_RECORD, verbose_types},
    {"debug", NULL, step_informational, PSRP_DEBUG_RECORD, debug_types},
    {"information", NULL, step_information, 0, NULL},
    {"progress", NULL, step_progress, 0, NULL},
    {"sleep", begin_sleep, step_sleep, 0, NULL},
    {"throw", NULL, step_throw, 0, NULL},
    {"secure", NULL, step_secure, 0, NULL},
    {"event", NULL, step_event, 0, NULL},
    {"host", endpoint_host_begin, endpoint_host_step, 0, NULL},
};

const struct endpoint_word endpoint_word_complain = {"", NULL, step_complain, 0, NULL};

static enum icm_code fail_unknown(struct icm_slice name, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf known = {0};

    for (size_t i = 0; i < ICM_COUNT(words); i++)
        icm_buf_add_format(&known, "%s%s", i > 0 ? ", " : "", words[i].name);
    if (name.size > NAME_SHOWN_MAX)
        name.size = NAME_SHOWN_MAX;
    name.size = icm_utf8_valid_size(name); /* no half of a character */
    return icm_fail(err, ICM_USAGE, NULL, "the synthetic engine does not know the word '%.*s'; it knows %s",
                    (int)name.size, (const char *)name.data, icm_buf_text(&known));
}

const char *endpoint_word_name(size_t index)
{
    return index < ICM_COUNT(words) ? words[index].name : NULL;
}

enum icm_code endpoint_word_find(const struct endpoint_word **out, struct icm_slice name, struct icm_error *err)
{
    for (size_t i = 0; i < ICM_COUNT(words); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(words[i].name))) {
            *out = &words[i];
            return ICM_OK;
        }
    return fail_unknown(name, err);
}
