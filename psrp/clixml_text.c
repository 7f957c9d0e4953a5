/* The _xHHHH_ escapes by which a PowerShell string, any row of UTF-16 units, travels in XML. MS-PSRP 2.2.5.3.2. */
#include "psrp/clixml.h"
#include "psrp/clixml_scan.h"
#include "psrp/clixml_types.h"

/* what a byte of UTF-8 needs: nothing, XML's own escape, an escape of ours, or a look at the whole character */
enum { PLAIN, MARKUP, CONTROL, UNDERSCORE, LONG };

/* clang-format off */
#define EIGHT(X) X, X, X, X, X, X, X, X
static const uint8_t classes[256] = {
    EIGHT(CONTROL), EIGHT(CONTROL), EIGHT(CONTROL), EIGHT(CONTROL),
    PLAIN, PLAIN, MARKUP, PLAIN, PLAIN, PLAIN, MARKUP, PLAIN, EIGHT(PLAIN), EIGHT(PLAIN),               /* space to / */
    PLAIN, PLAIN, PLAIN, PLAIN, MARKUP, PLAIN, MARKUP, PLAIN,                                           /* 8 to ? */
    EIGHT(PLAIN), EIGHT(PLAIN), EIGHT(PLAIN),                                                           /* @ to W */
    PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, UNDERSCORE,                                        /* X to _ */
    EIGHT(PLAIN), EIGHT(PLAIN), EIGHT(PLAIN), PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, CONTROL, /* ` to DEL */
    EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG),
    EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG), EIGHT(LONG),
};
/* clang-format on */

static void add_unit(struct icm_buf *out, uint32_t unit)
{
    static const char digits[] = "0123456789ABCDEF";
    char escape[] = "_xHHHH_";

    for (unsigned i = 0; i < 4; i++)
        escape[2 + i] = digits[unit >> (12 - 4 * i) & 15];
    icm_buf_add(out, icm_slice_of(escape, sizeof escape - 1));
}

static void add_units(struct icm_buf *out, uint32_t c)
{
    if (c >= 0x10000) {
        add_unit(out, 0xD800 + ((c - 0x10000) >> 10));
        c = 0xDC00 + ((c - 0x10000) & 0x3ff);
    }
    add_unit(out, c);
}

static void add_markup(struct icm_buf *out, uint8_t c)
{
    icm_buf_add_text(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;");
}

/* U+FFFE and U+FFFF too: the engine writes them as character references, which are not well-formed */
static bool is_unwritable(uint32_t c)
{
    return c < 0xA0 || (c >= 0xD800 && c <= 0xDFFF) || c >= 0xFFFE;
}

static bool is_x(const uint8_t *at, const uint8_t *end)
{
    return at < end && (*at == 'x' || *at == 'X');
}

/* The character at *@at, which is not PLAIN, and the step past it. */
static void escape_one(struct icm_buf *out, const uint8_t **at, const uint8_t *end, bool is_value)
{
    struct icm_slice rest = icm_slice_of(*at, (size_t)(end - *at));
    struct icm_slice one = icm_slice_of(*at, 1);
    int32_t c = **at;

    switch (classes[**at]) {
    case MARKUP:
        ++*at;
        if (c == '"' && !is_value)
            icm_buf_add(out, one);
        else
            add_markup(out, (uint8_t)c);
        return;
    case UNDERSCORE:
        ++*at;
        if (is_x(*at, end))
            add_unit(out, '_');
        else
            icm_buf_add(out, one);
        return;
    default:
        break;
    }
    c = icm_utf8_next(&rest);
    if (c < 0) { /* no UTF-8, of which a careful caller has none */
        c = 0xFFFD;
        rest = icm_slice_from(rest, 1);
    }
    *at = rest.data;
    if (is_unwritable((uint32_t)c))
        add_units(out, (uint32_t)c);
    else
        icm_utf8_add(out, (uint32_t)c);
}

/* Copy what may stay as it is to @to, which has room for all of it: in steps, then byte by byte. */
static size_t copy_plain(uint8_t *to, const uint8_t *from, size_t size, bool is_value)
{
    size_t at = 0;

    while (size - at >= PSRP_CLIXML_STEP) {
        size_t plain = psrp_clixml_scan_written(from + at, is_value);

        memcpy(to + at, from + at, PSRP_CLIXML_STEP);
        if (plain < PSRP_CLIXML_STEP)
            return at + plain;
        at += PSRP_CLIXML_STEP; /* not plain: the next step need not wait for what was found in this one */
    }
    for (; at < size && classes[from[at]] == PLAIN; at++)
        to[at] = from[at];
    return at;
}

static void escape(struct icm_buf *out, struct icm_slice text, bool is_value)
{
    const uint8_t *at = text.data;
    const uint8_t *end = text.size ? at + text.size : at;

    while (at < end) {
        uint8_t *room = icm_buf_room(out, (size_t)(end - at));

        if (!room)
            return;
        size_t plain = copy_plain(room, at, (size_t)(end - at), is_value);
        out->size += plain;
        at += plain;
        if (at < end)
            escape_one(out, &at, end, is_value);
    }
}

void psrp_clixml_escape(struct icm_buf *out, struct icm_slice text)
{
    escape(out, text, false);
}

void psrp_clixml_escape_value(struct icm_buf *out, struct icm_slice text)
{
    escape(out, text, true);
}

/* 16: no digit */
static unsigned hex_digit(uint8_t c)
{
    const unsigned number = (unsigned)c - '0', letter = ((unsigned)c | 0x20) - 'a';

    return number < 10 ? number : letter < 6 ? letter + 10 : 16;
}

/* The @count digits of an escape, and the underscore that ends it. */
static bool take_digits(struct icm_slice *text, size_t count, uint32_t *out)
{
    uint32_t c = 0, odd = 0;

    if (text->size < 2 + count + 1 || text->data[2 + count] != '_')
        return false;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = hex_digit(text->data[2 + i]);

        odd |= digit & 16;
        c = c << 4 | (digit & 15);
    }
    if (odd || c > 0x10FFFF)
        return false;
    *text = icm_slice_from(*text, 2 + count + 1);
    *out = c;
    return true;
}

