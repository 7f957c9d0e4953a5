/* json-c's tokener behind base/json.h; only this file knows it. json_scan.c stands in front of it. */
#include "base/json_scan.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 1024 * 1024 }; /* so much is parsed at once: json-c counts with an int */

struct icm_json_reader {
    json_tokener *tokener;
    icm_json_visit visit;
    void *context;
    struct icm_json_scan scan;
    bool apart;         /* white space, or nothing, stands in front */
    bool inside;        /* a value has begun and is not whole */
    size_t bytes;       /* of that value, so far */
    uint64_t ordinal;   /* of that value, from 1 */
    enum icm_code code; /* the first thing that went wrong, which stays */
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
    while (text->size > 0 && icm_json_is_space(text->data[0])) {
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
    r->apart = taken > 0 && icm_json_is_space(text->data[taken - 1]); /* json-c takes white space behind a value too */
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
    while (good < text.size && (scanned = icm_json_scan_byte(&r->scan, text.data[good])) == ICM_OK)
        good++;

    enum icm_code code = parse(r, icm_slice_of(text.data, good));
    if (code == ICM_OK && scanned != ICM_OK)
        code = refuse(r, scanned, r->scan.objection);
    return outcome(r, code, err);
}

enum icm_code icm_json_finish(struct icm_json_reader *r, struct icm_error *err)
{
    enum icm_code code = icm_json_feed(r, icm_slice_text(" "), err);

    if (code == ICM_OK && r->inside)
        code = outcome(r, refuse(r, ICM_SYNTAX, "the text ends inside it"), err);
    return code;
}
