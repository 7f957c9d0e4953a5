#include "cli/literal.h"

#include <stdio.h>
#include <stdlib.h>

/* Where a value stands decides what ends an unquoted word there. */
struct place {
    const char *word_ends;
    const char *name;
};
static const struct place at_top = {",", "the value"}; /* a shell word: blanks belong to it */
static const struct place in_array = {" \t\r\n,;)", "@(...)"};
static const struct place in_table = {" \t\r\n,;}", "@{...}"};
static const struct place in_key = {" \t\r\n,;}=", "@{...}"};

struct parser {
    struct icm_arena *arena;
    struct icm_slice all, rest;
    bool are_texts; /* unquoted words stay what they are */
    unsigned depth;
    struct icm_error *err;
};

static enum icm_code read_value(struct parser *p, const struct place *place, struct psrp_value **out);

static enum icm_code fail(const struct parser *p, const char *what)
{
    return icm_fail(p->err, ICM_USAGE, NULL, "%s, at character %zu of '%.*s'%s", what, p->all.size - p->rest.size + 1,
                    (int)(p->all.size < 60 ? p->all.size : 60), (const char *)p->all.data,
                    p->all.size > 60 ? "..." : "");
}

static int peek(const struct parser *p)
{
    return p->rest.size > 0 ? p->rest.data[0] : -1;
}

static int peek_second(const struct parser *p)
{
    return p->rest.size > 1 ? p->rest.data[1] : -1;
}

static void skip(struct parser *p, size_t count)
{
    p->rest = icm_slice_from(p->rest, count);
}

static void skip_any(struct parser *p, const char *set)
{
    while (p->rest.size > 0 && p->rest.data[0] != '\0' && strchr(set, p->rest.data[0]))
        skip(p, 1);
}

static enum icm_code give(const struct parser *p, struct psrp_value *v, struct psrp_value **out)
{
    if (!v)
        return icm_nomem(p->err);
    *out = v;
    return ICM_OK;
}

