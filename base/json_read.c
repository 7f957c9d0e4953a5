/* json-c's tokener behind base/json.h; only this file knows it. It takes some texts for numbers that RFC 8259 does not
 * (`01`, `1.`, `NaN`), bends whole numbers over 64 bits to the nearest, and lets control characters into strings. So a
 * scanner goes in front of it, byte by byte, and what the scanner refuses json-c never sees. */
#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PIECE = 1024 * 1024, /* so much is parsed at once: json-c counts with an int */
    NUMBER_MAX = 400,    /* characters; DBL_MAX written out has 309 */
};

enum where { BETWEEN, IN_STRING, BEHIND_BACKSLASH, IN_NUMBER };

struct icm_json_reader {
    json_tokener *tokener;
    icm_json_visit visit;
    void *context;
    enum where where;
    uint8_t digits[NUMBER_MAX]; /* of the number that is open */
    size_t digit_count;
    const char *objection; /* the scanner's */
    bool apart;            /* white space, or nothing, stands in front */
    bool inside;           /* a value has begun and is not whole */
    size_t bytes;          /* of that value, so far */
    uint64_t number;       /* of that value, from 1 */
    enum icm_code code;    /* the first thing that went wrong, which stays */
    struct icm_error error;
};

enum icm_code icm_json_reader_new(struct icm_json_reader **out, icm_json_visit visit, void *context,
                                  struct icm_error *err)
{
    struct icm_json_reader *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    r->tokener = json_tokener_new_ex(ICM_JSON_DEPTH_MAX); /* of brackets: a scalar inside the innermost is free */
    if (!r->tokener) {
        free(r);
        return icm_nomem(err);
    }
    json_tokener_set_flags(r->tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS | JSON_TOKENER_VALIDATE_UTF8);
    r->visit = visit;
    r->context = context;
    r->apart = true;
    r->number = 1;
    *out = r;
    return ICM_OK;
}

void icm_json_reader_free(struct icm_json_reader *r)
{
    if (!r)
        return;
    json_tokener_free(r->tokener);
    icm_error_reset(&r->error);
    explicit_bzero(r->digits, sizeof r->digits);
    free(r);
}

/* ---- the scanner */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_number_part(uint8_t c)
{
    return c != '\0' && strchr("0123456789+-.eE", c) != NULL;
}

static size_t skip_digits(struct icm_slice *text)
{
    size_t count = 0;

    while (count < text->size && text->data[count] >= '0' && text->data[count] <= '9')
        count++;
    *text = icm_slice_from(*text, count);
    return count;
}

static bool skip_any(struct icm_slice *text, const char *characters)
{
    if (text->size == 0 || !strchr(characters, text->data[0]))
        return false;
    *text = icm_slice_from(*text, 1);
    return true;
}

/* RFC 8259 section 6: [ minus ] int [ frac ] [ exp ] */
static bool is_number(struct icm_slice text, bool *is_whole)
{
    *is_whole = true;
    skip_any(&text, "-");
    bool has_zero = text.size > 0 && text.data[0] == '0';
    size_t digits = skip_digits(&text);
    if (digits == 0 || (has_zero && digits > 1))
        return false;
    if (skip_any(&text, ".")) {
        *is_whole = false;
        if (skip_digits(&text) == 0)
            return false;
    }
    if (skip_any(&text, "eE")) {
        *is_whole = false;
        skip_any(&text, "+-");
        if (skip_digits(&text) == 0)
            return false;
    }
    return text.size == 0;
}

/* worded only when what stands in front of it has been visited and counted */
static enum icm_code object(struct icm_json_reader *r, enum icm_code code, const char *what)
{
    r->objection = what;
    return code;
}

static enum icm_code check_number(struct icm_json_reader *r)
{
    struct icm_slice text = icm_slice_of(r->digits, r->digit_count);
    bool is_whole;
    int64_t i64;
    uint64_t u64;

    r->where = BETWEEN;
    r->digit_count = 0;
    if (!is_number(text, &is_whole))
        return object(r, ICM_SYNTAX, "a number that is none");
    if (is_whole && !icm_parse_i64(text, INT64_MIN, INT64_MAX, &i64) && !icm_parse_u64(text, UINT64_MAX, &u64))
        return object(r, ICM_LIMIT, "a whole number of more than 64 bits");
    return ICM_OK;
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

static enum icm_code scan_number(struct icm_json_reader *r, uint8_t c)
{
    if (r->digit_count == NUMBER_MAX)
        return object(r, ICM_LIMIT, "a number of more than 400 characters");
    r->where = IN_NUMBER;
    r->digits[r->digit_count++] = c;
    return ICM_OK;
}

static enum icm_code scan_byte(struct icm_json_reader *r, uint8_t c)
{
    if (r->where == IN_STRING || r->where == BEHIND_BACKSLASH)
        return scan_string(r, c);
    /* the letter e is one of "true" too: only behind a digit does it belong to a number */
    if (is_number_part(c) && (r->where == IN_NUMBER || (c != 'e' && c != 'E')))
        return scan_number(r, c);
    if (r->where == IN_NUMBER) {
        if (!is_space(c) && !strchr(",]}", c))
            return object(r, ICM_SYNTAX, "a number that goes on with another character");
        enum icm_code code = check_number(r);
        if (code != ICM_OK)
            return code;
    }
    if (c == 'N' || c == 'I')
        return object(r, ICM_SYNTAX, "NaN and Infinity are no JSON");
    if (c == '"')
        r->where = IN_STRING;
    return c == '\0' ? object(r, ICM_SYNTAX, "a zero byte") : ICM_OK;
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
    return icm_fail(&r->error, code, "RFC 8259", "JSON value %" PRIu64 ": %s", r->number, what);
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
    r->number++;
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
