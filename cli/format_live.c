#include "cli/format_live_private.h"

#include "cli/format_time.h"
#include "cli/format_type.h"
#include "cli/format_xml.h"

void cli_live_property(struct cli_live *to, const char *name, struct psrp_value *property)
{
    to->failed = to->failed || !psrp_value_add_property(to->a, to->value, name, property);
}

void cli_live_i32(struct cli_live *to, const char *name, int64_t number)
{
    cli_live_property(to, name, psrp_value_i32(to->a, (int32_t)number));
}

void cli_live_bool(struct cli_live *to, const char *name, bool is_set)
{
    cli_live_property(to, name, psrp_value_bool(to->a, is_set));
}

void cli_live_text(struct cli_live *to, const char *name, struct icm_slice text)
{
    cli_live_property(to, name, psrp_value_text(to->a, PSRP_STRING, text));
}

/* type data of the client's adds it */
static void add_note(struct cli_live *to, const char *name, struct icm_slice text)
{
    to->failed = to->failed || !psrp_value_add_note(to->a, to->value, name, psrp_value_text(to->a, PSRP_STRING, text));
}

/* ---- kinds ---- */

static void add_span(struct cli_live *to)
{
    static const struct {
        const char *name;
        double ticks;
    } totals[] = {{"TotalDays", 86400 * (double)CLI_TICKS_A_SECOND}, {"TotalHours", 3600 * (double)CLI_TICKS_A_SECOND},
                  {"TotalMilliseconds", CLI_TICKS_A_MILLISECOND},    {"TotalMicroseconds", 10},
                  {"TotalNanoseconds", 0.01},                        {"TotalMinutes", 60 * (double)CLI_TICKS_A_SECOND},
                  {"TotalSeconds", CLI_TICKS_A_SECOND}};
    int64_t ticks;

    if (!cli_span_parse(to->value->as.text, &ticks))
        return;
    int64_t ms = ticks / CLI_TICKS_A_MILLISECOND, seconds = ticks / CLI_TICKS_A_SECOND;
    cli_live_property(to, "Ticks", psrp_value_i64(to->a, ticks));
    cli_live_i32(to, "Days", seconds / 86400);
    cli_live_i32(to, "Hours", seconds / 3600 % 24);
    cli_live_i32(to, "Milliseconds", ms % 1000);
    cli_live_i32(to, "Microseconds", ticks / 10 % 1000);
    cli_live_i32(to, "Nanoseconds", ticks % 10 * 100);
    cli_live_i32(to, "Minutes", seconds / 60 % 60);
    cli_live_i32(to, "Seconds", seconds % 60);
    for (size_t i = 0; i < ICM_COUNT(totals); i++)
        cli_live_property(to, totals[i].name, psrp_value_double(to->a, (double)ticks / totals[i].ticks));
}

/* midnight of it */
static void add_day(struct cli_live *to, const struct cli_date *d)
{
    struct icm_buf text = {0};

    icm_buf_add_format(&text, "%04d-%02d-%02dT00:00:00", d->year, d->month, d->day);
    cli_live_property(to, "Date", psrp_value_text(to->a, PSRP_DATETIME, icm_buf_slice(&text)));
    to->failed = to->failed || text.failed;
    icm_buf_reset(&text);
}

static void add_time_of_day(struct cli_live *to, int64_t ticks)
{
    struct icm_buf text = {0};

    cli_span_add(&text, ticks % (86400 * (int64_t)CLI_TICKS_A_SECOND));
    cli_live_text(to, "TimeOfDay", icm_buf_slice(&text));
    to->failed = to->failed || text.failed;
    icm_buf_reset(&text);
}

static void add_long_date(struct cli_live *to, const struct cli_date *d)
{
    struct icm_buf text = {0};

    cli_date_add(&text, d, CLI_DATE_LONG);
    add_note(to, "DateTime", icm_buf_slice(&text));
    to->failed = to->failed || text.failed;
    icm_buf_reset(&text);
}

