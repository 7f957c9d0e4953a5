#include "cli/format_error.h"

#include "cli/format_cells.h"
#include "cli/format_position.h"
#include "cli/format_units.h"
#include "cli/format_value.h"
#include "cli/format_wrap.h"
#include "psrp/record.h"

#include <stdio.h>

enum {
    NUMBER_DIGITS = 4,   /* of a line's number, in its column */
    NAME_UNITS_MAX = 40, /* of a name in CategoryInfo; a longer one keeps its ends */
    NAME_END_UNITS = 19,
};

#define BAR " | "

/* The colours, or nothing. */
struct styles {
    const char *error, *accent, *warning, *reset;
};

static struct styles styles_of(const struct cli_format_options *o)
{
    return o->has_colors ? (struct styles){"\033[31;1m", "\033[36;1m", "\033[33;1m", CLI_STYLE_RESET}
                         : (struct styles){"", "", "", ""};
}

/* What an ErrorRecord says, in texts of an arena. */
struct record {
    struct icm_slice message, details, action, id;
    struct icm_slice activity, reason, target, target_type;
    struct icm_slice command, invocation, script, position; /* empty without extended information */
    struct icm_slice summary;                               /* of the category, ready made; empty: there is none */
    const char *category;                                   /* NULL: NotSpecified */
    int64_t line;
};

/* One view being made. */
struct view {
    struct icm_buf *out;
    const struct cli_format_options *options;
    struct styles style;
    struct record record;
    const char *computer;
};

/* ---- reading ---- */

struct reading {
    const struct cli_format_options *options;
    struct icm_arena *arena;
    bool failed;
};

/* Clean, and with LF alone for line breaks. */
static struct icm_slice read_text(struct reading *r, const struct psrp_value *value)
{
    struct icm_buf text = {0}, clean = {0}, lines = {0};
    struct icm_slice kept = {0};

    cli_value_add_text(&text, value && value->kind != PSRP_NIL ? value : NULL);
    cli_format_clean(r->options, &clean, icm_buf_slice(&text));
    for (size_t i = 0; i < clean.size; i++)
        if (clean.data[i] != '\r' || i + 1 == clean.size || clean.data[i + 1] != '\n')
            icm_buf_add_u8(&lines, clean.data[i]);
    r->failed = r->failed || text.failed || clean.failed || lines.failed ||
                !icm_arena_copy(r->arena, icm_buf_slice(&lines), &kept);
    icm_buf_reset(&text);
    icm_buf_reset(&clean);
    icm_buf_reset(&lines);
    return kept;
}

static struct icm_slice read_member(struct reading *r, const struct psrp_value *record, const char *name)
{
    return read_text(r, psrp_value_member(record, name));
}

static bool is_extended(const struct psrp_value *record)
{
    const struct psrp_value *flag = psrp_value_member(record, "SerializeExtendedInfo");

    return flag && flag->kind == PSRP_BOOL && flag->as.boolean;
}

/* A client makes it anew from the line that came: the marks go to its end. */
static struct icm_slice make_position(struct reading *r, const struct psrp_value *value, const struct record *record)
{
    struct cli_position p = {.script = record->script, .number = record->line, .line = read_member(r, value, "InvocationInfo_Line")};
    struct icm_slice kept = {0};
    struct icm_buf text = {0};

    psrp_value_integer(psrp_value_member(value, "InvocationInfo_OffsetInLine"), &p.offset);
    cli_position_add(&text, &p);
    r->failed = r->failed || text.failed || !icm_arena_copy(r->arena, icm_buf_slice(&text), &kept);
    icm_buf_reset(&text);
    return kept;
}

static void read_invocation(struct reading *r, const struct psrp_value *value, struct record *out)
{
    out->command = read_member(r, value, "CommandInfo_Name");
    out->invocation = read_member(r, value, "InvocationInfo_InvocationName");
    out->script = read_member(r, value, "InvocationInfo_ScriptName");
    psrp_value_integer(psrp_value_member(value, "InvocationInfo_ScriptLineNumber"), &out->line);
    out->position = make_position(r, value, out);
}

