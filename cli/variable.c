#include "cli/variable.h"

#include "cli/literal.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- setting ---- */

static enum icm_code set(struct cli_options *o, struct icm_slice name, const struct psrp_value *value, struct icm_error *err)
{
    struct cli_variable *v = icm_arena_take(o->arena, sizeof *v);

    if (name.size > 0 && name.data[0] == '$')
        name = icm_slice_from(name, 1);
    if (name.size == 0 || name.size > CLI_VARIABLE_NAME_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "-Variable: a name has 1 to %d bytes", CLI_VARIABLE_NAME_MAX);
    if (!v || !icm_arena_copy(o->arena, name, &name))
        return icm_nomem(err);
    *v = (struct cli_variable){.name = name, .value = value, .next = o->variables};
    o->variables = v; /* the first one that is found is the last one that was set */
    return ICM_OK;
}

static enum icm_code set_all(struct cli_options *o, const struct psrp_value *table, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (const struct psrp_entry *e = table->as.dictionary->first; e && code == ICM_OK; e = e->next)
        code = e->key->kind == PSRP_STRING ? set(o, e->key->as.text, e->value, err)
                                           : icm_fail(err, ICM_USAGE, NULL, "-Variable: a name is a word");
    return code;
}

enum icm_code cli_variable_read(struct cli_options *o, struct icm_slice text, struct icm_error *err)
{
    struct psrp_value *value;
    bool is_table = text.size > 1 && text.data[0] == '@' && text.data[1] == '{';
    const uint8_t *equals = text.size > 0 && !is_table ? memchr(text.data, '=', text.size) : NULL;
    size_t size = equals ? (size_t)(equals - text.data) : 0;

    if (!is_table && !equals)
        return icm_fail(err, ICM_USAGE, NULL, "-Variable takes NAME=VALUE, not '%.*s'",
                        (int)(text.size < 60 ? text.size : 60), (const char *)text.data);
    enum icm_code code = cli_literal_read(o->arena, is_table ? text : icm_slice_from(text, size + 1), &value, err);
    if (code != ICM_OK)
        return code;
    if (!is_table)
        return set(o, icm_slice_trim(icm_slice_of(text.data, size)), value, err);
    return value->kind == PSRP_DICTIONARY ? set_all(o, value, err)
                                          : icm_fail(err, ICM_USAGE, NULL, "-Variable takes NAME=VALUE, or one hashtable");
}

/* ---- finding ---- */

static const char *const scopes[] = {"global:", "script:", "local:", "private:", "variable:"};

static bool take_front(struct icm_slice *text, const char *front)
{
    size_t size = strlen(front);

    if (text->size <= size || !icm_slice_equal_nocase(icm_slice_of(text->data, size), icm_slice_text(front)))
        return false;
    *text = icm_slice_from(*text, size);
    return true;
}

/* A variable of the environment, by its exact name: two may differ in case alone. */
static const struct psrp_value *find_in_environment(struct icm_arena *a, struct icm_slice name, struct icm_error *err)
{
    struct icm_slice copy;
    const struct psrp_value *value = NULL;

    if (!icm_arena_copy(a, name, &copy)) {
        icm_nomem(err);
        return NULL;
    }
    const char *text = getenv((const char *)copy.data);
    if (text && icm_utf8_valid_size(icm_slice_text(text)) == strlen(text) && !(value = psrp_value_string(a, text)))
        icm_nomem(err);
    return value;
}

static const struct psrp_value *find_constant(struct icm_arena *a, struct icm_slice name)
{
    if (icm_slice_equal_nocase(name, icm_slice_text("null")))
        return psrp_value_nil(a);
    bool is_true = icm_slice_equal_nocase(name, icm_slice_text("true"));
    return is_true || icm_slice_equal_nocase(name, icm_slice_text("false")) ? psrp_value_bool(a, is_true) : NULL;
}

/* what backticks in ${...} stand for */
static bool unescape(struct icm_arena *a, struct icm_slice *name)
{
    uint8_t *text = icm_arena_take(a, name->size + 1);
    size_t size = 0;

    for (size_t i = 0; text && i < name->size; i++) {
        if (name->data[i] == '`' && i + 1 < name->size)
            i++;
        text[size++] = name->data[i];
    }
    *name = icm_slice_of(text, size);
    return text != NULL;
}

const struct psrp_value *cli_variable_find(struct icm_arena *a, const struct cli_variable *variables, struct icm_slice path,
                                           struct icm_error *err)
{
    bool has_scope = false;

    if (!unescape(a, &path)) {
        icm_nomem(err);
        return NULL;
    }
    if (take_front(&path, "env:"))
        return find_in_environment(a, path, err);
    for (size_t i = 0; i < ICM_COUNT(scopes) && !has_scope; i++)
        has_scope = take_front(&path, scopes[i]);
    for (const struct cli_variable *v = variables; v; v = v->next)
        if (icm_slice_equal_nocase(v->name, path))
            return v->value;
    return find_constant(a, path);
}

/* ---- members ---- */

struct walk {
    struct icm_arena *arena;
    struct icm_slice rest, whole;
    const struct psrp_value *value;
    struct icm_error *err;
};

static enum icm_code fail(const struct walk *w, const char *why)
{
    return icm_fail(w->err, ICM_USAGE, NULL, "%.*s%s: %s", (int)(w->whole.size < 80 ? w->whole.size : 80),
                    (const char *)w->whole.data, w->whole.size > 80 ? "..." : "", why);
}

