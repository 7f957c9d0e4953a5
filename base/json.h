/* JSON: a writer that cannot make anything else, and a reader (json-c's) with limits. RFC 8259. */
#ifndef ICM_BASE_JSON_H
#define ICM_BASE_JSON_H

#include "base/buf.h"

/** Writes one JSON value into @out, piece by piece; commas and colons come by themselves. A zeroed one with @out set is
 *  ready. What is written as one line stays one line: control characters are escaped. */
struct icm_json {
    struct icm_buf *out;
    bool has_before; /* a value stands in front at this depth: a comma is due */
};

void icm_json_open(struct icm_json *j, char bracket);  /* '{' or '[' */
void icm_json_close(struct icm_json *j, char bracket); /* '}' or ']' */
void icm_json_key(struct icm_json *j, struct icm_slice name);

/** UTF-8; what is none becomes U+FFFD, a lone surrogate its \u escape. */
void icm_json_string(struct icm_json *j, struct icm_slice text);
void icm_json_i64(struct icm_json *j, int64_t value);
void icm_json_u64(struct icm_json *j, uint64_t value);
void icm_json_bool(struct icm_json *j, bool value);
void icm_json_null(struct icm_json *j);

/** @text is a JSON number already, as "12.50". */
void icm_json_number(struct icm_json *j, struct icm_slice text);

/** A key of fixed name and its value. */
void icm_json_key_text(struct icm_json *j, const char *name);
void icm_json_member_text(struct icm_json *j, const char *name, const char *text); /* NULL: null */

/** What the reader tells, in the order of the text; names and strings are UTF-8, borrowed. */
enum icm_json_event_type {
    ICM_JSON_NULL, ICM_JSON_BOOL, ICM_JSON_INT, ICM_JSON_UINT, ICM_JSON_DOUBLE, ICM_JSON_STRING,
    ICM_JSON_OBJECT, ICM_JSON_OBJECT_END, ICM_JSON_ARRAY, ICM_JSON_ARRAY_END,
};
struct icm_json_event {
    enum icm_json_event_type type;
    const char *key; /* of the object that this value is in, or NULL */
    bool boolean;
    int64_t integer;           /* ICM_JSON_INT */
    uint64_t unsigned_integer; /* ICM_JSON_UINT: over INT64_MAX */
    double number;
    struct icm_slice text; /* a string; of a number its source text */
};

typedef enum icm_code (*icm_json_visit)(void *context, const struct icm_json_event *event, struct icm_error *err);

enum { ICM_JSON_DEPTH_MAX = 64, ICM_JSON_BYTES_MAX = 64 * 1024 * 1024 };

/** Read values that follow one another (JSON lines, or any white space between) from text that comes in pieces. */
struct icm_json_reader;
enum icm_code icm_json_reader_new(struct icm_json_reader **out, icm_json_visit visit, void *context,
                                  struct icm_error *err);
void icm_json_reader_free(struct icm_json_reader *r);

/** Visit every value that is whole by now. ICM_SYNTAX names the value's number (from 1) and the cause. ICM_LIMIT: deeper than
 *  ICM_JSON_DEPTH_MAX, longer than ICM_JSON_BYTES_MAX, a whole number over 64 bits. A failure is final: every further call
 *  gives it again. */
enum icm_code icm_json_feed(struct icm_json_reader *r, struct icm_slice text, struct icm_error *err);

/** The text has ended: the last number may be whole now. ICM_SYNTAX: a value was cut short. */
enum icm_code icm_json_finish(struct icm_json_reader *r, struct icm_error *err);

#endif