static struct icm_slice read_message(struct reading *r, const struct psrp_value *record)
{
    const struct psrp_value *exception = psrp_value_member(record, "Exception");
    const struct psrp_value *message = psrp_value_member(exception, "Message");

    return read_text(r, message ? message : exception ? exception : record);
}

static void read_record(struct reading *r, const struct psrp_value *value, struct record *out)
{
    int64_t category = 0;

    psrp_value_integer(psrp_value_member(value, "ErrorCategory_Category"), &category);
    *out = (struct record){
        .message = read_message(r, value),
        .details = read_member(r, value, "ErrorDetails_Message"),
        .action = read_member(r, value, "ErrorDetails_RecommendedAction"),
        .id = read_member(r, value, "FullyQualifiedErrorId"),
        .activity = read_member(r, value, "ErrorCategory_Activity"),
        .reason = read_member(r, value, "ErrorCategory_Reason"),
        .target = read_member(r, value, "ErrorCategory_TargetName"),
        .target_type = read_member(r, value, "ErrorCategory_TargetType"),
        .category = category != 0 ? psrp_record_category_name(category) : NULL,
    };
    if (is_extended(value))
        read_invocation(r, value, out);
}

/* What the members of the object are called that a client would have read. */
static void read_object(struct reading *r, const struct psrp_value *value, struct record *out)
{
    const struct psrp_value *invocation = psrp_value_member(value, "InvocationInfo");

    *out = (struct record){
        .message = read_message(r, value),
        .id = read_member(r, value, "FullyQualifiedErrorId"),
        .summary = read_member(r, value, "ErrorCategory_Message"),
        .command = read_member(r, invocation, "MyCommand"),
        .invocation = read_member(r, invocation, "InvocationName"),
        .script = read_member(r, invocation, "ScriptName"),
        .position = read_member(r, invocation, "PositionMessage"),
    };
    psrp_value_integer(psrp_value_member(invocation, "ScriptLineNumber"), &out->line);
}

/* ---- pieces ---- */

static bool is_parse_error(const struct record *r)
{
    return r->category && strcmp(r->category, "ParserError") == 0;
}

/* stderr of a program: its line, and nothing about it */
static bool is_native(const struct record *r)
{
    return icm_slice_equal_nocase(r->id, icm_slice_text("NativeCommandError")) ||
           icm_slice_equal_nocase(r->id, icm_slice_text("NativeCommandErrorMessage"));
}

static void add_shortened(struct icm_buf *out, struct icm_slice name)
{
    size_t units = cli_units(name);

    if (units <= NAME_UNITS_MAX) {
        icm_buf_add(out, name);
        return;
    }
    icm_buf_add(out, cli_units_first(name, NAME_END_UNITS));
    icm_buf_add_text(out, CLI_MARK);
    icm_buf_add(out, cli_units_from(name, units - NAME_END_UNITS));
}

/* CATEGORY: (TARGET:TYPE) [ACTIVITY], REASON */
static void add_category(struct view *v)
{
    const struct record *r = &v->record;

    if (r->summary.size > 0) {
        icm_buf_add(v->out, r->summary);
        return;
    }
    icm_buf_add_format(v->out, "%s: (", r->category ? r->category : "NotSpecified");
    add_shortened(v->out, r->target);
    icm_buf_add_u8(v->out, ':');
    add_shortened(v->out, r->target_type);
    icm_buf_add_text(v->out, ") [");
    add_shortened(v->out, r->activity);
    icm_buf_add_text(v->out, "], ");
    add_shortened(v->out, r->reason);
}

/* ---- the concise form ---- */

