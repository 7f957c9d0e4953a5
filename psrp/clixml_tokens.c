/* One pass, one look at each byte. What makes that simple: a document ends with >, where every scan stops, so that none
 * of them has to count. */
#include "psrp/clixml_tokens.h"

#include "psrp/clixml_scan.h"

enum {
    MARKUP_MAX = 64 * 1024, /* libxml2 has limits of its own for longer tags: it shall judge them */
    REFERENCE_MAX = 64,     /* &#x0000041; may have any number of zeros, and nobody writes many */
};

/* ---- bytes ---- */

/* what a byte may be without a further look */
enum {
    IN_TEXT = 1,
    IN_VALUE = 2, /* of an attribute; quotes have to be looked at */
    IN_NAME = 4,
    IN_BLANK = 8,
};

/* clang-format off */
#define T IN_TEXT
#define V (IN_TEXT | IN_VALUE)
#define N (IN_TEXT | IN_VALUE | IN_NAME)
#define B (IN_TEXT | IN_BLANK)
static const uint8_t classes[256] = {
/*  0      1  2  3  4  5  6  7  8  9  a  b  c  d         e  f */
    0,     0, 0, 0, 0, 0, 0, 0, 0, B, B, 0, 0, IN_BLANK, 0, 0,
    0,     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,        0, 0,
    V | B, V, T, V, V, V, 0, T, V, V, V, V, V, N,        N, V, /* space " & ' - . */
    N,     N, N, N, N, N, N, N, N, N, V, V, 0, V,        0, V, /* 0 to 9 < > */
    V,     N, N, N, N, N, N, N, N, N, N, N, N, N,        N, N, /* A to O */
    N,     N, N, N, N, N, N, N, N, N, N, V, V, V,        V, N, /* P to Z _ */
    V,     N, N, N, N, N, N, N, N, N, N, N, N, N,        N, N, /* a to o */
    N,     N, N, N, N, N, N, N, N, N, N, V, V, V,        V, V, /* p to z */
};
#undef T
#undef V
#undef N
#undef B
/* clang-format on */

static bool is(uint8_t c, unsigned class)
{
    return classes[c] & class;
}

static bool begins_name(uint8_t c)
{
    return is(c, IN_NAME) && c != '-' && c != '.' && !(c >= '0' && c <= '9');
}

/* a character that names may have, and ours have not */
static bool is_odd_in_name(uint8_t c)
{
    return c == ':' || c >= 0x80;
}

/* ---- many bytes at a time ---- */

static size_t left(const struct psrp_clixml_tokens *t, const uint8_t *at)
{
    return (size_t)(t->end - at);
}

static const uint8_t *skip(const uint8_t *at, unsigned class)
{
    while (is(*at, class))
        at++;
    return at;
}

/* As far as nothing stands that has to be looked at, @other included, or near to the end: never past the last >, which
 * may stand in a value as it is. */
static const uint8_t *skip_steps(struct psrp_clixml_tokens *t, const uint8_t *at, uint8_t other)
{
    bool has_underscore = false;

    while (left(t, at) > PSRP_CLIXML_STEP) {
        const struct psrp_clixml_scanned found = psrp_clixml_scan(at, other);

        has_underscore |= found.has_underscore;
        if (found.plain < PSRP_CLIXML_STEP) {
            at += found.plain;
            break;
        }
        at += PSRP_CLIXML_STEP; /* the next step need not wait for what was found in this one */
    }
    t->is_plain = t->is_plain && !has_underscore;
    return at;
}

/* The same, and on as far as bytes are of @class. */
static const uint8_t *skip_plain(struct psrp_clixml_tokens *t, const uint8_t *at, uint8_t other, unsigned class)
{
    const uint8_t *plain = skip_steps(t, at, other);

    at = skip(plain, class);
    t->is_plain = t->is_plain && at == plain;
    return at;
}

/* ---- failures ---- */

static enum icm_code bad(struct psrp_clixml_tokens *t, const char *what)
{
    const struct psrp_clixml_open *open = &t->open[t->depth];
    char name[PSRP_CLIXML_SHOWN];

    if (t->depth == 0)
        return icm_fail(t->err, ICM_SYNTAX, "XML 1.0", "not well-formed: %s", what);
    return icm_fail(t->err, ICM_SYNTAX, "XML 1.0", "not well-formed: %s in %s", what,
                    psrp_clixml_shown(icm_slice_of(open->name, open->size), name));
}

