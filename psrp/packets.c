#include "psrp/packets.h"

#include <stdlib.h>

static const struct packet_form {
    const char *name;
    bool has_data; /* Stream and PSGuid, and text; the others have PSGuid alone and are empty */
} forms[PSRP_PACKET_TYPE_COUNT] = {
    [PSRP_PACKET_DATA] = {"Data", true},
    [PSRP_PACKET_DATA_ACK] = {"DataAck", false},
    [PSRP_PACKET_COMMAND] = {"Command", false},
    [PSRP_PACKET_COMMAND_ACK] = {"CommandAck", false},
    [PSRP_PACKET_CLOSE] = {"Close", false},
    [PSRP_PACKET_CLOSE_ACK] = {"CloseAck", false},
    [PSRP_PACKET_SIGNAL] = {"Signal", false},
    [PSRP_PACKET_SIGNAL_ACK] = {"SignalAck", false},
};

static const char *const streams[] = {"Default", "PromptResponse"}; /* by is_prompt_response */

const char *psrp_packet_name(enum psrp_packet_type type)
{
    return (size_t)type < ICM_COUNT(forms) ? forms[type].name : NULL;
}

void psrp_packet_write(struct icm_buf *out, const struct psrp_packet *packet)
{
    const struct packet_form *form = &forms[packet->type];
    char guid[ICM_GUID_TEXT + 1];

    icm_guid_format_lower(&packet->target, guid);
    if (!form->has_data) {
        icm_buf_add_format(out, "<%s PSGuid='%s' />\n", form->name, guid);
        return;
    }
    icm_buf_add_format(out, "<%s Stream='%s' PSGuid='%s'>", form->name, streams[packet->is_prompt_response], guid);
    icm_base64_write(out, packet->data);
    icm_buf_add_format(out, "</%s>\n", form->name);
}

/* ---- one line ---- */

