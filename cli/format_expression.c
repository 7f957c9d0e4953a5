#include "cli/format_expression.h"

#include "cli/format_cells.h"
#include "cli/format_number.h"
#include "cli/format_time.h"
#include "cli/format_type.h"
#include "cli/format_units.h"
#include "cli/format_value.h"

/* What a way has to work on. */
struct subject {
    const struct cli_expression *e;
    const struct psrp_value *object;
    int64_t limit;
};

struct cli_expression_kind {
    const char *name;
    void (*add)(struct icm_buf *out, const struct subject *s);
};

static const struct psrp_value *member(const struct subject *s, size_t at)
{
    const struct psrp_value *value = at < s->e->count ? psrp_value_find(s->object, s->e->arguments[at]) : NULL;

    return value && value->kind != PSRP_NIL ? value : NULL;
}

static double number(const struct subject *s, size_t at)
{
    double value;

    return cli_number_of(member(s, at), &value) ? value : 0;
}

static void add_cell(struct icm_buf *out, const struct subject *s, const struct psrp_value *value)
{
    cli_value_add_cell(out, value, s->limit, false);
}

/* ---- numbers ---- */

/* whole 1024s, a half going to the even one */
static void add_kibi(struct icm_buf *out, const struct subject *s)
{
    icm_buf_add_format(out, "%.0f", number(s, 0) / 1024);
}

static void add_mebi(struct icm_buf *out, const struct subject *s)
{
    cli_number_add_grouped(out, (double)(float)(number(s, 0) / (1024 * 1024)), 2);
}

static void add_hundredths(struct icm_buf *out, const struct subject *s)
{
    cli_number_add_grouped(out, (double)(float)number(s, 0), 2);
}

static void add_grouped(struct icm_buf *out, const struct subject *s)
{
    if (member(s, 0))
        cli_number_add_grouped(out, number(s, 0), 0);
}

/* the first one, where it or the second is not zero */
static void add_gibi(struct icm_buf *out, const struct subject *s)
{
    if (number(s, 0) != 0 || number(s, 1) != 0)
        icm_buf_add_format(out, "%.2f", number(s, 0) / (1024 * 1024 * 1024));
}

static void add_count(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = member(s, 0);
    double count = 1;

    if (!value)
        return;
    if (value->kind >= PSRP_LIST && value->kind <= PSRP_STACK)
        count = (double)value->as.list->count;
    else if (value->kind == PSRP_DICTIONARY)
        count = (double)value->as.dictionary->count;
    else
        cli_number_of(psrp_value_member(value, "Count"), &count);
    cli_number_add_grouped(out, count, 0);
}

/* ---- time ---- */

static bool date_of(const struct subject *s, size_t at, struct cli_date *date)
{
    const struct psrp_value *value = member(s, at);

    return value && value->kind == PSRP_DATETIME && cli_date_parse(value->as.text, date);
}

static void add_date(struct icm_buf *out, const struct subject *s, size_t at, const char *pattern)
{
    struct cli_date date;

    if (date_of(s, at, &date))
        cli_date_add(out, &date, pattern);
    else
        add_cell(out, s, member(s, at));
}

static void add_log_time(struct icm_buf *out, const struct subject *s)
{
    add_date(out, s, 0, "MMM dd HH:mm");
}

static void add_unix_time(struct icm_buf *out, const struct subject *s)
{
    add_date(out, s, 0, "M/d/yyyy HH:mm");
}

/* What the remote side made of the second one; else we do it, as Windows does. */
static void add_windows_time(struct icm_buf *out, const struct subject *s)
{
    struct cli_date date;
    struct icm_buf part = {0};

    if (member(s, 0) || !date_of(s, 1, &date)) {
        add_cell(out, s, member(s, 0));
        return;
    }
    cli_date_add(&part, &date, "M/d/yyyy");
    icm_buf_add_format(out, "%10s ", icm_buf_text(&part));
    icm_buf_clear(&part);
    cli_date_add(&part, &date, "h:mm tt");
    icm_buf_add_format(out, "%8s", icm_buf_text(&part));
    icm_buf_reset(&part);
}