static enum icm_code too_early(struct psrp_clixml_tokens *t)
{
    return bad(t, "the document ends too early");
}

/* more of XML than CLIXML needs, which is no failure: no words */
static enum icm_code hand_over(void)
{
    return ICM_UNSUPPORTED;
}

/* ---- characters ---- */

/* The size of the character beyond ASCII at @at, 0 where there is none that XML allows. Bytes that go on with one stop
 * at the end. */
static size_t long_character(const uint8_t *at)
{
    const uint8_t first = at[0];

    if (first < 0xC2 || first > 0xF4 || (at[1] & 0xC0) != 0x80)
        return 0;
    if (first < 0xE0)
        return 2;
    if ((at[2] & 0xC0) != 0x80)
        return 0;
    if (first < 0xF0) {
        bool is_overlong = first == 0xE0 && at[1] < 0xA0;
        bool is_surrogate = first == 0xED && at[1] >= 0xA0;
        bool is_none = first == 0xEF && at[1] == 0xBF && at[2] >= 0xBE; /* U+FFFE, U+FFFF */

        return is_overlong || is_surrogate || is_none ? 0 : 3;
    }
    if ((at[3] & 0xC0) != 0x80 || (first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] >= 0x90))
        return 0;
    return 4;
}

static bool is_character(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c < 0xD800 || (c >= 0xE000 && c <= 0x10FFFF); /* U+FFFE and U+FFFF too, for the engine's sake */
}

static bool take_digit(const uint8_t **at, unsigned base, uint32_t *number)
{
    unsigned digit = (unsigned)**at - '0';

    if (digit > 9 && base == 16)
        digit = (unsigned)(**at | 0x20) - 'a' <= 5 ? (unsigned)(**at | 0x20) - 'a' + 10 : 99;
    if (digit >= base)
        return false;
    *number = *number > 0x110000 ? *number : *number * base + digit;
    ++*at;
    return true;
}

/* &#65; &#x41; */
static bool take_number(const uint8_t **at, uint32_t *out)
{
    unsigned base = 10;
    uint32_t number = 0;

    if (**at == 'x') {
        ++*at;
        base = 16;
    }
    const uint8_t *digits = *at;
    while (*at - digits < REFERENCE_MAX && take_digit(at, base, &number))
        continue;
    *out = number;
    return *at > digits;
}

static bool take_entity(const struct psrp_clixml_tokens *t, const uint8_t **at, uint32_t *out)
{
    static const struct {
        const char *name;
        uint8_t size, character;
    } entities[] = {{"lt", 2, '<'}, {"gt", 2, '>'}, {"amp", 3, '&'}, {"quot", 4, '"'}, {"apos", 4, '\''}};

    for (size_t i = 0; i < ICM_COUNT(entities); i++)
        if ((size_t)(t->end - *at) > entities[i].size && memcmp(*at, entities[i].name, entities[i].size) == 0 &&
            (*at)[entities[i].size] == ';') {
            *at += entities[i].size;
            *out = entities[i].character;
            return true;
        }
    return false;
}

/* The reference at the & where @t is, which moves past it. */
static enum icm_code read_reference(struct psrp_clixml_tokens *t, uint32_t *out)
{
    const uint8_t *at = t->at + 1;
    bool is_number = *at == '#';

    if (!is_number && !take_entity(t, &at, out))
        return bad(t, "an & that begins none of XML's own references");
    if (is_number) {
        at++;
        if (!take_number(&at, out))
            return bad(t, "a character reference without a number");
        if (*at != ';')
            return is(*at, IN_NAME) && at - t->at >= REFERENCE_MAX ? hand_over() : bad(t, "a reference without its ;");
        if (!is_character(*out))
            return bad(t, "a reference to what is no character");
    }
    t->at = at + 1;
    return ICM_OK;
}

/* ---- tags ---- */

/* The name at @at, which may not be empty. */
static enum icm_code read_name(struct psrp_clixml_tokens *t, struct icm_slice *out)
{
    const uint8_t *from = t->at;

