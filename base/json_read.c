/* json-c's tokener behind base/json.h; only this file knows it. It takes some texts for numbers that RFC 8259 does not
 * (`01`, `1.`, `NaN`), bends whole numbers over 64 bits to the nearest, lets control characters into strings, and its check
 * of UTF-8 fails where a character is split. So a scanner goes in front of it, byte by byte, and what the scanner refuses
 * json-c never sees. */
#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PIECE = 1024 * 1024, /* so much is parsed at once: json-c counts with an int */
    WHOLE_MAX = 20,      /* characters of a whole number of 64 bits */
};

enum where { BETWEEN, IN_STRING, BEHIND_BACKSLASH };

/* RFC 8259 section 6: how far a number is read; NONE: there is no number here */
enum number { NONE, MINUS, ZERO, WHOLE, POINT, FRACTION, E, E_SIGN, EXPONENT };

struct icm_json_reader {
    json_tokener *tokener;
    icm_json_visit visit;
    void *context;
    uint8_t utf8_more, utf8_min, utf8_max; /* bytes that the open character still wants, and the bounds of the next */
    enum where where;
    enum number number;
    uint8_t digits[WHOLE_MAX]; /* the first of the number that is open */
    size_t digit_count;        /* of all of them */
    unsigned depth;            /* open brackets */
    const char *objection; /* the scanner's */
    bool apart;            /* white space, or nothing, stands in front */
    bool inside;           /* a value has begun and is not whole */
    size_t bytes;          /* of that value, so far */
    uint64_t ordinal;      /* of that value, from 1 */
    enum icm_code code;    /* the first thing that went wrong, which stays */
    struct icm_error error;
};

enum icm_code icm_json_reader_new(struct icm_json_reader **out, icm_json_visit visit, void *context,
                                  struct icm_error *err)
{
    struct icm_json_reader *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    r->tokener = json_tokener_new_ex(ICM_JSON_DEPTH_MAX + 1); /* it counts the scalar inside the innermost bracket */
    if (!r->tokener) {
        free(r);
        return icm_nomem(err);
    }
    json_tokener_set_flags(r->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    r->visit = visit;
    r->context = context;
    r->apart = true;
    r->ordinal = 1;
    *out = r;
    return ICM_OK;
}

void icm_json_reader_free(struct icm_json_reader *r)
{
    if (!r)
        return;
    json_tokener_free(r->tokener);
    icm_error_reset(&r->error);
    free(r);
}

/* ---- the scanner */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* what a character is to a number; -1: nothing */
static int number_class(uint8_t c)
{
    static const char *const classes[] = {"0", "123456789", ".", "eE", "-", "+"};

    for (int i = 0; i < (int)ICM_COUNT(classes); i++)
        if (c != '\0' && strchr(classes[i], c))
            return i;
    return -1;
}

static const enum number next_number[][6] = {
    /*              0         1 to 9    .      e     -       +      NONE: refused */
    [NONE] =       {ZERO,     WHOLE,    NONE,  NONE, MINUS,  NONE},
    [MINUS] =      {ZERO,     WHOLE,    NONE,  NONE, NONE,   NONE},
    [ZERO] =       {NONE,     NONE,     POINT, E,    NONE,   NONE},
    [WHOLE] =      {WHOLE,    WHOLE,    POINT, E,    NONE,   NONE},
    [POINT] =      {FRACTION, FRACTION, NONE,  NONE, NONE,   NONE},
    [FRACTION] =   {FRACTION, FRACTION, NONE,  E,    NONE,   NONE},
    [E] =          {EXPONENT, EXPONENT, NONE,  NONE, E_SIGN, E_SIGN},
    [E_SIGN] =     {EXPONENT, EXPONENT, NONE,  NONE, NONE,   NONE},
    [EXPONENT] =   {EXPONENT, EXPONENT, NONE,  NONE, NONE,   NONE},
};

/* worded only when what stands in front of it has been visited and counted */
static enum icm_code object(struct icm_json_reader *r, enum icm_code code, const char *what)
{
    r->objection = what;
    return code;
}

static enum icm_code scan_string(struct icm_json_reader *r, uint8_t c)
{
    if (c < 0x20)
        return object(r, ICM_SYNTAX, "a control character in a string");
    if (r->where == BEHIND_BACKSLASH)
        r->where = IN_STRING;
    else if (c == '\\')
        r->where = BEHIND_BACKSLASH;
    else if (c == '"')
        r->where = BETWEEN;
    return ICM_OK;
}

static enum icm_code scan_number(struct icm_json_reader *r, uint8_t c, int class)
{
    r->number = next_number[r->number][class];
    if (r->number == NONE)
        return object(r, ICM_SYNTAX, "a number that is none");
    if (r->digit_count < WHOLE_MAX)
        r->digits[r->digit_count] = c;
    r->digit_count++;
    return ICM_OK;
}

static bool fits_64_bits(const struct icm_json_reader *r)
{
    struct icm_slice text = icm_slice_of(r->digits, r->digit_count);
    int64_t i64;
    uint64_t u64;

    return r->digit_count <= WHOLE_MAX &&
           (icm_parse_i64(text, INT64_MIN, INT64_MAX, &i64) || icm_parse_u64(text, UINT64_MAX, &u64));
}

static enum icm_code end_number(struct icm_json_reader *r, uint8_t behind)
{
    enum number number = r->number;

