/* Opening sealed bodies. Lines are read up to their end, data by its length alone: it may hold anything, the boundary
 * too. */
#include "wsman/seal.h"

#include "base/text.h"
#include "wsman/limits.h"
#include "wsman/seal_form.h"

#include <stdlib.h>

enum state {
    BETWEEN,   /* messages: their first delimiter is next; line ends here belong to none */
    ABOUT,     /* the lines of the part that says what the data is */
    DATA_TYPE, /* the one line in front of the data */
    SIZE,      /* of the data's header */
    DATA,      /* header and data, as long as the lengths say */
    RECORDS,   /* or TLS records, which bring their own lengths */
    BEHIND,    /* the delimiter behind the data */
    NEXT,      /* behind one without hyphens: it was the last, or another piece follows */
};

struct wsman_unsealer {
    struct auth_context *auth;
    enum state state;
    bool has_failed, has_records, saw_tabs;
    bool has_protocol, has_length; /* what the part has said so far */
    unsigned lines;
    uint64_t length, plain_left;
    uint32_t header_size;
    size_t need;   /* bytes of the part, when it is time to look again */
    size_t record; /* where the record begins that is read now */
    size_t message_count;
    size_t line_size;
    char line[WSMAN_SEAL_LINE_MAX];
    struct icm_buf part;
};

/* ---- life ---- */

enum icm_code wsman_unsealer_new(struct wsman_unsealer **out, struct icm_error *err)
{
    struct wsman_unsealer *u = calloc(1, sizeof *u);

    if (!u)
        return icm_nomem(err);
    *out = u;
    return ICM_OK;
}

void wsman_unsealer_free(struct wsman_unsealer *u)
{
    if (!u)
        return;
    icm_buf_reset(&u->part);
    free(u);
}

static void forget_part(struct wsman_unsealer *u)
{
    u->has_protocol = u->has_length = false;
    u->lines = 0;
    u->line_size = 0;
    u->need = u->record = 0;
    icm_buf_clear(&u->part);
}

enum icm_code wsman_unsealer_restart(struct wsman_unsealer *u, struct auth_context *c, const char *content_type,
                                     size_t plain_max, struct icm_error *err)
{
    const char *protocol = auth_context_mechanism(c)->protocol;
    struct icm_slice said = wsman_seal_parameter(icm_slice_text(content_type), "protocol");

    u->auth = c;
    u->state = BETWEEN;
    u->has_failed = true;
    u->has_records = auth_context_mechanism(c)->piece_max > 0; /* CredSSP's protection is TLS */
    u->plain_left = plain_max;
    u->message_count = 0;
    forget_part(u);
    if (!wsman_is_sealed(content_type))
        return icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9.1", "a body in clear ('%.80s') where a sealed one is due",
                        content_type ? content_type : "no Content-Type");
    if (!protocol || !icm_slice_equal_nocase(said, icm_slice_text(protocol)))
        return icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9.1", "a body sealed for '%.*s', not for '%s'",
                        (int)(said.size < 80 ? said.size : 80), said.size > 0 ? (const char *)said.data : "",
                        protocol ? protocol : "nothing");
    u->has_failed = false;
    return ICM_OK;
}

/* ---- lines ---- */

static enum icm_code fail_form(struct icm_error *err, const char *what)
{
    return icm_fail(err, ICM_SYNTAX, "MS-WSMV 2.2.9.1", "a sealed body %s", what);
}

static struct icm_slice line_of(const struct wsman_unsealer *u)
{
    return icm_slice_trim(icm_slice_of(u->line, u->line_size));
}

/* "--Encrypted Boundary" and @behind; Exchange has a space behind the first hyphens */
static bool is_delimiter(struct icm_slice line, const char *behind)
{
    static const char *const openings[] = {"--" WSMAN_SEAL_BOUNDARY, "-- " WSMAN_SEAL_BOUNDARY};

    for (size_t i = 0; i < ICM_COUNT(openings); i++) {
        size_t size = strlen(openings[i]);
        if (line.size >= size && memcmp(line.data, openings[i], size) == 0 &&
            icm_slice_is(icm_slice_from(line, size), behind))
            return true;
    }
    return false;
}

/* the value of "Name: value"; no data: it is another line */
static struct icm_slice value_of(struct icm_slice line, const char *name)
{
    size_t size = strlen(name);

    if (line.size <= size || line.data[size] != ':' ||
        !icm_slice_equal_nocase(icm_slice_of(line.data, size), icm_slice_text(name)))
        return icm_slice_of(NULL, 0);
    return icm_slice_trim(icm_slice_from(line, size + 1));
}

static enum icm_code take_original(struct wsman_unsealer *u, struct icm_slice original, struct icm_error *err)
{
    if (!icm_parse_u64(wsman_seal_parameter(original, "Length"), UINT32_MAX, &u->length))
        return fail_form(err, "does not say its Length in OriginalContent");
    if (u->length > u->plain_left)
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.9.1", "a sealed body of %llu bytes more, at most %llu",
                        (unsigned long long)u->length, (unsigned long long)u->plain_left);
    u->has_length = true;
    return ICM_OK;
}