static void add_date(struct cli_live *to)
{
    static const char *const zones[] = {[CLI_DATE_UNSPECIFIED] = "Unspecified", [CLI_DATE_UTC] = "Utc", [CLI_DATE_LOCAL] = "Local"};
    struct cli_date d;

    if (!cli_date_parse(to->value->as.text, &d))
        return;
    add_day(to, &d);
    cli_live_i32(to, "Day", d.day);
    cli_live_text(to, "DayOfWeek", icm_slice_text(cli_date_day_name(cli_date_day_of_week(&d))));
    cli_live_i32(to, "DayOfYear", cli_date_day_of_year(&d));
    cli_live_i32(to, "Hour", d.hour);
    cli_live_text(to, "Kind", icm_slice_text(zones[d.kind]));
    cli_live_i32(to, "Millisecond", d.fraction / CLI_TICKS_A_MILLISECOND);
    cli_live_i32(to, "Microsecond", d.fraction / 10 % 1000);
    cli_live_i32(to, "Nanosecond", d.fraction % 10 * 100);
    cli_live_i32(to, "Minute", d.minute);
    cli_live_i32(to, "Month", d.month);
    cli_live_i32(to, "Second", d.second);
    cli_live_property(to, "Ticks", psrp_value_i64(to->a, cli_date_ticks(&d)));
    add_time_of_day(to, cli_date_ticks(&d));
    cli_live_i32(to, "Year", d.year);
    add_long_date(to, &d);
}

static int64_t version_part(struct icm_slice *text)
{
    const uint8_t *dot = text->size > 0 ? memchr(text->data, '.', text->size) : NULL;
    struct icm_slice part = icm_slice_of(text->data, dot ? (size_t)(dot - text->data) : text->size);
    int64_t number;

    *text = icm_slice_from(*text, dot ? part.size + 1 : part.size);
    return icm_parse_i64(part, 0, INT32_MAX, &number) ? number : -1;
}

static void add_version(struct cli_live *to)
{
    static const char *const names[] = {"Major", "Minor", "Build", "Revision"};
    struct icm_slice text = to->value->as.text;
    int64_t part = -1;

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        part = version_part(&text);
        cli_live_i32(to, names[i], part);
    }
    cli_live_i32(to, "MajorRevision", part < 0 ? -1 : part >> 16);
    cli_live_i32(to, "MinorRevision", part < 0 ? -1 : (int16_t)part);
}

