#include "psrp/debugger.h"

#include "psrp/payload.h"

#define AUTOMATION "System.Management.Automation."
#define STOP_EVENT "PSInternalRemoteDebuggerStopEvent"
#define STOP_TYPE AUTOMATION "DebuggerStopEventArgs"

/* the protocol of debugging that is spoken here: step mode came with this version */
#define DEBUGGING_VERSION "5.1"

#define MARK_VARIABLE "$global:IcmDebuggerLine"

/* ---- what comes ---- */

static const struct psrp_value *first_item(const struct psrp_value *list)
{
    return list && list->kind == PSRP_LIST && list->as.list->first ? list->as.list->first->value : NULL;
}

bool psrp_debugger_read_stop(const struct psrp_value *event, struct psrp_debugger_stop *out)
{
    const struct psrp_value *source = psrp_value_member(event, "PSEventArgs.SourceIdentifier");
    const struct psrp_value *stop = first_item(psrp_value_member(event, "PSEventArgs.SourceArgs"));

    if (!icm_slice_equal(psrp_value_text_of(source), icm_slice_text(STOP_EVENT)) || !psrp_value_is_type(stop, STOP_TYPE))
        return false;
    const struct psrp_value *invocation = psrp_value_member(stop, "SerializedInvocationInfo");
    const struct psrp_value *breakpoints = psrp_value_member(stop, "Breakpoints");
    *out = (struct psrp_debugger_stop){
        .position = psrp_value_text_of(psrp_value_member(invocation, "InvocationInfo_PositionMessage")),
        .breakpoints = first_item(breakpoints) ? breakpoints : NULL,
    };
    return true;
}

static const char *const action_names[PSRP_DEBUGGER_ACTION_COUNT] = {
    [PSRP_DEBUGGER_CONTINUE] = "Continue", [PSRP_DEBUGGER_STEP_INTO] = "StepInto", [PSRP_DEBUGGER_STEP_OUT] = "StepOut",
    [PSRP_DEBUGGER_STEP_OVER] = "StepOver", [PSRP_DEBUGGER_STOP] = "Stop"};

/* an enum's text, as a type table makes of it, or the enum with its number */
static bool read_action(const struct psrp_value *value, enum psrp_debugger_action *out)
{
    struct icm_slice text = psrp_value_text_of(value);
    int64_t number = -1;

    if (!value || value->kind == PSRP_NIL)
        return false;
    for (size_t i = 0; i < ICM_COUNT(action_names); i++)
        if (icm_slice_equal(text, icm_slice_text(action_names[i])))
            number = (int64_t)i;
    if (number < 0)
        psrp_value_integer(value, &number);
    if (number < 0 || number >= PSRP_DEBUGGER_ACTION_COUNT)
        return false;
    *out = (enum psrp_debugger_action)number;
    return true;
}

bool psrp_debugger_read_reply(const struct psrp_value *output, struct psrp_debugger_reply *out)
{
    if (!psrp_value_is_type(output, AUTOMATION "DebuggerCommand") &&
        !psrp_value_is_type(output, AUTOMATION "DebuggerCommandResults"))
        return false;
    *out = (struct psrp_debugger_reply){0};
    out->resumes = read_action(psrp_value_member(output, "ResumeAction"), &out->action);
    return true;
}

bool psrp_debugger_was_run(const struct psrp_value *output, const char *mark)
{
    return output && output->kind == PSRP_STRING && icm_slice_equal(output->as.text, icm_slice_text(mark));
}

/* ---- what is said ---- */

static struct psrp_value *version_table(struct icm_arena *a)
{
    struct psrp_value *table = psrp_value_primitive_dictionary(a);
    struct psrp_value *version = psrp_value_text(a, PSRP_VERSION, icm_slice_text(DEBUGGING_VERSION));

    return psrp_value_add_entry(a, table, psrp_value_string(a, "PSVersion"), version) ? table : NULL;
}

struct psrp_value *psrp_debugger_arguments(struct icm_arena *a, const struct psrp_value *given)
{
    struct psrp_value *all = psrp_value_primitive_dictionary(a);
    bool has_table = false;

    if (given && given->kind == PSRP_DICTIONARY) {
        for (const struct psrp_entry *e = given->as.dictionary->first; e; e = e->next)
            if (!psrp_value_add_entry(a, all, psrp_payload_borrow(a, e->key), psrp_payload_borrow(a, e->value)))
                return NULL;
        has_table = psrp_value_entry(given, "PSVersionTable") != NULL;
    }
    if (!has_table && !psrp_value_add_entry(a, all, psrp_value_string(a, "PSVersionTable"), version_table(a)))
        return NULL;
    return all;
}