    if (!is_space(behind) && !strchr(",]}", behind))
        return object(r, ICM_SYNTAX, "a number that goes on with another character");
    if (number == MINUS || number == POINT || number == E || number == E_SIGN)
        return object(r, ICM_SYNTAX, "a number that is none");
    if (number == WHOLE && !fits_64_bits(r))
        return object(r, ICM_LIMIT, "a whole number of more than 64 bits");
    r->number = NONE;
    r->digit_count = 0;
    return ICM_OK;
}

static enum icm_code scan_outside(struct icm_json_reader *r, uint8_t c)
{
    switch (c) {
    case '"':
        r->where = IN_STRING;
        return ICM_OK;
    case '[':
    case '{':
        return ++r->depth > ICM_JSON_DEPTH_MAX ? object(r, ICM_LIMIT, "nested deeper than 64") : ICM_OK;
    case ']':
    case '}':
        r->depth -= r->depth > 0; /* one too many is json-c's to find */
        return ICM_OK;
    case 'N':
    case 'I':
        return object(r, ICM_SYNTAX, "NaN and Infinity are no JSON");
    case '\0':
        return object(r, ICM_SYNTAX, "a zero byte");
    default:
        return ICM_OK;
    }
}

static bool scan_utf8(struct icm_json_reader *r, uint8_t c)
{
    static const struct {
        uint8_t first, last, more, min, max;
    } leads[] = { /* The Unicode Standard, table 3-7 */
        {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
        {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
        {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
    };

    if (r->utf8_more > 0) {
        bool fits = c >= r->utf8_min && c <= r->utf8_max;
        r->utf8_more--;
        r->utf8_min = 0x80;
        r->utf8_max = 0xbf;
        return fits;
    }
    for (size_t i = 0; i < ICM_COUNT(leads); i++)
        if (c >= leads[i].first && c <= leads[i].last) {
            r->utf8_more = leads[i].more;
            r->utf8_min = leads[i].min;
            r->utf8_max = leads[i].max;
            return true;
        }
    return false;
}

static enum icm_code scan_byte(struct icm_json_reader *r, uint8_t c)
{
    int class = number_class(c);
    enum icm_code code = ICM_OK;

    if (!scan_utf8(r, c))
        return object(r, ICM_SYNTAX, "no UTF-8");
    if (r->where != BETWEEN)
        return scan_string(r, c);
    /* a point, a plus or an e belongs to a number only behind its beginning */
    if (class >= 0 && (r->number != NONE || next_number[NONE][class] != NONE))
        return scan_number(r, c, class);
    if (r->number != NONE)
        code = end_number(r, c);
    return code == ICM_OK ? scan_outside(r, c) : code;
}

/* ---- the tree that json-c has made, as events */

static enum icm_code visit_value(struct icm_json_reader *r, const char *key, json_object *value);

static enum icm_code visit_members(struct icm_json_reader *r, json_object *object)
{
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    enum icm_code code = ICM_OK;

    for (; code == ICM_OK && !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
        code = visit_value(r, json_object_iter_peek_name(&at), json_object_iter_peek_value(&at));
    return code;
}

static enum icm_code visit_elements(struct icm_json_reader *r, json_object *array)
{
    enum icm_code code = ICM_OK;

    for (size_t i = 0; code == ICM_OK && i < json_object_array_length(array); i++)
        code = visit_value(r, NULL, json_object_array_get_idx(array, i));
    return code;
}

/* @event gets the type of @value, and all of a scalar; a text that has no other home is written to @room */
static void describe(json_object *value, struct icm_json_event *event, char room[24])
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        event->type = ICM_JSON_NULL;
        break;
    case json_type_boolean:
        event->type = ICM_JSON_BOOL;
        event->boolean = json_object_get_boolean(value);
        break;
    case json_type_double:
        event->type = ICM_JSON_DOUBLE;
        event->number = json_object_get_double(value);
        event->text = icm_slice_text(json_object_to_json_string(value)); /* json-c has kept the source text */
        break;
    case json_type_int:
        event->integer = json_object_get_int64(value);
        event->unsigned_integer = json_object_get_uint64(value);
        event->type = event->unsigned_integer > INT64_MAX ? ICM_JSON_UINT : ICM_JSON_INT;
        if (event->type == ICM_JSON_UINT)
            snprintf(room, 24, "%" PRIu64, event->unsigned_integer);
        else
            snprintf(room, 24, "%" PRId64, event->integer);
        event->text = icm_slice_text(room);
        break;
    case json_type_string:
        event->type = ICM_JSON_STRING;
        event->text = icm_slice_of(json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    case json_type_object:
        event->type = ICM_JSON_OBJECT;
        break;
    case json_type_array:
        event->type = ICM_JSON_ARRAY;
        break;
    }
}

/* recursion: json-c has let nothing through that is deeper than ICM_JSON_DEPTH_MAX */
static enum icm_code visit_value(struct icm_json_reader *r, const char *key, json_object *value)
{
    struct icm_json_event event = {.key = key};
    char room[24];

    describe(value, &event, room);
    enum icm_code code = r->visit(r->context, &event, &r->error);
    if (code != ICM_OK || (event.type != ICM_JSON_OBJECT && event.type != ICM_JSON_ARRAY))
        return code;

    bool is_object = event.type == ICM_JSON_OBJECT;
    code = is_object ? visit_members(r, value) : visit_elements(r, value);
    event.type = is_object ? ICM_JSON_OBJECT_END : ICM_JSON_ARRAY_END;
    return code == ICM_OK ? r->visit(r->context, &event, &r->error) : code;
}

/* ---- feeding */

static enum icm_code refuse(struct icm_json_reader *r, enum icm_code code, const char *what)
{
    return icm_fail(&r->error, code, "RFC 8259", "JSON value %" PRIu64 ": %s", r->ordinal, what);
}

static void skip_space(struct icm_json_reader *r, struct icm_slice *text)
{
    while (text->size > 0 && is_space(text->data[0])) {
        r->apart = true;
        *text = icm_slice_from(*text, 1);
    }
}

static enum icm_code begin_value(struct icm_json_reader *r)
{
    if (!r->apart)
        return refuse(r, ICM_SYNTAX, "no white space in front of it");
    r->inside = true;
    r->apart = false;
    r->bytes = 0;
    return ICM_OK;
}

static enum icm_code end_value(struct icm_json_reader *r, json_object *value)
{
    enum icm_code code = visit_value(r, NULL, value);

    r->inside = false;
    r->ordinal++;
    return code;
}

/* Let json-c take what it wants of @text, up to the end of one value. */
static enum icm_code parse_some(struct icm_json_reader *r, struct icm_slice *text)
{
    size_t piece = text->size < PIECE ? text->size : PIECE;
    json_object *value = json_tokener_parse_ex(r->tokener, (const char *)text->data, (int)piece);
    enum json_tokener_error error = json_tokener_get_error(r->tokener);
    size_t taken = error == json_tokener_continue ? piece : json_tokener_get_parse_end(r->tokener);

    if (error != json_tokener_success && error != json_tokener_continue)
        return refuse(r, error == json_tokener_error_depth ? ICM_LIMIT : ICM_SYNTAX, json_tokener_error_desc(error));
    r->apart = taken > 0 && is_space(text->data[taken - 1]); /* json-c takes white space behind a value too */
    *text = icm_slice_from(*text, taken);
    r->bytes += taken;
    enum icm_code code = error == json_tokener_success ? end_value(r, value) : ICM_OK;
    json_object_put(value);
    if (code == ICM_OK && r->inside && r->bytes > ICM_JSON_BYTES_MAX)
        return refuse(r, ICM_LIMIT, "more than 64 MiB");
    return code;
}

static enum icm_code parse(struct icm_json_reader *r, struct icm_slice text)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK) {
        if (!r->inside) {
            skip_space(r, &text);
            if (text.size > 0)
                code = begin_value(r);
        }
        if (text.size == 0)
            break;
        if (code == ICM_OK)
            code = parse_some(r, &text);
    }
    return code;
}

static enum icm_code outcome(struct icm_json_reader *r, enum icm_code code, struct icm_error *err)
{
    r->code = code;
    if (code != ICM_OK)
        icm_error_copy(err, &r->error);
    return code;
}

enum icm_code icm_json_feed(struct icm_json_reader *r, struct icm_slice text, struct icm_error *err)
{
    enum icm_code scanned = ICM_OK;
    size_t good = 0;

    if (r->code != ICM_OK)
        return outcome(r, r->code, err);
    while (good < text.size && (scanned = scan_byte(r, text.data[good])) == ICM_OK)
        good++;

    enum icm_code code = parse(r, icm_slice_of(text.data, good));
    if (code == ICM_OK && scanned != ICM_OK)
        code = refuse(r, scanned, r->objection);
    return outcome(r, code, err);
}

enum icm_code icm_json_finish(struct icm_json_reader *r, struct icm_error *err)
{
    enum icm_code code = icm_json_feed(r, icm_slice_text(" "), err);

    if (code == ICM_OK && r->inside)
        code = outcome(r, refuse(r, ICM_SYNTAX, "the text ends inside it"), err);
    return code;
}