static enum icm_code on_first_delimiter(struct wsman_unsealer *u, struct icm_slice line, struct icm_error *err)
{
    if (!is_delimiter(line, ""))
        return fail_form(err, "does not begin with --" WSMAN_SEAL_BOUNDARY);
    u->state = ABOUT;
    return ICM_OK;
}

static enum icm_code on_about(struct wsman_unsealer *u, struct icm_slice line, struct icm_error *err)
{
    struct icm_slice type = value_of(line, "Content-Type"), original = value_of(line, "OriginalContent");

    if (is_delimiter(line, "")) {
        if (!u->has_protocol || !u->has_length)
            return fail_form(err, "has data that nothing describes");
        u->state = DATA_TYPE;
        return ICM_OK;
    }
    if (++u->lines > WSMAN_SEAL_LINES_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.9.1", "a part of a sealed body with more than %d lines",
                        WSMAN_SEAL_LINES_MAX);
    if (original.size > 0)
        return take_original(u, original, err);
    if (type.size == 0)
        return ICM_OK;
    if (!icm_slice_equal_nocase(type, icm_slice_text(auth_context_mechanism(u->auth)->protocol)))
        return fail_form(err, "whose part is of another protocol than the body");
    u->has_protocol = true;
    return ICM_OK;
}

static enum icm_code on_data_type(struct wsman_unsealer *u, struct icm_slice line, struct icm_error *err)
{
    if (!icm_slice_equal_nocase(value_of(line, "Content-Type"), icm_slice_text("application/octet-stream")))
        return fail_form(err, "whose data is no application/octet-stream");
    u->saw_tabs = u->line[0] == '\t';
    u->state = SIZE;
    u->need = 4;
    return ICM_OK;
}

static enum icm_code on_delimiter_behind(struct wsman_unsealer *u, struct icm_slice line, struct icm_error *err)
{
    if (!is_delimiter(line, ""))
        return fail_form(err, "whose data is not as long as its Length says");
    forget_part(u);
    u->state = NEXT;
    return ICM_OK;
}

static void end_message(struct wsman_unsealer *u, bool *ended)
{
    forget_part(u);
    u->message_count++;
    u->state = BETWEEN;
    *ended = true;
}

/* Take bytes up to the end of a line, or to the hyphens that end a message: nothing has to follow those. */
static enum icm_code take_line(struct wsman_unsealer *u, struct icm_slice *in, bool *ended, struct icm_error *err)
{
    static enum icm_code (*const on_line[])(struct wsman_unsealer *, struct icm_slice, struct icm_error *) = {
        [BETWEEN] = on_first_delimiter,
        [ABOUT] = on_about,
        [DATA_TYPE] = on_data_type,
        [BEHIND] = on_delimiter_behind,
    };

    while (in->size > 0) {
        char c = (char)in->data[0];

        *in = icm_slice_from(*in, 1);
        if (u->state == BETWEEN && u->line_size == 0 && (c == '\r' || c == '\n'))
            continue;
        if (c == '\n') {
            enum icm_code code = on_line[u->state](u, line_of(u), err);
            u->line_size = 0;
            return code;
        }
        if (u->line_size == sizeof u->line)
            return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.9.1", "a line of a sealed body with more than %zu bytes",
                            sizeof u->line);
        u->line[u->line_size++] = c;
        if (u->state == BEHIND && c == '-' && is_delimiter(icm_slice_of(u->line, u->line_size), "--")) {
            end_message(u, ended);
            return ICM_OK;
        }
    }
    return ICM_OK;
}

/* ---- data ---- */

static bool fill(struct wsman_unsealer *u, struct icm_slice *in)
{
    size_t wanted = u->need - u->part.size;
    size_t size = in->size < wanted ? in->size : wanted;

    icm_buf_add(&u->part, icm_slice_of(in->data, size));
    *in = icm_slice_from(*in, size);
    return u->part.size == u->need;
}

static enum icm_code take_size(struct wsman_unsealer *u, struct icm_slice *in, struct icm_error *err)
{
    if (!fill(u, in))
        return icm_buf_check(&u->part, err);
    struct icm_reader r = icm_reader_on(icm_buf_slice(&u->part));
    u->header_size = icm_read_le32(&r);
    icm_buf_clear(&u->part);
    if (u->header_size > WSMAN_SEAL_HEADER_MAX)
        return icm_fail(err, ICM_SYNTAX, "MS-WSMV 2.2.9.1",
                        "a sealed body whose security header has %u bytes, at most %d", u->header_size,
                        WSMAN_SEAL_HEADER_MAX);
    u->state = u->has_records ? RECORDS : DATA;
    u->need = u->has_records ? WSMAN_SEAL_RECORD_HEAD : (size_t)u->header_size + (size_t)u->length;
    return ICM_OK;
}