/* _xHHHH_, or the form of eight digits that XmlConvert.DecodeName takes too. What is neither stays as it is. */
static bool take_escape(struct icm_slice *text, uint32_t *out)
{
    return text->size > 2 && text->data[0] == '_' && is_x(text->data + 1, text->data + text->size) &&
           (take_digits(text, 4, out) || take_digits(text, 8, out));
}

static void add_unescaped(struct icm_buf *out, struct icm_slice *text, uint32_t c)
{
    struct icm_slice behind = *text;
    uint32_t low;

    if (c >= 0xD800 && c <= 0xDBFF && take_escape(&behind, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        *text = behind;
    }
    icm_utf8_add(out, c);
}

bool psrp_clixml_has_escape(struct icm_slice text)
{
    const uint8_t *mark;

    while (text.size > 0 && (mark = memchr(text.data, '_', text.size))) {
        text = icm_slice_from(text, (size_t)(mark - text.data) + 1);
        if (text.size > 0 && is_x(text.data, text.data + 1))
            return true;
    }
    return false;
}

/* Copy up to the first underscore that may begin an escape, to @to, which has room for all of it. */
static size_t copy_unescaped(uint8_t *to, const uint8_t *from, size_t size)
{
    size_t at = 0;

    while (size - at >= PSRP_CLIXML_STEP) {
        size_t plain = psrp_clixml_scan_escape(from + at);

        memcpy(to + at, from + at, PSRP_CLIXML_STEP);
        if (plain < PSRP_CLIXML_STEP)
            return at + plain;
        at += PSRP_CLIXML_STEP; /* not plain: the next step need not wait for what was found in this one */
    }
    for (; at < size && from[at] != '_'; at++)
        to[at] = from[at];
    return at;
}

void psrp_clixml_unescape(struct icm_buf *out, struct icm_slice text)
{
    while (text.size > 0) {
        uint8_t *room = icm_buf_room(out, text.size);
        uint32_t c;

        if (!room)
            return;
        size_t plain = copy_unescaped(room, text.data, text.size);
        out->size += plain;
        text = icm_slice_from(text, plain);
        if (take_escape(&text, &c)) {
            add_unescaped(out, &text, c);
        } else if (text.size > 0) {
            icm_buf_add_u8(out, '_');
            text = icm_slice_from(text, 1);
        }
    }
}