static struct icm_slice concise_reason(const struct record *r)
{
    if (r->activity.size > 0)
        return r->activity;
    if (r->command.size > 0)
        return r->command;
    if (r->invocation.size > 0)
        return r->invocation;
    if (r->category)
        return icm_slice_text(r->category);
    return r->reason.size > 0 ? r->reason : icm_slice_text("Error");
}

/* Of a parse error the message holds the position; what follows it is the text. */
static struct icm_slice concise_message(const struct record *r)
{
    const uint8_t *at = is_parse_error(r) && r->message.size > 0 ? memmem(r->message.data, r->message.size, "~\n", 2) : NULL;

    if (r->details.size > 0 || !at)
        return r->details.size > 0 ? r->details : r->message;
    struct icm_slice rest = icm_slice_from(r->message, (size_t)(at - r->message.data) + 2);
    const uint8_t *end = rest.size > 0 ? memmem(rest.data, rest.size, "\n\n", 2) : NULL;
    return end ? icm_slice_of(rest.data, (size_t)(end - rest.data)) : rest;
}

static bool is_module(struct icm_slice script)
{
    const struct icm_slice ending = icm_slice_text(".psm1");

    return script.size >= ending.size && icm_slice_equal_nocase(icm_slice_from(script, script.size - ending.size), ending);
}

/* Whether the line that failed is shown. */
static bool shows_line(const struct record *r)
{
    return (r->script.size > 0 || r->line > 1) && !is_module(r->script);
}

/* What stands behind the first character of the second and of the last line of "At line:3 char:1 / + $y = $x / 0 / + ~~~". */
static bool split_position(struct icm_slice position, struct icm_slice *line, struct icm_slice *marks)
{
    bool has_more = true;
    size_t count = 0;
    struct icm_slice next;

    while (cli_wrap_next(&position, &has_more, &next)) {
        next = icm_slice_from(next, next.size > 0);
        *line = count == 1 ? next : *line;
        *marks = next;
        count++;
    }
    return count > 1;
}

/* The line, with what the marks are under in another colour. */
static void add_marked(struct view *v, struct icm_slice line, struct icm_slice marks)
{
    const uint8_t *tilde = marks.size > 0 ? memchr(marks.data, '~', marks.size) : NULL;
    size_t from = tilde ? (size_t)(tilde - marks.data) : 0, count = icm_slice_trim(marks).size;
    struct icm_slice before = cli_units_first(line, from), marked = cli_units_first(icm_slice_from(line, before.size), count);

    if (!tilde || count >= cli_units(line)) {
        icm_buf_add(v->out, line);
        return;
    }
    icm_buf_add(v->out, before);
    icm_buf_add_text(v->out, v->style.accent);
    icm_buf_add(v->out, marked);
    icm_buf_add_text(v->out, v->style.reset);
    icm_buf_add(v->out, icm_slice_from(line, before.size + marked.size));
}

/* In front of the lines below the one with the number: as wide as that one's. */
static void add_bar(struct view *v, size_t indent)
{
    icm_buf_add_text(v->out, v->style.accent);
    cli_cells_add_blanks(v->out, indent + NUMBER_DIGITS);
    icm_buf_add_text(v->out, BAR);
    icm_buf_add_text(v->out, v->style.error);
}

static void add_position(struct view *v, size_t indent)
{
    const struct record *r = &v->record;
    struct icm_slice line = {0}, marks = {0};

    if (r->script.size > 0) {
        icm_buf_add_text(v->out, v->style.reset);
        icm_buf_add(v->out, r->script);
        icm_buf_add_format(v->out, ":%lld", (long long)r->line);
    }
    icm_buf_add_format(v->out, "\n%s", v->style.accent);
    cli_cells_add_blanks(v->out, indent);
    icm_buf_add_text(v->out, "Line |\n");
    if (!split_position(r->position, &line, &marks))
        return;
    icm_buf_add_format(v->out, "%s%*lld" BAR "%s", v->style.accent, NUMBER_DIGITS, (long long)r->line, v->style.reset);
    add_marked(v, line, marks);
    icm_buf_add_u8(v->out, '\n');
    if (marks.size > 0) {
        add_bar(v, indent);
        icm_buf_add(v->out, marks);
        icm_buf_add_u8(v->out, '\n');
    }
}