/* Take @text off the front of @in. */
static bool take_text(struct icm_slice *in, const char *text)
{
    size_t size = strlen(text);

    if (in->size < size || memcmp(in->data, text, size) != 0)
        return false;
    *in = icm_slice_from(*in, size);
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool take_space(struct icm_slice *in)
{
    size_t count = 0;

    while (count < in->size && is_space(in->data[count]))
        count++;
    *in = icm_slice_from(*in, count);
    return count > 0;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* every name in this grammar is ASCII letters */
static struct icm_slice take_name(struct icm_slice *in)
{
    struct icm_slice name = {in->data, 0};

    while (name.size < in->size && is_letter(in->data[name.size]))
        name.size++;
    *in = icm_slice_from(*in, name.size);
    return name;
}

static bool take_quoted(struct icm_slice *in, struct icm_slice *value)
{
    if (in->size == 0 || (in->data[0] != '\'' && in->data[0] != '"'))
        return false;
    const uint8_t *end = memchr(in->data + 1, in->data[0], in->size - 1);
    if (!end)
        return false;
    *value = icm_slice_of(in->data + 1, (size_t)(end - in->data) - 1);
    *in = icm_slice_from(*in, value->size + 2);
    return true;
}

enum { SEEN_STREAM = 1, SEEN_GUID = 2 };

static bool read_stream(struct icm_slice value, struct psrp_packet *out)
{
    for (size_t i = 0; i < ICM_COUNT(streams); i++)
        if (icm_slice_is(value, streams[i])) {
            out->is_prompt_response = i == 1;
            return true;
        }
    return false;
}

static bool read_guid(struct icm_slice value, struct psrp_packet *out)
{
    return icm_guid_parse(value, &out->target);
}

static const struct {
    const char *name;
    unsigned seen;
    bool (*read)(struct icm_slice value, struct psrp_packet *out);
} attributes[] = {
    {"Stream", SEEN_STREAM, read_stream},
    {"PSGuid", SEEN_GUID, read_guid},
};

/* one name='value'; false: not that, an attribute that is none of ours, or one that was there already */
static bool take_attribute(struct icm_slice *in, struct psrp_packet *out, unsigned *seen)
{
    struct icm_slice name = take_name(in), value;

    if (!take_text(in, "=") || !take_quoted(in, &value))
        return false;
    for (size_t i = 0; i < ICM_COUNT(attributes); i++) {
        if (!icm_slice_is(name, attributes[i].name))
            continue;
        bool is_new = !(*seen & attributes[i].seen);
        *seen |= attributes[i].seen;
        return is_new && attributes[i].read(value, out);
    }
    return false;
}

static const struct packet_form *take_element(struct icm_slice *in, struct psrp_packet *out)
{
    if (!take_text(in, "<"))
        return NULL;
    struct icm_slice name = take_name(in);
    for (size_t i = 0; i < ICM_COUNT(forms); i++)
        if (icm_slice_is(name, forms[i].name)) {
            out->type = (enum psrp_packet_type)i;
            return &forms[i];
        }
    return NULL;
}

/* what stands between a Data packet's tags; false: its end tag is not there */
static bool take_content(struct icm_slice *in)
{
    static const char end[] = "</Data>";
    size_t size = sizeof end - 1;

    if (in->size < size || memcmp(in->data + in->size - size, end, size) != 0)
        return false;
    in->size -= size;
    return in->size > 0;
}

static enum icm_code refuse(struct icm_slice line, const char *why, struct icm_error *err)
{
    char start[61];
    size_t size = line.size < sizeof start - 1 ? line.size : sizeof start - 1;

    for (size_t i = 0; i < size; i++) /* never a peer's control characters in a text that people read */
        start[i] = line.data[i] >= 0x20 && line.data[i] < 0x7f ? (char)line.data[i] : '.';
    start[size] = '\0';
    return icm_fail(err, ICM_SYNTAX, NULL, "the process says something that is no packet (%s): %s%s", why, start,
                    size < line.size ? " ..." : "");
}

static enum icm_code read_data(struct icm_slice line, struct icm_slice content, struct icm_buf *storage,
                               struct icm_slice *data, struct icm_error *err)
{
    icm_buf_clear(storage);
    enum icm_code code = icm_base64_read(content, storage, err);
    if (code == ICM_SYNTAX)
        return refuse(line, "its text is not base64", err);
    if (code != ICM_OK)
        return code;
    *data = icm_buf_slice(storage);
    return data->size > 0 ? ICM_OK : refuse(line, "no data", err);
}

enum icm_code psrp_packet_read_line(struct icm_slice line, struct psrp_packet *out, struct icm_buf *storage,
                                    struct icm_error *err)
{
    struct icm_slice in = line;
    struct psrp_packet packet = {0};
    unsigned seen = 0;

    const struct packet_form *form = take_element(&in, &packet);
    if (!form)
        return refuse(line, "unknown element", err);
    while (take_space(&in) && in.size > 0 && is_letter(in.data[0]))
        if (!take_attribute(&in, &packet, &seen))
            return refuse(line, "a wrong attribute", err);
    if (seen != (form->has_data ? SEEN_STREAM | SEEN_GUID : SEEN_GUID))
        return refuse(line, "wrong attributes", err);

    if (!take_text(&in, form->has_data ? ">" : "/>") || (form->has_data ? !take_content(&in) : in.size > 0))
        return refuse(line, "a wrong end", err);
    enum icm_code code = form->has_data ? read_data(line, in, storage, &packet.data, err) : ICM_OK;
    if (code == ICM_OK)
        *out = packet;
    return code;
}

/* ---- lines out of pieces ---- */

struct psrp_packet_reader {
    struct icm_buf bytes;
    size_t taken;       /* bytes in front that were lines already given out */
    size_t searched;    /* bytes in front that hold no further line end */
    size_t line_size;   /* of the line that is open at the end */
    bool is_too_long;   /* that line passed PSRP_PACKET_LINE_MAX: the stream is lost */
    struct icm_buf data;
};

enum icm_code psrp_packet_reader_new(struct psrp_packet_reader **out, struct icm_error *err)
{
    struct psrp_packet_reader *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    *out = r;
    return ICM_OK;
}

void psrp_packet_reader_free(struct psrp_packet_reader *r)
{
    if (!r)
        return;
    icm_buf_reset(&r->bytes);
    icm_buf_reset(&r->data);
    free(r);
}

/* Drop what was given out, once it is the larger part: each byte moves about once. */
static void make_room(struct psrp_packet_reader *r)
{
    if (r->taken * 2 < r->bytes.size)
        return;
    icm_buf_drop(&r->bytes, r->taken);
    r->searched -= r->taken;
    r->taken = 0;
}

static enum icm_code too_long(struct icm_error *err)
{
    return icm_fail(err, ICM_LIMIT, NULL, "a line of over %d bytes from the process", PSRP_PACKET_LINE_MAX);
}

/* How much of @bytes can be taken before a line passes the limit. */
static size_t measure(struct psrp_packet_reader *r, struct icm_slice bytes)
{
    size_t at = 0;

    while (at < bytes.size) {
        const uint8_t *end = memchr(bytes.data + at, '\n', bytes.size - at);
        size_t more = (end ? (size_t)(end - bytes.data) : bytes.size) - at;

        r->line_size += more;
        if (r->line_size > PSRP_PACKET_LINE_MAX) {
            r->is_too_long = true;
            return at;
        }
        at += more;
        if (end) {
            at++;
            r->line_size = 0;
        }
    }
    return at;
}

enum icm_code psrp_packet_reader_feed(struct psrp_packet_reader *r, struct icm_slice bytes, struct icm_error *err)
{
    if (r->is_too_long)
        return too_long(err);
    bytes.size = measure(r, bytes);
    make_room(r);
    icm_buf_add(&r->bytes, bytes);
    enum icm_code code = icm_buf_check(&r->bytes, err);
    return code == ICM_OK && r->is_too_long ? too_long(err) : code;
}

static bool take_line(struct psrp_packet_reader *r, struct icm_slice *line)
{
    const uint8_t *all = r->bytes.data;
    const uint8_t *end = r->searched < r->bytes.size ? memchr(all + r->searched, '\n', r->bytes.size - r->searched)
                                                     : NULL;

    if (!end) {
        r->searched = r->bytes.size;
        return false;
    }
    *line = icm_slice_of(all + r->taken, (size_t)(end - all) - r->taken);
    if (line->size > 0 && line->data[line->size - 1] == '\r')
        line->size--;
    r->taken = r->searched = (size_t)(end - all) + 1;
    return true;
}

enum icm_code psrp_packet_reader_next(struct psrp_packet_reader *r, struct psrp_packet *out, struct icm_error *err)
{
    struct icm_slice line;

    while (take_line(r, &line))
        if (icm_slice_trim(line).size > 0)
            return psrp_packet_read_line(line, out, &r->data, err);
    return r->is_too_long ? too_long(err) : ICM_AGAIN;
}