static void add_duration(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = member(s, 0);
    int64_t ticks;

    if (!value || value->kind != PSRP_TIMESPAN || !cli_span_parse(value->as.text, &ticks))
        return;
    int64_t ms = ticks / CLI_TICKS_A_MILLISECOND, seconds = ms / 1000, hours = seconds / 3600;
    int minute = (int)(seconds / 60 % 60), second = (int)(seconds % 60), rest = (int)(ms % 1000);
    if (hours > 0)
        icm_buf_add_format(out, "%lld:%02d:%02d.%03d", (long long)hours, minute, second, rest);
    else if (seconds >= 60)
        icm_buf_add_format(out, "%d:%02d.%03d", minute, second, rest);
    else
        icm_buf_add_format(out, "%d.%03d", second, rest);
}

/* ---- texts ---- */

static void add_text(struct icm_buf *out, const struct subject *s)
{
    cli_value_add_text(out, s->object);
}

/* the first that is there */
static void add_any(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = NULL;

    for (size_t i = 0; i < s->e->count && !value; i++)
        value = member(s, i);
    add_cell(out, s, value);
}

/* Values of different places, one after the other. */
struct several {
    struct icm_arena arena;
    struct psrp_value *list;
    bool failed;
};

static void note(struct several *v, const struct psrp_value *value)
{
    struct psrp_value *copy = value && value->kind != PSRP_NIL ? icm_arena_take(&v->arena, sizeof *copy) : NULL;

    if (!value || value->kind == PSRP_NIL)
        return;
    if (!v->list)
        v->list = psrp_value_array(&v->arena);
    if (copy)
        *copy = *value;
    v->failed = v->failed || !v->list || !psrp_value_add_item(&v->arena, v->list, copy);
}

/* one value is itself, several are a list, none is nothing */
static void add_several(struct icm_buf *out, const struct subject *s, struct several *v)
{
    if (v->list && !v->failed)
        add_cell(out, s, v->list->as.list->count == 1 ? v->list->as.list->first->value : v->list);
    out->failed = out->failed || v->failed;
    icm_arena_reset(&v->arena);
}

/* a member of a member; of a list's elements, where it is one */
static void add_of(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = member(s, 0);
    bool is_list = value && value->kind >= PSRP_LIST && value->kind <= PSRP_STACK;
    struct several v = {0};

    if (!is_list)
        note(&v, psrp_value_find(value, s->e->arguments[1]));
    for (const struct psrp_item *i = is_list ? value->as.list->first : NULL; i; i = i->next)
        note(&v, psrp_value_find(i->value, s->e->arguments[1]));
    add_several(out, s, &v);
}

static void add_keys(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = member(s, 0);
    struct several v = {0};

    if (value && value->kind == PSRP_DICTIONARY)
        for (const struct psrp_entry *e = value->as.dictionary->first; e; e = e->next)
            note(&v, e->key);
    add_several(out, s, &v);
}

/* the registry of whoever reads it has no values for a key that came over the wire */
static void add_nothing(struct icm_buf *out, const struct subject *s)
{
    (void)out;
    (void)s;
}

/* what a module's manifest says in its PSData */
static void add_prerelease(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *data = psrp_value_entry(member(s, 0), "PSData");

    add_cell(out, s, psrp_value_entry(data, "PreRelease"));
}

/* of the first, where it is there, its member of the name of the second; else the third as it stands */
static void add_of_else(struct icm_buf *out, const struct subject *s)
{
    if (member(s, 0))
        add_of(out, s);
    else
        icm_buf_add(out, s->e->arguments[2]);
}

/* the second as it stands where the first is there, else the third */
static void add_whether(struct icm_buf *out, const struct subject *s)
{
    icm_buf_add(out, s->e->arguments[member(s, 0) ? 1 : 2]);
}

static bool is_text(const struct psrp_value *value, const char *text)
{
    return value && value->kind == PSRP_STRING && icm_slice_equal_nocase(value->as.text, icm_slice_text(text));
}