static struct psrp_value *enum_of(struct icm_arena *a, const char *type, const char *const *names, size_t count,
                                  int32_t number)
{
    const char *name = number >= 0 && (size_t)number < count ? names[number] : NULL;

    return psrp_value_enum(a, type, number, name ? name : "");
}

static struct psrp_value *unhandled_mode(struct icm_arena *a, int32_t number)
{
    static const char *const names[] = {NULL, "Ignore", "Wait"};

    return enum_of(a, AUTOMATION "UnhandledBreakpointProcessingMode", names, ICM_COUNT(names), number);
}

static struct psrp_value *truth(struct icm_arena *a, int32_t number)
{
    return psrp_value_bool(a, number != 0);
}

static struct psrp_value *resume_action(struct icm_arena *a, int32_t number)
{
    return enum_of(a, AUTOMATION "DebuggerResumeAction", action_names, ICM_COUNT(action_names), number);
}

static const struct {
    const char *command, *parameter;
    struct psrp_value *(*value)(struct icm_arena *a, int32_t number);
    bool is_nested;
} orders[PSRP_DEBUGGER_ORDER_COUNT] = {
    [PSRP_DEBUGGER_UNHANDLED_STOPS] = {"__Set-PSUnhandledBreakpointMode", "UnhandledBreakpointMode", unhandled_mode, false},
    [PSRP_DEBUGGER_STEP_MODE] = {"__Set-PSDebuggerStepMode", "Enabled", truth, false},
    [PSRP_DEBUGGER_RESUME] = {"__Set-PSDebuggerAction", "ResumeAction", resume_action, true},
};

static const struct psrp_creation *creation_of(struct icm_arena *a, const struct psrp_command *command, bool is_nested)
{
    struct psrp_creation *c = icm_arena_take(a, sizeof *c);
    struct psrp_command *kept = icm_arena_take(a, sizeof *kept);

    if (!c || !kept)
        return NULL;
    *kept = *command;
    *c = (struct psrp_creation){
        .commands = kept, .command_count = 1, .is_nested = is_nested, .apartment_state = PSRP_APARTMENT_UNKNOWN};
    return c;
}

const struct psrp_creation *psrp_debugger_order(struct icm_arena *a, enum psrp_debugger_order order, int32_t number)
{
    struct psrp_parameter *parameter = icm_arena_take(a, sizeof *parameter);
    const struct psrp_value *value = orders[order].value(a, number);

    if (!parameter || !value)
        return NULL;
    *parameter = (struct psrp_parameter){.name = icm_slice_text(orders[order].parameter), .value = value};
    const struct psrp_command command = {
        .text = icm_slice_text(orders[order].command), .parameters = parameter, .parameter_count = 1};
    return creation_of(a, &command, orders[order].is_nested);
}

/* the debugger's own commands: about_Debuggers, and what "h" says of them */
static bool is_command(struct icm_slice line)
{
    static const char *const names[] = {"",  "s", "stepInto", "v", "stepOver", "o", "stepOut", "c", "continue",
                                        "q", "quit", "d", "detach", "l", "list", "h", "?"};
    size_t size = 0;

    while (size < line.size && line.data[size] != ' ')
        size++;
    struct icm_slice word = icm_slice_of(line.data, size);
    bool is_list = word.size > 0 && (word.data[0] | 0x20) == 'l';
    if (size < line.size && !is_list)
        return false;
    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (icm_slice_equal_nocase(word, icm_slice_text(names[i])))
            return true;
    return false;
}

/* What is run twice is run once: the first to come leaves its mark, and whoever finds it says no more than that. Strict mode refuses a
 * variable that is not there. The line stands by itself: that is what messages show of it. */
static void add_once(struct icm_buf *out, struct icm_slice line, const char *mark)
{
    icm_buf_add_format(out,
                       "if ($(try { " MARK_VARIABLE " } catch {}) -eq '%s') { return '%s' }; " MARK_VARIABLE " = '%s'\n",
                       mark, mark, mark);
    icm_buf_add(out, line);
}

static struct icm_slice trimmed(struct icm_slice line)
{
    while (line.size > 0 && line.data[line.size - 1] == ' ')
        line.size--;
    while (line.size > 0 && line.data[0] == ' ')
        line = icm_slice_from(line, 1);
    return line;
}

const struct psrp_creation *psrp_debugger_line(struct icm_arena *a, struct icm_slice line, const char *mark)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    struct psrp_command command = {.is_script = true};
    struct icm_slice word = trimmed(line);

    if (icm_slice_equal_nocase(word, icm_slice_text("k")))
        word = icm_slice_text("Get-PSCallStack");
    if (is_command(word))
        icm_buf_add(&text, word);
    else
        add_once(&text, word, mark);
    if (text.failed || !icm_arena_copy(a, icm_buf_slice(&text), &command.text))
        return NULL;
    return creation_of(a, &command, true);
}