/* The data is whole. Its signature covers its length too; what it opens to is compared all the same. */
static enum icm_code open_part(struct wsman_unsealer *u, struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size, padding_max = u->has_records ? 0 : WSMAN_SEAL_PADDING_MAX;
    enum icm_code code = auth_unwrap(u->auth, u->header_size, icm_buf_slice(&u->part), out, err);

    if (code == ICM_OK)
        code = icm_buf_check(out, err);
    if (code != ICM_OK)
        return code;
    size_t size = out->size - before;
    if (size > u->length || u->length - size > padding_max) {
        out->size = before;
        return icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9.1", "a sealed body opens to %zu bytes, its Length says %llu",
                        size, (unsigned long long)u->length);
    }
    u->plain_left -= u->length;
    icm_buf_clear(&u->part);
    u->state = BEHIND;
    return ICM_OK;
}

static enum icm_code take_data(struct wsman_unsealer *u, struct icm_slice *in, struct icm_buf *out,
                               struct icm_error *err)
{
    if (fill(u, in))
        return open_part(u, out, err);
    return icm_buf_check(&u->part, err);
}

static bool is_record_type(uint8_t type)
{
    return type >= 20 && type <= 23; /* RFC 8446 5.1; a delimiter begins with a hyphen, 45 */
}

/* The head of a record has been read: its type, version and length. */
static enum icm_code take_record_head(struct wsman_unsealer *u, struct icm_error *err)
{
    const uint8_t *head = u->part.data + u->record;
    size_t size = (size_t)(head[3] << 8 | head[4]);
    uint64_t most = u->length + u->length / 8 + WSMAN_SEAL_RECORD_SLACK;

    if (!is_record_type(head[0]) || size > WSMAN_SEAL_RECORD_MAX)
        return fail_form(err, "whose data is no TLS record");
    u->need += size;
    if (u->need > most)
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.9.1.3", "TLS records of %zu bytes for %llu bytes of text", u->need,
                        (unsigned long long)u->length);
    return ICM_OK;
}

static enum icm_code take_records(struct wsman_unsealer *u, struct icm_slice *in, struct icm_buf *out,
                                  struct icm_error *err)
{
    if (u->part.size == u->need) { /* a whole record is there: does another follow? */
        if (!is_record_type(in->data[0]))
            return open_part(u, out, err);
        u->record = u->need;
        u->need += WSMAN_SEAL_RECORD_HEAD;
    }
    if (!fill(u, in))
        return icm_buf_check(&u->part, err);
    return u->need == u->record + WSMAN_SEAL_RECORD_HEAD ? take_record_head(u, err) : ICM_OK;
}

/* ---- the whole ---- */

static enum icm_code step(struct wsman_unsealer *u, struct icm_slice *in, bool *ended, struct icm_buf *out,
                          struct icm_error *err)
{
    switch (u->state) {
    case SIZE:
        return take_size(u, in, err);
    case DATA:
        return take_data(u, in, out, err);
    case RECORDS:
        return take_records(u, in, out, err);
    case NEXT:
        if (in->data[0] == '-' || in->data[0] == '\r' || in->data[0] == '\n')
            end_message(u, ended);
        else
            u->state = ABOUT;
        return ICM_OK;
    default:
        return take_line(u, in, ended, err);
    }
}

enum icm_code wsman_unsealer_feed(struct wsman_unsealer *u, struct icm_slice bytes, size_t *taken, bool *message_ended,
                                  struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice rest = bytes;
    enum icm_code code = ICM_OK;

    *taken = 0;
    *message_ended = false;
    if (u->has_failed)
        return icm_fail(err, ICM_STATE, "MS-WSMV 2.2.9.1", "the sealed body has failed before");
    while (code == ICM_OK && rest.size > 0 && !*message_ended)
        code = step(u, &rest, message_ended, out, err);
    *taken = bytes.size - rest.size;
    u->has_failed = code != ICM_OK;
    return code;
}

bool wsman_unsealer_saw_tabs(const struct wsman_unsealer *u)
{
    return u->saw_tabs;
}

enum icm_code wsman_unsealer_finish(struct wsman_unsealer *u, struct icm_error *err)
{
    bool is_between = u->state == BETWEEN && u->line_size == 0 && u->message_count > 0;
    bool is_behind = u->state == NEXT || (u->state == BEHIND && is_delimiter(line_of(u), ""));

    if (u->has_failed)
        return icm_fail(err, ICM_STATE, "MS-WSMV 2.2.9.1", "the sealed body has failed before");
    if (is_between || is_behind)
        return ICM_OK;
    u->has_failed = true;
    return fail_form(err, u->message_count > 0 || u->state != BETWEEN ? "ends in the middle of a message"
                                                                      : "without a message");
}