/* Status is compared as text: that of an enum which came over the wire is a number, and unequal. */
static void add_unless_timed_out(struct icm_buf *out, const struct subject *s)
{
    if (is_text(psrp_value_member(s->object, "Status"), "TimedOut"))
        icm_buf_add_u8(out, '*');
    else
        add_cell(out, s, member(s, 0));
}

static void add_or_star(struct icm_buf *out, const struct subject *s)
{
    if (member(s, 0))
        add_cell(out, s, member(s, 0));
    else
        icm_buf_add_u8(out, '*');
}

static void add_command_name(struct icm_buf *out, const struct subject *s)
{
    const char *name = is_text(psrp_value_member(s->object, "CommandType"), "Alias") ? "DisplayName" : "Name";

    add_cell(out, s, psrp_value_member(s->object, name));
}

static size_t last_separator(struct icm_slice path)
{
    size_t at = path.size;

    while (at > 0 && path.data[at - 1] != '\\' && path.data[at - 1] != '/')
        at--;
    return at;
}

static void add_leaf(struct icm_buf *out, const struct subject *s)
{
    struct icm_slice path = psrp_value_text_of(member(s, 0));

    icm_buf_add(out, icm_slice_from(path, last_separator(path)));
}

static struct icm_slice parent_of(struct icm_slice path)
{
    size_t at = last_separator(path);

    return icm_slice_of(path.data, at > 0 ? at - 1 : 0);
}

static void add_parent(struct icm_buf *out, const struct subject *s)
{
    icm_buf_add(out, parent_of(psrp_value_text_of(member(s, 0))));
}

/* two to four numbers, as Version.TryParse has it */
static bool is_version(struct icm_slice text)
{
    size_t dots = 0;

    for (size_t i = 0; i < text.size; i++) {
        bool is_dot = text.data[i] == '.';

        if (!(text.data[i] >= '0' && text.data[i] <= '9') && !(is_dot && i > 0 && i + 1 < text.size && text.data[i - 1] != '.'))
            return false;
        dots += is_dot;
    }
    return dots >= 1 && dots <= 3;
}

/* The path without the provider of Windows in front of it. */
static void add_without(struct icm_buf *out, const struct subject *s, const char *provider)
{
    struct icm_slice path = psrp_value_text_of(member(s, 0)), prefix = icm_slice_text(provider);
    bool has_prefix = path.size >= prefix.size && icm_slice_equal(icm_slice_of(path.data, prefix.size), prefix);

    icm_buf_add(out, icm_slice_from(path, has_prefix ? prefix.size : 0));
}

static void add_directory(struct icm_buf *out, const struct subject *s)
{
    add_without(out, s, "Microsoft.PowerShell.Core\\FileSystem::");
}

static void add_hive(struct icm_buf *out, const struct subject *s)
{
    add_without(out, s, "Microsoft.PowerShell.Core\\Registry::");
}

/* The folder of folders of modules that @path is in: that of a version is passed over. */
static void add_modules_of(struct icm_buf *out, const struct subject *s)
{
    struct icm_slice folder = parent_of(psrp_value_text_of(member(s, 0)));

    if (is_version(icm_slice_from(folder, last_separator(folder))))
        folder = parent_of(folder);
    icm_buf_add(out, parent_of(folder));
}

/* the first letters of each, in order: Core,Desk; without any it is of old */
static void add_editions(struct icm_buf *out, const struct subject *s)
{
    const struct psrp_value *value = member(s, 0);
    bool is_list = value && value->kind >= PSRP_LIST && value->kind <= PSRP_STACK && value->as.list->count > 0;
    bool has_core = false, has_desktop = !is_list;

    for (const struct psrp_item *i = is_list ? value->as.list->first : NULL; i; i = i->next) {
        has_core = has_core || is_text(i->value, "Core");
        has_desktop = has_desktop || is_text(i->value, "Desktop");
    }
    icm_buf_add_text(out, has_core && has_desktop ? "Core,Desk" : has_core ? "Core" : "Desk");
}