    if (begins_name(*from))
        t->at = skip(from + 1, IN_NAME);
    *out = icm_slice_of(from, (size_t)(t->at - from));
    if (is_odd_in_name(*t->at))
        return hand_over();
    return out->size > 0 ? ICM_OK : bad(t, "a < or an attribute without a name");
}

/* A run of a value that stands for itself, up to its quote or a reference. */
static enum icm_code skip_value(struct psrp_clixml_tokens *t, uint8_t quote)
{
    const uint8_t *at = skip_plain(t, t->at, quote, IN_VALUE);

    while (*at != quote && *at != '&') {
        size_t size = *at >= 0x80 ? long_character(at) : *at == '"' || *at == '\'' || (*at == '>' && at + 1 < t->end);

        if (size == 0)
            break;
        at = skip_plain(t, at + size, quote, IN_VALUE);
    }
    t->at = at;
    if (*at == quote || *at == '&')
        return ICM_OK;
    if (*at == '>')
        return too_early(t);
    if (is(*at, IN_BLANK)) /* each would become a blank */
        return hand_over();
    return bad(t, *at == '<' ? "a < in an attribute" : "a byte that is no character of XML, in an attribute");
}

/* What the value at @from holds, which has a reference where @t is. Its memory is bounded by that of its tag, so that
 * no value moves while others are added. */
static enum icm_code read_referring_value(struct psrp_clixml_tokens *t, const uint8_t *from, struct icm_slice *out)
{
    const uint8_t quote = from[-1];
    const size_t begin = t->values.size;
    enum icm_code code = ICM_OK;

    if (begin == 0 && !icm_buf_room(&t->values, MARKUP_MAX))
        return icm_nomem(t->err);
    while (code == ICM_OK) {
        uint32_t character;

        if (t->at - t->tag > MARKUP_MAX)
            return hand_over();
        icm_buf_add(&t->values, icm_slice_of(from, (size_t)(t->at - from)));
        if (*t->at == quote)
            break;
        code = read_reference(t, &character);
        if (code != ICM_OK)
            return code;
        icm_utf8_add(&t->values, character);
        from = t->at;
        code = skip_value(t, quote);
    }
    *out = icm_slice_from(icm_buf_slice(&t->values), begin);
    return code;
}

/* What stands behind the quote at @from[-1], and the quote behind it. */
static enum icm_code read_quoted(struct psrp_clixml_tokens *t, const uint8_t *from, struct psrp_clixml_attribute *out)
{
    t->at = from;
    t->is_plain = true;
    enum icm_code code = skip_value(t, from[-1]);
    out->value = icm_slice_of(from, (size_t)(t->at - from));
    out->is_plain = t->is_plain && *t->at != '&';
    if (code == ICM_OK && *t->at == '&')
        code = read_referring_value(t, from, &out->value);
    t->at++;
    return code;
}

/* = and a value in quotes of either kind */
static enum icm_code read_value(struct psrp_clixml_tokens *t, struct psrp_clixml_attribute *out)
{
    t->at = skip(t->at, IN_BLANK);
    if (*t->at != '=')
        return bad(t, "an attribute without a value");
    t->at = skip(t->at + 1, IN_BLANK);
    if (*t->at != '"' && *t->at != '\'')
        return bad(t, "an attribute's value without quotes");
    return read_quoted(t, t->at + 1, out);
}

/* A default namespace other than CLIXML's, which makes everything in it foreign, is libxml2's. */
static enum icm_code check_namespace(struct psrp_clixml_tokens *t, struct icm_slice uri, bool *has_namespace)
{
    if (*has_namespace)
        return bad(t, "xmlns twice");
    *has_namespace = true;
    return icm_slice_is(uri, PSRP_CLIXML_NAMESPACE) ? ICM_OK : hand_over();
}

static bool has_attribute(const struct psrp_clixml_tokens *t, size_t count, struct icm_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (icm_slice_equal(t->attributes[i].name, name))
            return true;
    return false;
}

static enum icm_code too_many_attributes(const struct psrp_clixml_tokens *t, struct icm_slice element)
{
    char name[PSRP_CLIXML_SHOWN];

    return icm_fail(t->err, ICM_LIMIT, NULL, "element %s with more than %d attributes",
                    psrp_clixml_shown(element, name), PSRP_CLIXML_ATTRIBUTES_MAX);
}

