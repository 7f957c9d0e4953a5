#include "cli/using_scan.h"

#include "base/buf.h"
#include "base/text.h"

#include <ctype.h>
#include <strings.h>

/* What is open around a place of the script: one byte each, on a stack. */
enum nest {
    IN_BRACES = '{',
    IN_TABLE = 'h', /* @{ */
    IN_PARENS = '(',
    IN_SUBEXPRESSION = 's', /* $( inside a string */
    IN_STRING = '"',
    IN_HERE_STRING = 'H',
};

struct scan {
    struct icm_arena *arena;
    struct icm_slice text;
    size_t at;
    struct icm_buf nest;
    size_t blocks;    /* IN_BRACES that are open */
    size_t value_end; /* where the last string or variable ended: no word goes on there */
    struct cli_usings *out;
    struct icm_error *err;
};

static int byte_at(const struct scan *s, size_t at)
{
    return at < s->text.size ? s->text.data[at] : -1;
}

static bool starts(const struct scan *s, size_t at, const char *with)
{
    size_t size = strlen(with);

    return s->text.size - at >= size && at <= s->text.size && memcmp(s->text.data + at, with, size) == 0;
}

/* PowerShell takes typographic quotes for quotes: U+2018 to 201B single, 201C to 201E double */
static size_t quote_size(const struct scan *s, size_t at, bool is_double)
{
    if (byte_at(s, at) == (is_double ? '"' : '\''))
        return 1;
    if (byte_at(s, at) != 0xE2 || byte_at(s, at + 1) != 0x80)
        return 0;
    int last = byte_at(s, at + 2);
    return is_double ? (last >= 0x9C && last <= 0x9E ? 3 : 0) : (last >= 0x98 && last <= 0x9B ? 3 : 0);
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_line_end(int c)
{
    return c == '\n' || c == '\r';
}

/* letters of other scripts belong to names; typographic marks (U+2000 and on, U+00A0) do not */
static bool is_name_byte(const struct scan *s, size_t at)
{
    int c = byte_at(s, at);

    if (c < 0x80)
        return c >= 0 && (isalnum(c) || c == '_' || c == '?');
    return !(c == 0xE2 && byte_at(s, at + 1) == 0x80) && !(c == 0xC2 && byte_at(s, at + 1) == 0xA0);
}

static enum nest top(const struct scan *s)
{
    return s->nest.size > 0 ? (enum nest)s->nest.data[s->nest.size - 1] : IN_PARENS;
}

static void push(struct scan *s, enum nest nest)
{
    icm_buf_add_u8(&s->nest, (uint8_t)nest);
    s->blocks += nest == IN_BRACES ? 1 : 0;
}

static void pop(struct scan *s)
{
    s->blocks -= s->nest.size > 0 && top(s) == IN_BRACES ? 1 : 0;
    s->nest.size -= s->nest.size > 0 ? 1 : 0;
}

/* ---- what is skipped ---- */

static size_t line_end(const struct scan *s, size_t at)
{
    while (at < s->text.size && !is_line_end(s->text.data[at]))
        at++;
    return at;
}

static size_t behind(const struct scan *s, size_t at, const char *end)
{
    const uint8_t *found = at < s->text.size ? memmem(s->text.data + at, s->text.size - at, end, strlen(end)) : NULL;

    return found ? (size_t)(found - s->text.data) + strlen(end) : s->text.size;
}

/* behind a string in single quotes that begins at @at; a doubled quote in it is one */
static size_t single_quoted_end(const struct scan *s, size_t at)
{
    size_t size = quote_size(s, at, false);

    for (at += size; at < s->text.size; at++)
        if ((size = quote_size(s, at, false)) > 0) {
            size_t second = quote_size(s, at + size, false);
            if (second == 0)
                return at + size;
            at += size + second - 1;
        }
    return at;
}

/* The line end behind @' or @" begins a here-string; 0: this is none. */
static size_t here_string_start(const struct scan *s, size_t at, bool is_double)
{
    size_t size = byte_at(s, at) == '@' ? quote_size(s, at + 1, is_double) : 0;

    if (size == 0)
        return 0;
    for (at += 1 + size; is_blank(byte_at(s, at));)
        at++;
    return is_line_end(byte_at(s, at)) ? at : 0;
}

/* at a line's beginning: the quote and @ that end a here-string; the size of both */
static size_t here_string_end_size(const struct scan *s, size_t at, bool is_double)
{
    bool is_line_start = at > 0 && is_line_end(byte_at(s, at - 1));
    size_t size = is_line_start ? quote_size(s, at, is_double) : 0;

    return size > 0 && byte_at(s, at + size) == '@' ? size + 1 : 0;
}

static size_t single_here_string_end(const struct scan *s, size_t at)
{
    size_t size = 0;

    while (at < s->text.size && (size = here_string_end_size(s, at, false)) == 0)
        at++;
    return at < s->text.size ? at + size : at;
}

/* what stands behind --% is handed on as it is, to the end of the line or of the command */
static size_t verbatim_end(const struct scan *s, size_t at)
{
    bool is_quoted = false;

    for (; at < s->text.size && !is_line_end(s->text.data[at]); at++) {
        is_quoted = is_quoted != (s->text.data[at] == '"');
        if (!is_quoted && (s->text.data[at] == '|' || starts(s, at, "&&")))
            break;
    }
    return at;
}

static bool is_token_start(const struct scan *s)
{
    int before = s->at > 0 ? s->text.data[s->at - 1] : '\n';

    return s->at == s->value_end || is_blank(before) || is_line_end(before) || (before != 0 && strchr("{}();,|&=", before));
}

/* Behind what holds no expression, where that begins here; 0: nothing of the kind does. */
static size_t opaque_end(const struct scan *s)
{
    size_t at = s->at, start;

    if (byte_at(s, at) == '`')
        return at + 2;
    if (starts(s, at, "<#"))
        return behind(s, at + 2, "#>");
    if (byte_at(s, at) == '#' && is_token_start(s))
        return line_end(s, at);
    if ((start = here_string_start(s, at, false)) > 0)
        return single_here_string_end(s, start);
    if (quote_size(s, at, false) > 0)
        return single_quoted_end(s, at);
    if (starts(s, at, "--%") && is_token_start(s) && (is_blank(byte_at(s, at + 3)) || is_line_end(byte_at(s, at + 3))))
        return verbatim_end(s, at);
    return 0;
}

/* ---- an expression ---- */

static const char scope[] = "using:";
enum { SCOPE_SIZE = sizeof scope - 1 };

/* ${...}: behind its brace, or 0 where it has none */
static size_t braced_end(const struct scan *s, size_t at)
{
    for (; at < s->text.size; at++) {
        if (s->text.data[at] == '`')
            at++;
        else if (s->text.data[at] == '}')
            return at + 1;
    }
    return 0;
}

static size_t name_end(const struct scan *s, size_t at)
{
    for (; at < s->text.size; at++) {
        bool is_colon = byte_at(s, at) == ':' && byte_at(s, at + 1) != ':' && is_name_byte(s, at + 1);

        if (!is_colon && !is_name_byte(s, at))
            break;
    }
    return at;
}

/* @text at @at, when it is a variable at all; its parts are noted where its scope is Using */
static size_t variable_end(const struct scan *s, size_t at, struct cli_using *u)
{
    u->has_braces = byte_at(s, at + 1) == '{' && byte_at(s, at) == '$';
    size_t from = at + (u->has_braces ? 2 : 1);
    size_t end = u->has_braces ? braced_end(s, from) : name_end(s, from);
    size_t name_stop = end - (u->has_braces && end > 0 ? 1 : 0);

    if (end <= from) /* $$ and $^ are names, too */
        return byte_at(s, from) == '$' || byte_at(s, from) == '^' ? from + 1 : at;
    u->variable = icm_slice_of(s->text.data + at, end - at);
    if (name_stop > from + SCOPE_SIZE && strncasecmp((const char *)s->text.data + from, scope, SCOPE_SIZE) == 0)
        u->name = icm_slice_of(s->text.data + from + SCOPE_SIZE, name_stop - from - SCOPE_SIZE);
    return end;
}

/* behind [ ... ], strings in it whole; 0: it is not closed */
static size_t index_end(const struct scan *s, size_t at)
{
    size_t depth = 0;

    while (at < s->text.size) {
        int c = s->text.data[at];

        if (quote_size(s, at, false) > 0)
            at = single_quoted_end(s, at);
        else if (c == '"')
            at = behind(s, at + 1, "\"");
        else {
            depth += c == '[' ? 1 : 0;
            depth -= c == ']' ? 1 : 0;
            at++;
            if (depth == 0)
                return at;
        }
    }
    return 0;
}

/* behind .name, .'name', ::name, ?.name, and (...) that calls it; @at where no member stands */
static size_t member_end(const struct scan *s, size_t at)
{
    size_t from = at + (byte_at(s, at) == '?' ? 1 : 0);
    size_t dots = starts(s, from, "::") ? 2 : byte_at(s, from) == '.' && byte_at(s, from + 1) != '.' ? 1 : 0;
    size_t end = from + dots;

    if (dots == 0)
        return at;
    if (quote_size(s, end, false) > 0)
        return single_quoted_end(s, end);
    if (byte_at(s, end) == '"')
        return behind(s, end + 1, "\"");
    while (end < s->text.size && byte_at(s, end) != '?' && is_name_byte(s, end))
        end++;
    if (end == from + dots)
        return at;
    return byte_at(s, end) == '(' ? end + 1 : end;
}

static size_t members_end(const struct scan *s, size_t at)
{
    for (;;) {
        bool is_index = byte_at(s, at) == '[';
        size_t end = is_index ? index_end(s, at) : member_end(s, at);

        if (end <= at)
            return at;
        at = end;
        if (!is_index && byte_at(s, at - 1) == '(')
            return at; /* a call: nothing that may stand here, which the values say */
    }
}

/* whether what stands in front of @at may be one word with it */
static bool is_glued(const struct scan *s, size_t at)
{
    int before = at > 0 ? s->text.data[at - 1] : '\n';

    return !is_blank(before) && !is_line_end(before) && !(before != 0 && strchr("{}();,|&!<>\"'@", before));
}

static bool note(struct scan *s, const struct cli_using *found)
{
    struct cli_using *u = icm_arena_take(s->arena, sizeof *u);

    if (!u)
        return false;
    *u = *found;
    *s->out->end = u;
    s->out->end = &u->next;
    s->out->count++;
    return true;
}

/* A variable begins here. Its members belong to the expression in code, not in a string. */
static bool take_variable(struct scan *s, bool is_code)
{
    struct cli_using u = {.is_splat = s->text.data[s->at] == '@', .is_nested = s->blocks > 0};
    size_t from = s->at, end = variable_end(s, from, &u);

    s->at = s->value_end = end > from ? end : from + 1;
    if (!u.name.data)
        return true;
    if (is_code && !u.is_splat)
        s->at = s->value_end = members_end(s, end);
    u.text = icm_slice_of(s->text.data + from, s->at - from);
    u.members = icm_slice_of(s->text.data + end, s->at - end);
    u.may_be_bare = u.members.size > 0 && is_glued(s, from);
    return note(s, &u);
}

/* ---- walking ---- */

static bool step_in_string(struct scan *s)
{
    bool is_here = top(s) == IN_HERE_STRING;
    size_t end = is_here ? here_string_end_size(s, s->at, true) : quote_size(s, s->at, true);
    int c = s->text.data[s->at];

    if (c == '`') {
        s->at += 2;
    } else if (end > 0) {
        size_t second = is_here ? 0 : quote_size(s, s->at + end, true);
        s->at += end + second;
        s->value_end = s->at;
        if (second == 0)
            pop(s);
    } else if (starts(s, s->at, "$(")) {
        push(s, IN_SUBEXPRESSION);
        s->at += 2;
    } else if (c == '$') {
        return take_variable(s, false);
    } else {
        s->at++;
    }
    return true;
}

static bool begin_string(struct scan *s)
{
    size_t start = here_string_start(s, s->at, true), size = quote_size(s, s->at, true);

    if (start == 0 && size == 0)
        return false;
    push(s, start > 0 ? IN_HERE_STRING : IN_STRING);
    s->at = start > 0 ? start : s->at + size;
    return true;
}

/* brackets open and close; one that has no partner is passed over */
static void step_bracket(struct scan *s)
{
    int c = s->text.data[s->at];
    bool closes_brace = c == '}' && (top(s) == IN_BRACES || top(s) == IN_TABLE) && s->nest.size > 0;
    bool closes_paren = c == ')' && (top(s) == IN_PARENS || top(s) == IN_SUBEXPRESSION) && s->nest.size > 0;

    if (c == '{')
        push(s, s->at > 0 && s->text.data[s->at - 1] == '@' ? IN_TABLE : IN_BRACES);
    else if (c == '(')
        push(s, IN_PARENS);
    else if (closes_brace || closes_paren)
        pop(s);
    s->at++;
}

static bool step_in_code(struct scan *s)
{
    size_t end = opaque_end(s);
    int c = s->text.data[s->at], next = byte_at(s, s->at + 1);

    if (end > 0)
        s->at = end;
    else if (begin_string(s))
        return true;
    else if ((c == '$' && next != '(') || (c == '@' && (next == 'u' || next == 'U') && is_token_start(s)))
        return take_variable(s, true);
    else
        step_bracket(s);
    return true;
}

enum icm_code cli_using_scan(struct icm_arena *a, struct icm_slice script, struct cli_usings *out, struct icm_error *err)
{
    struct scan s = {.arena = a, .text = script, .out = out, .err = err};
    bool is_whole = true;

    *out = (struct cli_usings){.end = NULL};
    out->end = &out->first;
    /* most scripts have none */
    for (const uint8_t *p = script.data; script.size > 0 && (p = memchr(p, ':', (size_t)(script.data + script.size - p)));
         p++)
        if (p - script.data >= SCOPE_SIZE && strncasecmp((const char *)p - (SCOPE_SIZE - 1), scope, SCOPE_SIZE) == 0) {
            while (is_whole && s.at < s.text.size)
                is_whole = top(&s) == IN_STRING || top(&s) == IN_HERE_STRING ? step_in_string(&s) : step_in_code(&s);
            break;
        }
    is_whole = is_whole && !s.nest.failed;
    icm_buf_reset(&s.nest);
    return is_whole ? ICM_OK : icm_nomem(err);
}

/* ---- the param block ---- */

/* A token begins where this ends: a # here is a comment whatever stands in front of it. */
static size_t skip_blank(struct scan *s)
{
    for (;;) {
        while (is_blank(byte_at(s, s->at)) || is_line_end(byte_at(s, s->at)) || byte_at(s, s->at) == ';')
            s->at++;
        if (byte_at(s, s->at) != '#' && !starts(s, s->at, "<#"))
            return s->at;
        s->at = byte_at(s, s->at) == '#' ? line_end(s, s->at) : behind(s, s->at + 2, "#>");
    }
}

size_t cli_using_param_block(struct icm_slice script)
{
    struct scan s = {.text = script};

    skip_blank(&s);
    while (byte_at(&s, s.at) == '[') { /* attributes: [CmdletBinding()] */
        size_t end = index_end(&s, s.at);
        if (end == 0)
            return 0;
        s.at = end;
        skip_blank(&s);
    }
    if (script.size - s.at < 5 || s.at > script.size || strncasecmp((const char *)script.data + s.at, "param", 5) != 0)
        return 0;
    s.at += 5;
    skip_blank(&s);
    return byte_at(&s, s.at) == '(' ? s.at + 1 : 0;
}
