#include "base/json_scan.h"
#include "base/text.h"

enum { BETWEEN, IN_STRING, BEHIND_BACKSLASH };

/* RFC 8259 section 6: how far a number is read; NONE: there is no number here */
enum { NONE, MINUS, ZERO, WHOLE, POINT, FRACTION, E, E_SIGN, EXPONENT };

/* what a character is to a number */
enum { DIGIT_0 = 1, DIGIT, DOT, LETTER_E, DASH, PLUS, CLASSES };
static const uint8_t number_class[256] = {
    ['0'] = DIGIT_0, ['1' ... '9'] = DIGIT, ['.'] = DOT, ['e'] = LETTER_E, ['E'] = LETTER_E, ['-'] = DASH, ['+'] = PLUS,
};

static const uint8_t next_number[][CLASSES] = {
    /*             nothing  0         1 to 9    .      e     -       +      NONE: refused */
    [NONE] =       {NONE,   ZERO,     WHOLE,    NONE,  NONE, MINUS,  NONE},
    [MINUS] =      {NONE,   ZERO,     WHOLE,    NONE,  NONE, NONE,   NONE},
    [ZERO] =       {NONE,   NONE,     NONE,     POINT, E,    NONE,   NONE},
    [WHOLE] =      {NONE,   WHOLE,    WHOLE,    POINT, E,    NONE,   NONE},
    [POINT] =      {NONE,   FRACTION, FRACTION, NONE,  NONE, NONE,   NONE},
    [FRACTION] =   {NONE,   FRACTION, FRACTION, NONE,  E,    NONE,   NONE},
    [E] =          {NONE,   EXPONENT, EXPONENT, NONE,  NONE, E_SIGN, E_SIGN},
    [E_SIGN] =     {NONE,   EXPONENT, EXPONENT, NONE,  NONE, NONE,   NONE},
    [EXPONENT] =   {NONE,   EXPONENT, EXPONENT, NONE,  NONE, NONE,   NONE},
};

/* worded only when what stands in front of it has been visited and counted */
static enum icm_code object(struct icm_json_scan *s, enum icm_code code, const char *what)
{
    s->objection = what;
    return code;
}

static enum icm_code scan_string(struct icm_json_scan *s, uint8_t c)
{
    if (c < 0x20)
        return object(s, ICM_SYNTAX, "a control character in a string");
    if (s->where == BEHIND_BACKSLASH)
        s->where = IN_STRING;
    else if (c == '\\')
        s->where = BEHIND_BACKSLASH;
    else if (c == '"')
        s->where = BETWEEN;
    return ICM_OK;
}

static enum icm_code scan_number(struct icm_json_scan *s, uint8_t c, unsigned class)
{
    s->number = next_number[s->number][class];
    if (s->number == NONE)
        return object(s, ICM_SYNTAX, "a number that is none");
    if (s->digit_count < ICM_JSON_WHOLE_MAX)
        s->digits[s->digit_count] = c;
    s->digit_count++;
    return ICM_OK;
}

static bool fits_64_bits(const struct icm_json_scan *s)
{
    struct icm_slice text = icm_slice_of(s->digits, s->digit_count);
    int64_t i64;
    uint64_t u64;

    return s->digit_count <= ICM_JSON_WHOLE_MAX &&
           (icm_parse_i64(text, INT64_MIN, INT64_MAX, &i64) || icm_parse_u64(text, UINT64_MAX, &u64));
}

static enum icm_code end_number(struct icm_json_scan *s, uint8_t behind)
{
    unsigned number = s->number;

    if (!icm_json_is_space(behind) && !strchr(",]}", behind))
        return object(s, ICM_SYNTAX, "a number that goes on with another character");
    if (number == MINUS || number == POINT || number == E || number == E_SIGN)
        return object(s, ICM_SYNTAX, "a number that is none");
    if (number == WHOLE && !fits_64_bits(s))
        return object(s, ICM_LIMIT, "a whole number of more than 64 bits");
    s->number = NONE;
    s->digit_count = 0;
    return ICM_OK;
}

static enum icm_code scan_outside(struct icm_json_scan *s, uint8_t c)
{
    switch (c) {
    case '"':
        s->where = IN_STRING;
        return ICM_OK;
    case '[':
    case '{':
        return ++s->depth > ICM_JSON_DEPTH_MAX ? object(s, ICM_LIMIT, "nested deeper than 64") : ICM_OK;
    case ']':
    case '}':
        s->depth -= s->depth > 0; /* one too many is json-c's to find */
        return ICM_OK;
    case 'N':
    case 'I':
        return object(s, ICM_SYNTAX, "NaN and Infinity are no JSON");
    case '\0':
        return object(s, ICM_SYNTAX, "a zero byte");
    default:
        return ICM_OK;
    }
}

static bool scan_utf8(struct icm_json_scan *s, uint8_t c)
{
    static const struct {
        uint8_t first, last, more, min, max;
    } leads[] = { /* The Unicode Standard, table 3-7 */
        {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
        {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
        {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
    };

    if (s->utf8_more > 0) {
        bool fits = c >= s->utf8_min && c <= s->utf8_max;
        s->utf8_more--;
        s->utf8_min = 0x80;
        s->utf8_max = 0xbf;
        return fits;
    }
    for (size_t i = 0; i < ICM_COUNT(leads); i++)
        if (c >= leads[i].first && c <= leads[i].last) {
            s->utf8_more = leads[i].more;
            s->utf8_min = leads[i].min;
            s->utf8_max = leads[i].max;
            return true;
        }
    return false;
}

enum icm_code icm_json_scan_byte(struct icm_json_scan *s, uint8_t c)
{
    if (!scan_utf8(s, c))
        return object(s, ICM_SYNTAX, "no UTF-8");
    if (s->where != BETWEEN)
        return scan_string(s, c);

    unsigned class = number_class[c];
    /* a point, a plus or an e belongs to a number only behind its beginning */
    if (class > 0 && (s->number != NONE || next_number[NONE][class] != NONE))
        return scan_number(s, c, class);
    enum icm_code code = s->number == NONE ? ICM_OK : end_number(s, c);
    return code == ICM_OK ? scan_outside(s, c) : code;
}