/* What has just been read into the place behind the last attribute. */
static enum icm_code add_attribute(struct psrp_clixml_tokens *t, struct psrp_clixml_tag *tag, bool *has_namespace)
{
    const struct psrp_clixml_attribute *one = &t->attributes[tag->count];

    if (tag->count + *has_namespace == PSRP_CLIXML_ATTRIBUTES_MAX)
        return too_many_attributes(t, tag->name);
    if (icm_slice_is(one->name, "xmlns"))
        return check_namespace(t, one->value, has_namespace);
    if (has_attribute(t, tag->count, one->name))
        return bad(t, "an attribute twice");
    tag->count++;
    return ICM_OK;
}

/* the two that nearly all attributes are, as they are usually written */
static const struct {
    char front[sizeof(uint64_t)];
    uint8_t size, name_size;
} usual[] = {{{' ', 'N', '=', '"'}, 4, 1}, {{' ', 'R', 'e', 'f', 'I', 'd', '=', '"'}, 8, 5}};

static bool take_usual(struct psrp_clixml_tokens *t, struct icm_slice *name)
{
    if (left(t, t->at) < sizeof(uint64_t))
        return false;
    const uint64_t word = psrp_clixml_word(t->at);
    for (size_t i = 0; i < ICM_COUNT(usual); i++)
        if ((word & psrp_clixml_word_mask(usual[i].size)) == psrp_clixml_word(usual[i].front)) {
            *name = icm_slice_of(t->at + 1, usual[i].name_size);
            t->at += usual[i].size;
            return true;
        }
    return false;
}

static enum icm_code read_attribute(struct psrp_clixml_tokens *t, struct psrp_clixml_attribute *out)
{
    if (take_usual(t, &out->name))
        return read_quoted(t, t->at, out);
    t->at = skip(t->at, IN_BLANK);
    if (*t->at == '>' || *t->at == '/')
        return ICM_AGAIN; /* there is none */
    enum icm_code code = read_name(t, &out->name);
    return code == ICM_OK ? read_value(t, out) : code;
}

/* Everything up to the end of a start tag. */
static enum icm_code read_attributes(struct psrp_clixml_tokens *t, struct psrp_clixml_tag *tag)
{
    bool has_namespace = false;

    while (is(*t->at, IN_BLANK)) {
        enum icm_code code = read_attribute(t, &t->attributes[tag->count]);

        if (code == ICM_AGAIN)
            break;
        if (code == ICM_OK)
            code = add_attribute(t, tag, &has_namespace);
        if (code != ICM_OK)
            return code;
    }
    return ICM_OK;
}

static enum icm_code too_deep(const struct psrp_clixml_tokens *t, struct icm_slice element)
{
    char name[PSRP_CLIXML_SHOWN];

    return icm_fail(t->err, ICM_LIMIT, NULL, "element %s at depth %u, at most %d", psrp_clixml_shown(element, name),
                    t->depth + 1, PSRP_CLIXML_OPEN_MAX);
}

static enum icm_code check_element(const struct psrp_clixml_tokens *t, struct icm_slice element)
{
    if (t->depth >= PSRP_CLIXML_OPEN_MAX)
        return too_deep(t, element);
    if (t->elements >= PSRP_CLIXML_ELEMENTS_MAX)
        return icm_fail(t->err, ICM_LIMIT, NULL, "more than %d elements", PSRP_CLIXML_ELEMENTS_MAX);
    return ICM_OK;
}

static enum icm_code tell_end(struct psrp_clixml_tokens *t)
{
    t->depth--;
    return t->events->end(t->events->context, t->err);
}

/* The name of an element, which most often is one of CLIXML's and found in one step with its row. */
static enum icm_code read_element_name(struct psrp_clixml_tokens *t, struct psrp_clixml_tag *tag)
{
    const uint8_t *at = t->at;

    if (left(t, at) > sizeof(uint64_t)) {
        const uint64_t word = psrp_clixml_word(at),
                       marks = psrp_clixml_below(word, '/' + 1) | psrp_clixml_equal(word, '>');
        const size_t size = marks ? psrp_clixml_first(marks) : sizeof word;
        const bool is_whole = at[size] == '>' || at[size] == ' ' || at[size] == '/';

        if (size > 0 && is_whole)
            tag->type = psrp_clixml_type_of_word(word & psrp_clixml_word_mask(size), size);
        if (tag->type) {
            tag->name = icm_slice_of(at, size);
            t->at = at + size;
            return ICM_OK;
        }
    }
    enum icm_code code = read_name(t, &tag->name);
    tag->type = psrp_clixml_type_find(tag->name);
    return code;
}