static const struct {
    char letter, means;
} escapes[] = {{'0', '\0'}, {'a', '\a'}, {'b', '\b'}, {'e', 0x1B}, {'f', '\f'},
               {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};

/* `u{1F600}, the backtick and the u taken already */
static bool read_code_point(struct parser *p, struct icm_buf *out)
{
    const uint8_t *end = p->rest.size > 1 ? memchr(p->rest.data, '}', p->rest.size) : NULL;
    size_t digits = end && p->rest.data[0] == '{' ? (size_t)(end - p->rest.data) - 1 : 0;
    char text[8] = "";

    if (digits == 0 || digits > 6)
        return false;
    memcpy(text, p->rest.data + 1, digits);
    char *stop;
    unsigned long value = strtoul(text, &stop, 16);
    if (*stop || value > 0x10FFFF)
        return false;
    icm_utf8_add(out, (uint32_t)value);
    skip(p, digits + 2);
    return true;
}

/* what stands behind a backtick in "..." */
static enum icm_code read_escape(struct parser *p, struct icm_buf *out)
{
    int c = peek(p);

    if (c < 0)
        return fail(p, "a backtick at the end");
    skip(p, 1);
    if (c == 'u' && peek(p) == '{')
        return read_code_point(p, out) ? ICM_OK : fail(p, "a code point is written `u{1F600}");
    for (size_t i = 0; i < ICM_COUNT(escapes); i++)
        if (c == escapes[i].letter)
            c = escapes[i].means;
    icm_buf_add_u8(out, (uint8_t)c);
    return ICM_OK;
}

static bool starts_expansion(int c)
{
    return c == '(' || c == '{' || c == '_' || c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The inside of a string whose opening quote is taken. */
static enum icm_code read_quoted(struct parser *p, char quote, struct icm_buf *out)
{
    while (p->rest.size > 0) {
        int c = peek(p);

        if (c == quote && peek_second(p) == quote)
            skip(p, 1);
        else if (c == quote) {
            skip(p, 1);
            return ICM_OK;
        }
        if (c == '$' && quote == '"' && starts_expansion(peek_second(p)))
            return fail(p, "a variable in \"...\" has no value here; use '...' or `$");
        skip(p, 1);
        if (c == '`' && quote == '"') {
            enum icm_code code = read_escape(p, out);
            if (code != ICM_OK)
                return code;
            continue;
        }
        icm_buf_add_u8(out, (uint8_t)c);
    }
    return fail(p, "a string without its closing quote (a quote inside is doubled)");
}

static enum icm_code read_string(struct parser *p, struct psrp_value **out)
{
    struct icm_buf text = {0};
    char quote = (char)peek(p);

    skip(p, 1);
    enum icm_code code = read_quoted(p, quote, &text);
    if (code == ICM_OK)
        code = icm_buf_check(&text, p->err);
    if (code == ICM_OK)
        code = give(p, psrp_value_text(p->arena, PSRP_STRING, icm_buf_slice(&text)), out);
    icm_buf_reset(&text);
    return code;
}

static struct icm_slice take_word(struct parser *p, const struct place *place)
{
    size_t size = 0;

    while (size < p->rest.size && (p->rest.data[size] == '\0' || !strchr(place->word_ends, p->rest.data[size])))
        size++;
    struct icm_slice word = icm_slice_of(p->rest.data, size);
    skip(p, size);
    return icm_slice_trim(word);
}

/* $true, $false, $null: nothing else that begins with a dollar has a value here. */
static enum icm_code read_variable(struct parser *p, struct icm_slice word, struct psrp_value **out)
{
    if (icm_slice_equal_nocase(word, icm_slice_text("$null")))
        return give(p, psrp_value_nil(p->arena), out);
    bool is_true = icm_slice_equal_nocase(word, icm_slice_text("$true"));
    if (is_true || icm_slice_equal_nocase(word, icm_slice_text("$false")))
        return give(p, psrp_value_bool(p->arena, is_true), out);
    return fail(p, "of the variables only $true, $false and $null have a value here; write a string as '...'");
}

static enum icm_code read_word(struct parser *p, const struct place *place, struct psrp_value **out)
{
    struct icm_slice word = take_word(p, place);

    if (word.size == 0 && place != &at_top)
        return fail(p, "a value is missing");
    if (!p->are_texts && word.size > 0 && word.data[0] == '$')
        return read_variable(p, word, out);
    enum icm_code code = p->are_texts ? ICM_AGAIN : cli_literal_read_number(p->arena, word, out, p->err);
    return code == ICM_AGAIN ? give(p, psrp_value_text(p->arena, PSRP_STRING, word), out) : code;
}

/* one value, or an array of them where commas follow */
static enum icm_code read_values(struct parser *p, const struct place *place, struct psrp_value **out)
{
    struct psrp_value *first, *list;
    enum icm_code code = read_value(p, place, &first);

    if (code != ICM_OK)
        return code;
    skip_any(p, " \t");
    if (peek(p) != ',')
        return give(p, first, out);
    list = psrp_value_array(p->arena);
    while (psrp_value_add_item(p->arena, list, first)) {
        if (peek(p) != ',')
            return give(p, list, out);
        skip(p, 1);
        skip_any(p, " \t\r\n");
        if (p->rest.size == 0 || peek(p) == ',')
            return fail(p, "a value is missing beside a comma");
        if ((code = read_value(p, place, &first)) != ICM_OK)
            return code;
        skip_any(p, " \t");
    }
    return icm_nomem(p->err);
}

static enum icm_code read_array(struct parser *p, struct psrp_value **out)
{
    struct psrp_value *list = psrp_value_array(p->arena), *item;

    skip(p, 2);
    for (;;) {
        skip_any(p, " \t\r\n,;");
        if (p->rest.size == 0)
            return fail(p, "@( without its )");
        if (peek(p) == ')')
            break;
        enum icm_code code = read_value(p, &in_array, &item);
        if (code != ICM_OK)
            return code;
        if (!psrp_value_add_item(p->arena, list, item))
            return icm_nomem(p->err);
    }
    skip(p, 1);
    return give(p, list, out);
}

static enum icm_code read_entry(struct parser *p, struct psrp_value *table)
{
    struct psrp_value *key, *value;
    enum icm_code code = read_value(p, &in_key, &key);

    if (code != ICM_OK)
        return code;
    if (key->kind == PSRP_NIL || key->kind == PSRP_LIST || key->kind == PSRP_DICTIONARY)
        return fail(p, "a key is a word, a string or a number");
    skip_any(p, " \t");
    if (peek(p) != '=')
        return fail(p, "an entry is written Key = Value");
    skip(p, 1);
    skip_any(p, " \t\r\n");
    if ((code = read_values(p, &in_table, &value)) != ICM_OK)
        return code;
    if (key->kind == PSRP_STRING && psrp_value_entry(table, (const char *)key->as.text.data))
        return fail(p, "a key that is there already");
    return psrp_value_add_entry(p->arena, table, key, value) ? ICM_OK : icm_nomem(p->err);
}

static enum icm_code read_table(struct parser *p, struct psrp_value **out)
{
    struct psrp_value *table = psrp_value_hashtable(p->arena);

    if (!table)
        return icm_nomem(p->err);
    skip(p, 2);
    for (;;) {
        skip_any(p, " \t\r\n;");
        if (p->rest.size == 0)
            return fail(p, "@{ without its }");
        if (peek(p) == '}')
            break;
        enum icm_code code = read_entry(p, table);
        if (code != ICM_OK)
            return code;
        skip_any(p, " \t");
        if (p->rest.size > 0 && !strchr(";}\r\n", peek(p)))
            return fail(p, "entries are parted by ;");
    }
    skip(p, 1);
    return give(p, table, out);
}

static enum icm_code read_nested(struct parser *p, struct psrp_value **out)
{
    if (p->depth == CLI_LITERAL_DEPTH_MAX)
        return fail(p, "nested deeper than 32");
    p->depth++;
    enum icm_code code = peek_second(p) == '(' ? read_array(p, out) : read_table(p, out);
    p->depth--;
    return code;
}

static enum icm_code read_value(struct parser *p, const struct place *place, struct psrp_value **out)
{
    int c = peek(p), second = peek_second(p);

    if (c == '\'' || c == '"')
        return read_string(p, out);
    if (c == '@' && (second == '(' || (second == '{' && !p->are_texts)))
        return read_nested(p, out);
    return read_word(p, place, out);
}

static enum icm_code read_all(struct parser *p, struct psrp_value **out)
{
    struct psrp_value *value;

    skip_any(p, " \t\r\n");
    if (peek(p) == ',')
        return fail(p, "a value is missing beside a comma");
    enum icm_code code = read_values(p, &at_top, &value);
    if (code != ICM_OK)
        return code;
    skip_any(p, " \t\r\n");
    if (p->rest.size > 0)
        return fail(p, "more text behind the value");
    *out = value;
    return ICM_OK;
}

enum icm_code cli_literal_read(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                               struct icm_error *err)
{
    struct parser p = {.arena = a, .all = text, .rest = text, .err = err};

    return read_all(&p, out);
}

static enum icm_code as_list(struct parser *p, struct psrp_value **out)
{
    struct psrp_value *value;
    enum icm_code code = read_all(p, &value);

    if (code != ICM_OK)
        return code;
    if (value->kind != PSRP_LIST) {
        struct psrp_value *list = psrp_value_array(p->arena);
        if (!psrp_value_add_item(p->arena, list, value))
            return icm_nomem(p->err);
        value = list;
    }
    *out = value;
    return ICM_OK;
}

enum icm_code cli_literal_read_list(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                    struct icm_error *err)
{
    struct parser p = {.arena = a, .all = text, .rest = text, .err = err};

    return as_list(&p, out);
}

enum icm_code cli_literal_read_texts(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                     struct icm_error *err)
{
    struct parser p = {.arena = a, .all = text, .rest = text, .are_texts = true, .err = err};

    return as_list(&p, out);
}