/* 200 of a text's units, and the sign that there may be more */
static void add_beginning(struct icm_buf *out, const struct subject *s)
{
    enum { UNITS = 200 };
    struct icm_slice text = psrp_value_text_of(member(s, 0));

    icm_buf_add(out, cli_units_first(text, UNITS));
    if (cli_units(text) >= UNITS)
        icm_buf_add_text(out, CLI_MARK);
}

/* a member of a member of … */
static const struct psrp_value *at_path(const struct subject *s)
{
    const struct psrp_value *value = s->object;

    for (size_t i = 0; i < s->e->count && value; i++)
        value = psrp_value_find(value, s->e->arguments[i]);
    return value;
}

static void add_path(struct icm_buf *out, const struct subject *s)
{
    add_cell(out, s, at_path(s));
}

/* An escape sequence at work, and as it is written in a script. */
static void add_style(struct icm_buf *out, const struct subject *s)
{
    struct icm_slice text = psrp_value_text_of(at_path(s));

    if (text.size == 0)
        return;
    icm_buf_add(out, text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\033')
            icm_buf_add_text(out, "`e");
        else
            icm_buf_add_u8(out, text.data[i]);
    if (s->e->count > 1 || !icm_slice_is(s->e->arguments[0], "Reset"))
        icm_buf_add_text(out, CLI_STYLE_RESET);
}

/* ---- reading ---- */

static const struct cli_expression_kind kinds[] = {
    {"any", add_any},
    {"beginning", add_beginning},
    {"command_name", add_command_name},
    {"count", add_count},
    {"directory", add_directory},
    {"duration", add_duration},
    {"editions", add_editions},
    {"gibi", add_gibi},
    {"grouped", add_grouped},
    {"hive", add_hive},
    {"hundredths", add_hundredths},
    {"keys", add_keys},
    {"kibi", add_kibi},
    {"leaf", add_leaf},
    {"log_time", add_log_time},
    {"mebi", add_mebi},
    {"modules_of", add_modules_of},
    {"nothing", add_nothing},
    {"of", add_of},
    {"of_else", add_of_else},
    {"or_star", add_or_star},
    {"parent", add_parent},
    {"path", add_path},
    {"prerelease", add_prerelease},
    {"style", add_style},
    {"text", add_text},
    {"unix_time", add_unix_time},
    {"unless_timed_out", add_unless_timed_out},
    {"whether", add_whether},
    {"windows_time", add_windows_time},
};

static bool parse_arguments(struct icm_slice text, struct cli_expression *e)
{
    while (text.size > 0) {
        const uint8_t *blank = memchr(text.data, ' ', text.size);
        size_t size = blank ? (size_t)(blank - text.data) : text.size;

        if (e->count == CLI_EXPRESSION_ARGUMENTS_MAX)
            return false;
        e->arguments[e->count++] = icm_slice_of(text.data, size);
        text = icm_slice_from(text, blank ? size + 1 : size);
    }
    return true;
}

bool cli_expression_parse(struct icm_slice text, struct cli_expression *out)
{
    const uint8_t *open = text.size > 0 && text.data[text.size - 1] == ')' ? memchr(text.data, '(', text.size) : NULL;

    *out = (struct cli_expression){0};
    if (!open) {
        out->arguments[out->count++] = text;
        return text.size > 0;
    }
    struct icm_slice name = icm_slice_of(text.data, (size_t)(open - text.data));
    for (size_t i = 0; i < ICM_COUNT(kinds); i++)
        if (icm_slice_is(name, kinds[i].name))
            out->kind = &kinds[i];
    return out->kind && parse_arguments(icm_slice_of(open + 1, text.size - name.size - 2), out);
}

void cli_expression_add(struct icm_buf *out, const struct cli_expression *e, const struct psrp_value *object, int64_t limit)
{
    const struct subject s = {e, object, limit};

    if (e->kind)
        e->kind->add(out, &s);
    else
        add_cell(out, &s, member(&s, 0));
}