static struct psrp_clixml_open open_as(const struct psrp_clixml_tag *tag)
{
    struct psrp_clixml_open open = {tag->name.data, tag->name.size, 1, 0}; /* no word & 0 is 1 */

    if (tag->type) {
        open.word = psrp_clixml_word(tag->type->name);
        open.mask = psrp_clixml_word_mask(tag->name.size);
    }
    return open;
}

/* <name attributes> or <name attributes/> */
static enum icm_code read_start(struct psrp_clixml_tokens *t)
{
    struct psrp_clixml_tag tag = {.attributes = t->attributes};

    t->tag = t->at++;
    t->values.size = 0;
    enum icm_code code = read_element_name(t, &tag);
    if (code == ICM_OK)
        code = read_attributes(t, &tag);
    if (code != ICM_OK)
        return code;
    bool is_empty = *t->at == '/';
    t->at += is_empty;
    if (*t->at != '>')
        return bad(t, "a start tag that does not end");
    t->at++;
    if (t->at - t->tag > MARKUP_MAX)
        return hand_over();

    code = check_element(t, tag.name);
    if (code != ICM_OK)
        return code;
    t->elements++;
    t->open[++t->depth] = open_as(&tag);
    code = t->events->start(t->events->context, &tag, t->err);
    return code == ICM_OK && is_empty ? tell_end(t) : code;
}

/* </name>, of the element that is open */
static enum icm_code read_end(struct psrp_clixml_tokens *t)
{
    const struct psrp_clixml_open *open = &t->open[t->depth];
    const uint8_t *name = t->at + 2, *behind = name + open->size;
    const bool is_usual = left(t, name) > sizeof open->word && (psrp_clixml_word(name) & open->mask) == open->word;

    if (!is_usual && (left(t, name) <= open->size || memcmp(name, open->name, open->size) != 0))
        return bad(t, "another element's end");
    behind = skip(behind, IN_BLANK);
    if (*behind != '>')
        return is_odd_in_name(*behind) ? hand_over() : bad(t, "an end tag that does not end, or another element's");
    if (behind - t->at > MARKUP_MAX)
        return hand_over();
    t->at = behind + 1;
    return tell_end(t);
}

/* ---- text ---- */

static enum icm_code tell_text(const struct psrp_clixml_tokens *t, const void *from, size_t size)
{
    return size > 0 ? t->events->text(t->events->context, icm_slice_of(from, size), t->is_plain, t->err) : ICM_OK;
}

static enum icm_code tell_reference(struct psrp_clixml_tokens *t)
{
    uint32_t character = 0;
    enum icm_code code = read_reference(t, &character);

    if (code != ICM_OK)
        return code;
    t->is_plain = false;
    icm_buf_clear(&t->values);
    icm_utf8_add(&t->values, character);
    return t->values.failed ? icm_nomem(t->err) : tell_text(t, t->values.data, t->values.size);
}

/* XML's ends of lines are all one: CR LF is LF, and a CR alone too. */
static enum icm_code tell_line_end(struct psrp_clixml_tokens *t)
{
    t->at++;
    return *t->at == '\n' ? ICM_OK : tell_text(t, "\n", 1);
}

/* As far as it may be told as it is. */
static const uint8_t *skip_text(struct psrp_clixml_tokens *t)
{
    const uint8_t *at = skip_plain(t, t->at, '>', IN_TEXT);
    size_t size;

    for (;;) {
        if (*at >= 0x80 && (size = long_character(at)) > 0)
            at += size;
        else if (*at == '>' && !(at[-1] == ']' && at[-2] == ']') && at + 1 < t->end)
            at++;
        else
            return at;
        at = skip_plain(t, at, '>', IN_TEXT);
    }
}

static enum icm_code read_text(struct psrp_clixml_tokens *t)
{
    const uint8_t *from = t->at;