static size_t count_of(const struct psrp_value *v)
{
    return v->kind == PSRP_DICTIONARY ? v->as.dictionary->count : v->kind == PSRP_LIST ? v->as.list->count : 1;
}

/* UTF-16 units, as .NET counts them */
static size_t length_of(const struct psrp_value *v)
{
    struct icm_slice text = v->as.text;
    size_t units = 0;
    int32_t c;

    if (v->kind != PSRP_STRING)
        return count_of(v);
    while (text.size > 0 && (c = icm_utf8_next(&text)) >= 0)
        units += c > 0xFFFF ? 2 : 1;
    return units;
}

static enum icm_code give(struct walk *w, const struct psrp_value *value)
{
    if (!value)
        return icm_nomem(w->err);
    w->value = value;
    return ICM_OK;
}

/* Count and Length of what has them, a key of a hashtable */
static enum icm_code take_property(struct walk *w, struct icm_slice name)
{
    const struct psrp_value *v = w->value;
    bool is_count = icm_slice_equal_nocase(name, icm_slice_text("Count"));
    bool is_length = icm_slice_equal_nocase(name, icm_slice_text("Length")) && v->kind != PSRP_DICTIONARY;

    for (const struct psrp_entry *e = v->kind == PSRP_DICTIONARY ? v->as.dictionary->first : NULL; e; e = e->next)
        if (e->key->kind == PSRP_STRING && icm_slice_equal_nocase(e->key->as.text, name))
            return give(w, e->value);
    if (is_count || is_length)
        return give(w, psrp_value_i32(w->arena, (int32_t)(is_length ? length_of(v) : count_of(v))));
    return fail(w, "there is no such member");
}

static enum icm_code take_member(struct walk *w)
{
    struct icm_slice name;
    struct psrp_value *quoted;
    size_t size = 1;

    if (w->rest.size < 2 || w->rest.data[0] != '.')
        return fail(w, "only members and elements can be taken of a $Using: variable");
    if (w->rest.data[1] == '\'' || w->rest.data[1] == '"') {
        const uint8_t *end = memchr(w->rest.data + 2, w->rest.data[1], w->rest.size - 2);
        if (!end)
            return fail(w, "a quote is not closed");
        size = (size_t)(end - w->rest.data) + 1;
        enum icm_code code = cli_literal_read(w->arena, icm_slice_of(w->rest.data + 1, size - 1), &quoted, w->err);
        if (code != ICM_OK)
            return code;
        name = psrp_value_text_of(quoted);
    } else {
        while (size < w->rest.size && !strchr(".[(:?", w->rest.data[size]))
            size++;
        name = icm_slice_of(w->rest.data + 1, size - 1);
    }
    if (size < w->rest.size && w->rest.data[size] == '(')
        return fail(w, "a method cannot be called in a $Using: expression; ($Using:x).Name() calls it over there");
    w->rest = icm_slice_from(w->rest, size);
    return take_property(w, name);
}

/* below 0 from the end */
static enum icm_code take_element(struct walk *w, int64_t index)
{
    int64_t count = (int64_t)count_of(w->value), at = index < 0 ? index + count : index;

    if (w->value->kind != PSRP_LIST)
        return fail(w, "it is no list");
    for (const struct psrp_item *i = w->value->as.list->first; i && at >= 0; i = i->next)
        if (at-- == 0)
            return give(w, i->value);
    return fail(w, "there is no such element");
}

static enum icm_code take_key(struct walk *w, const struct psrp_value *key)
{
    int64_t wanted = 0, number = 0;
    bool is_number = psrp_value_integer(key, &wanted);

    for (const struct psrp_entry *e = w->value->as.dictionary->first; e; e = e->next)
        if (is_number ? psrp_value_integer(e->key, &number) && number == wanted
                      : e->key->kind == PSRP_STRING && icm_slice_equal_nocase(e->key->as.text, psrp_value_text_of(key)))
            return give(w, e->value);
    return fail(w, "there is no such key");
}

static enum icm_code take_index(struct walk *w)
{
    size_t size = 1;
    uint8_t quote = 0;
    struct psrp_value *index = NULL;
    int64_t number;

    for (; size < w->rest.size && (quote || w->rest.data[size] != ']'); size++) {
        uint8_t c = w->rest.data[size];
        quote = quote ? (c == quote ? 0 : quote) : (c == '\'' || c == '"') ? c : 0;
    }
    if (size >= w->rest.size ||
        cli_literal_read(w->arena, icm_slice_trim(icm_slice_of(w->rest.data + 1, size - 1)), &index, NULL) != ICM_OK)
        return fail(w, "an index is a number or a string in quotes");
    w->rest = icm_slice_from(w->rest, size + 1);
    if (w->value->kind == PSRP_DICTIONARY && (index->kind == PSRP_STRING || psrp_value_integer(index, &number)))
        return take_key(w, index);
    return psrp_value_integer(index, &number) ? take_element(w, number) : fail(w, "an index is a number or a string in quotes");
}

enum icm_code cli_variable_members(struct icm_arena *a, const struct psrp_value *value, struct icm_slice members,
                                   struct icm_slice whole, const struct psrp_value **out, struct icm_error *err)
{
    struct walk w = {.arena = a, .rest = members, .whole = whole, .value = value, .err = err};
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && w.rest.size > 0)
        code = w.rest.data[0] == '[' ? take_index(&w) : take_member(&w);
    if (code == ICM_OK)
        *out = w.value;
    return code;
}