/* the digit at @at of its text: RFC 9562, 4 */
static int64_t hex_digit(struct icm_slice text, size_t at)
{
    uint8_t c = at < text.size ? text.data[at] : '0';

    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static void add_guid(struct cli_live *to)
{
    enum { AT_VERSION = 14, AT_VARIANT = 19 };

    cli_live_i32(to, "Variant", hex_digit(to->value->as.text, AT_VARIANT));
    cli_live_i32(to, "Version", hex_digit(to->value->as.text, AT_VERSION));
    add_note(to, "Guid", to->value->as.text);
}

static void add_itself(struct cli_live *to, const char *name)
{
    struct psrp_value *self = icm_arena_take(to->a, sizeof *self);

    if (self)
        *self = *to->value;
    cli_live_property(to, name, self);
}

static void add_list(struct cli_live *to)
{
    int64_t capacity = to->value->as.list->count > 0 ? 4 : 0;

    while (capacity < (int64_t)to->value->as.list->count)
        capacity *= 2;
    if (to->value->kind <= PSRP_ENUMERABLE)
        cli_live_i32(to, "Capacity", capacity);
    cli_live_i32(to, "Count", (int64_t)to->value->as.list->count);
    if (to->value->kind <= PSRP_ENUMERABLE) {
        cli_live_bool(to, "IsFixedSize", false);
        cli_live_bool(to, "IsReadOnly", false);
    }
    cli_live_bool(to, "IsSynchronized", false);
    add_itself(to, "SyncRoot");
}

/* An OrderedDictionary; a Hashtable has nothing that a console would show. */
static void add_dictionary(struct cli_live *to)
{
    struct psrp_value *keys = psrp_value_array(to->a), *values = psrp_value_array(to->a);

    for (const struct psrp_entry *e = to->value->as.dictionary->first; e; e = e->next) {
        struct psrp_value *key = icm_arena_take(to->a, sizeof *key), *value = icm_arena_take(to->a, sizeof *value);

        if (!key || !value || !psrp_value_add_item(to->a, keys, key) || !psrp_value_add_item(to->a, values, value)) {
            to->failed = true;
            return;
        }
        *key = *e->key;
        *value = *e->value;
    }
    cli_live_i32(to, "Count", (int64_t)to->value->as.dictionary->count);
    cli_live_bool(to, "IsReadOnly", false);
    cli_live_property(to, "Keys", keys);
    cli_live_property(to, "Values", values);
    cli_live_bool(to, "IsFixedSize", false);
    add_itself(to, "SyncRoot");
    cli_live_bool(to, "IsSynchronized", false);
}

static void add_bytes(struct cli_live *to)
{
    int64_t size = (int64_t)to->value->as.text.size;

    cli_live_i32(to, "Length", size);
    cli_live_property(to, "LongLength", psrp_value_i64(to->a, size));
    cli_live_i32(to, "Rank", 1);
    add_itself(to, "SyncRoot");
    cli_live_bool(to, "IsReadOnly", false);
    cli_live_bool(to, "IsFixedSize", true);
    cli_live_bool(to, "IsSynchronized", false);
    cli_live_i32(to, "Count", size);
}

static void add_xml(struct cli_live *to)
{
    struct cli_xml_outline xml;

    if (cli_xml_outline_read(to->value->as.text, &xml)) {
        if (xml.declaration.size > 0)
            cli_live_text(to, "xml", icm_buf_slice(&xml.declaration));
        cli_live_text(to, icm_buf_text(&xml.root), icm_buf_slice(&xml.value));
    }
    cli_xml_outline_reset(&xml);
}

static bool is_enum(const struct psrp_value *value)
{
    const struct psrp_type_names *types = value->object ? value->object->types : NULL;

    return value->kind >= PSRP_U8 && value->kind <= PSRP_I64 && types && types->count > 1 &&
           icm_slice_is(cli_type_bare(types->names[1]), "System.Enum");
}

/* type data of the client: the text, behind everything else */
static void add_enum(struct cli_live *to)
{
    add_note(to, "Value", to->value->object->to_string);
}

static void (*const kinds[PSRP_KIND_COUNT])(struct cli_live *to) = {
    [PSRP_DATETIME] = add_date,  [PSRP_TIMESPAN] = add_span, [PSRP_BYTES] = add_bytes,
    [PSRP_GUID] = add_guid,      [PSRP_URI] = cli_live_uri,       [PSRP_VERSION] = add_version,
    [PSRP_LIST] = add_list,      [PSRP_ENUMERABLE] = add_list, [PSRP_QUEUE] = add_list,
    [PSRP_STACK] = add_list,     [PSRP_DICTIONARY] = add_dictionary, [PSRP_XML] = add_xml,
};

bool cli_live_has(const struct psrp_value *value)
{
    if (value->kind == PSRP_DICTIONARY)
        return cli_type_is_ordered(value);
    return kinds[value->kind] || is_enum(value);
}

/* Behind what came with it; but a live value has no adapted ones from elsewhere. */
bool cli_live_add(struct icm_arena *a, struct psrp_value *value)
{
    struct cli_live to = {.a = a, .value = value};

    value->object->adapted = NULL;
    value->object->adapted_end = &value->object->adapted;
    if (is_enum(value))
        add_enum(&to);
    else
        kinds[value->kind](&to);
    return !to.failed;
}