    t->is_plain = true;
    t->at = skip_text(t);
    enum icm_code code = tell_text(t, from, (size_t)(t->at - from));
    if (code != ICM_OK)
        return code;
    switch (*t->at) {
    case '<':
        return ICM_OK;
    case '&':
        return tell_reference(t);
    case '\r':
        return tell_line_end(t);
    case '>':
        return t->at + 1 == t->end ? too_early(t) : bad(t, "]]> in text");
    default:
        return bad(t, "a byte that is no character of XML");
    }
}

/* ---- the document ---- */

static enum icm_code read_markup(struct psrp_clixml_tokens *t)
{
    const uint8_t next = t->at[1]; /* a < is never the last byte */

    if (next == '/')
        return read_end(t);
    return next == '!' || next == '?' ? hand_over() : read_start(t);
}

static enum icm_code read_root(struct psrp_clixml_tokens *t)
{
    enum icm_code code = read_start(t);

    while (code == ICM_OK && t->depth > 0) {
        if (t->at == t->end)
            return too_early(t);
        code = *t->at == '<' ? read_markup(t) : read_text(t);
    }
    return code;
}

/* <?xml version="1.0" encoding="utf-8"?> as it is usually written, or what libxml2 shall look at */
static bool skip_declaration(struct psrp_clixml_tokens *t)
{
    static const char *const declarations[] = {
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8'?>",
    };

    for (size_t i = 0; i < ICM_COUNT(declarations); i++) {
        size_t size = strlen(declarations[i]);

        if ((size_t)(t->end - t->at) > size && memcmp(t->at, declarations[i], size) == 0) {
            t->at += size;
            return true;
        }
    }
    return false;
}

static bool begins(const struct psrp_clixml_tokens *t, const char *text)
{
    return (size_t)(t->end - t->at) > strlen(text) && memcmp(t->at, text, strlen(text)) == 0;
}

/* What stands in front of the root. */
static enum icm_code read_prolog(struct psrp_clixml_tokens *t)
{
    const uint8_t *from = t->at;

    if (begins(t, "<?xml"))
        if (!skip_declaration(t))
            return hand_over();
    t->at = skip(t->at, IN_BLANK);
    if (t->at - from > MARKUP_MAX)
        return hand_over();
    if (begins(t, "<!DOCTYPE"))
        return icm_fail(t->err, ICM_SYNTAX, "MS-PSRP 2.2.5", "a DOCTYPE, which is never allowed");
    if (begins(t, "<!") || begins(t, "<?"))
        return hand_over();
    return *t->at == '<' ? ICM_OK : bad(t, "text in front of the root");
}

/* Begin, without the byte order mark and the white space behind the root: what is left ends with >. */
static bool find_bounds(struct psrp_clixml_tokens *t, struct icm_slice document)
{
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    bool has_mark = document.size >= sizeof mark && memcmp(document.data, mark, sizeof mark) == 0;

    t->begin = t->at = t->end = document.data;
    if (document.size == 0)
        return false;
    t->at = document.data + (has_mark ? sizeof mark : 0);
    t->end = document.data + document.size;
    while (t->end > t->at && is(t->end[-1], IN_BLANK))
        t->end--;
    return t->end > t->at && t->end[-1] == '>';
}

enum icm_code psrp_clixml_tokens_read(struct psrp_clixml_tokens *t, struct icm_slice document,
                                      const struct psrp_clixml_events *events, struct icm_error *err)
{
    t->events = events;
    t->err = err;
    t->depth = 0;
    t->elements = 0;
    if (document.size > PSRP_CLIXML_BYTES_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "a document of %zu bytes, at most %zu", document.size,
                        PSRP_CLIXML_BYTES_MAX);
    if (!find_bounds(t, document))
        return bad(t, "the document does not end with a tag");
    if (document.data + document.size - t->end > MARKUP_MAX)
        return hand_over();
    enum icm_code code = read_prolog(t);
    if (code == ICM_OK)
        code = read_root(t);
    if (code != ICM_OK || t->at == t->end)
        return code;
    t->at = skip(t->at, IN_BLANK);
    return begins(t, "<!") || begins(t, "<?") ? hand_over() : bad(t, "more behind the root");
}

void psrp_clixml_tokens_reset(struct psrp_clixml_tokens *t)
{
    icm_buf_reset(&t->values);
    memset(t, 0, sizeof *t);
}