static size_t digits_of(int64_t number)
{
    char text[24];

    return (size_t)snprintf(text, sizeof text, "%lld", (long long)number);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As much of @text as fits in @units, up to its last blank; all of it where it has none or fits. */
static struct icm_slice take_fitting(struct icm_slice text, size_t units)
{
    struct icm_slice part = cli_units_first(text, units);
    size_t at = part.size;

    if (part.size == text.size)
        return text;
    while (at > 0 && !is_blank(part.data[at - 1]))
        at--;
    return at > 0 ? icm_slice_of(text.data, at - 1) : text;
}

/* A first word that does not fit is broken off in front of itself: at the blank of the bar, whose line is left empty. */
static void add_empty_bar(struct view *v, size_t indent)
{
    icm_buf_add_text(v->out, v->style.accent);
    cli_cells_add_blanks(v->out, indent + NUMBER_DIGITS);
    icm_buf_add_text(v->out, " |\n");
}

/* The message within the console's width, each line behind the bar where there is one. */
static void add_broken(struct view *v, struct icm_slice message, bool has_bar, size_t indent)
{
    size_t taken = has_bar ? indent + NUMBER_DIGITS + 3 : 0;
    size_t width = v->options->width > 0 ? v->options->width : CLI_FORMAT_WIDTH;
    bool is_first = true;

    do {
        size_t room = width > taken ? width - taken : 1;
        struct icm_slice part = take_fitting(message, room);
        bool is_pushed = has_bar && is_first && cli_units(part) > room;

        if (!is_first)
            icm_buf_add_u8(v->out, '\n');
        if (is_pushed)
            add_empty_bar(v, indent);
        if (has_bar)
            add_bar(v, indent);
        if (is_pushed)
            icm_buf_add_text(v->out, v->style.error);
        icm_buf_add(v->out, part);
        message = icm_slice_trim(icm_slice_from(message, part.size));
        is_first = false;
    } while (message.size > 0);
}

/* @message with a blank for each line break and tab */
static void add_flat(struct view *v, struct icm_slice message, bool has_bar, size_t indent)
{
    struct icm_buf flat = {0};

    icm_buf_add(&flat, message);
    for (size_t i = 0; i < flat.size; i++)
        if (flat.data[i] == '\n' || flat.data[i] == '\t')
            flat.data[i] = ' ';
    add_broken(v, icm_buf_slice(&flat), has_bar, indent);
    v->out->failed = v->out->failed || flat.failed;
    icm_buf_reset(&flat);
}

static void add_concise(struct view *v)
{
    const struct record *r = &v->record;
    size_t digits = digits_of(r->line), indent = digits > NUMBER_DIGITS ? digits - NUMBER_DIGITS : 0;
    bool has_bar = shows_line(r);

    icm_buf_add_text(v->out, v->style.error);
    icm_buf_add(v->out, concise_reason(r));
    icm_buf_add_text(v->out, ": ");
    if (has_bar)
        add_position(v, indent);
    icm_buf_add_text(v->out, v->style.error);
    if (r->script.size > 0 || is_parse_error(r)) {
        add_flat(v, concise_message(r), has_bar, indent);
    } else {
        if (has_bar)
            add_bar(v, indent);
        icm_buf_add(v->out, concise_message(r));
    }
    icm_buf_add_text(v->out, v->style.reset);
    if (icm_slice_trim(r->action).size == 0)
        return;
    icm_buf_add_format(v->out, "\n%s  Recommendation: ", v->style.error);
    icm_buf_add(v->out, r->action);
    icm_buf_add_text(v->out, v->style.reset);
}

/* ---- the others ---- */

/* the command as it was called */
static void add_command(struct view *v)
{
    const struct record *r = &v->record;
    bool is_unnamed = r->invocation.size == 0 || icm_slice_is(r->invocation, "&") || icm_slice_is(r->invocation, ".");
    struct icm_slice name = is_unnamed ? r->command : r->invocation;

    if (name.size == 0)
        return;
    icm_buf_add(v->out, name);
    icm_buf_add_text(v->out, " : ");
}

static void add_normal(struct view *v)
{
    const struct record *r = &v->record;

    icm_buf_add_text(v->out, v->style.error);
    add_command(v);
    icm_buf_add_text(v->out, v->style.error);
    icm_buf_add(v->out, r->details.size > 0 ? r->details : r->message);
    if (r->position.size > 0 && (r->command.size > 0 || !is_parse_error(r))) {
        icm_buf_add_u8(v->out, '\n');
        icm_buf_add(v->out, r->position);
    }
    icm_buf_add_text(v->out, "\n+ CategoryInfo          : ");
    add_category(v);
    icm_buf_add_text(v->out, "\n+ FullyQualifiedErrorId : ");
    icm_buf_add(v->out, r->id);
    if (v->computer)
        icm_buf_add_format(v->out, "\n+ PSComputerName        : %s", v->computer);
    icm_buf_add_text(v->out, v->style.reset);
}

static void add_native(struct view *v)
{
    icm_buf_add_text(v->out, v->style.error);
    icm_buf_add(v->out, v->record.message);
    icm_buf_add_text(v->out, v->style.reset);
}

static void add_category_alone(struct view *v)
{
    icm_buf_add_text(v->out, v->style.error);
    add_category(v);
    icm_buf_add_text(v->out, v->style.reset);
}

static void (*const forms[])(struct view *v) = {
    [CLI_ERROR_CONCISE] = add_concise,
    [CLI_ERROR_NORMAL] = add_normal,
    [CLI_ERROR_CATEGORY] = add_category_alone,
};

static void tell(const struct cli_format_options *o, enum cli_error_form form, struct icm_buf *out, const struct psrp_value *record,
                 const char *computer, void (*read)(struct reading *r, const struct psrp_value *value, struct record *out))
{
    struct icm_arena arena = {0};
    struct reading r = {.options = o, .arena = &arena};
    struct icm_buf text = {0};
    struct view v = {.out = &text, .options = o, .style = styles_of(o), .computer = computer};

    read(&r, record, &v.record);
    if (is_native(&v.record))
        add_native(&v);
    else
        forms[form](&v);
    cli_wrap_breaks(out, icm_buf_slice(&text));
    icm_buf_add_u8(out, '\n');
    out->failed = out->failed || r.failed || text.failed;
    icm_buf_reset(&text);
    icm_arena_reset(&arena);
}

void cli_format_error(const struct cli_format_options *o, enum cli_error_form form, struct icm_buf *out, const struct psrp_value *record,
                      const char *computer)
{
    tell(o, form, out, record, computer, read_record);
}

void cli_format_error_object(const struct cli_format_options *o, enum cli_error_form form, struct icm_buf *out, const struct psrp_value *record)
{
    tell(o, form, out, record, NULL, read_object);
}

void cli_format_message(const struct cli_format_options *o, struct icm_buf *out, const char *prefix, struct icm_slice text)
{
    const struct styles s = styles_of(o);
    struct icm_buf clean = {0};
    struct icm_slice rest, line;
    bool has_more = true;

    cli_format_clean(o, &clean, text);
    rest = icm_buf_slice(&clean);
    while (cli_wrap_next(&rest, &has_more, &line)) {
        bool has_cr = line.size > 0 && line.data[line.size - 1] == '\r';

        icm_buf_add_format(out, "%s%s", s.warning, prefix);
        icm_buf_add(out, icm_slice_of(line.data, line.size - has_cr));
        icm_buf_add_format(out, "%s\n", s.reset);
    }
    out->failed = out->failed || clean.failed;
    icm_buf_reset(&clean);
}
