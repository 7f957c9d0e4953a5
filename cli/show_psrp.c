/* The file: bytes or lines, and what each line is. */
#include "cli/show_psrp.h"

#include "base/text.h"
#include "cli/show_private.h"
#include "psrp/packets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024,
    LINE_MAX_BYTES = 64 * 1024 * 1024, /* a recorded exchange of the largest envelopes */
    ENVELOPE_LINES_MAX = 16 * 1024 * 1024,
};

struct reading {
    struct cli_show show;
    struct icm_buf input;    /* what has been read and not shown yet */
    size_t searched;         /* of it, without a line's end */
    struct icm_buf envelope; /* the lines of one that has not ended */
    bool is_started, is_binary, is_too_long;
    FILE *out;
    struct icm_error *err;
};

/* ---- the forms of a line ---- */

bool cli_show_packet(struct cli_show *s, char direction, struct icm_slice line)
{
    struct psrp_packet packet;
    struct icm_buf data = {0};
    char target[ICM_GUID_TEXT + 1];

    if (psrp_packet_read_line(line, &packet, &data, NULL) != ICM_OK) {
        icm_buf_reset(&data);
        return false;
    }
    s->has_understood = true;
    bool is_pool = icm_guid_is_zero(&packet.target);
    icm_guid_format_lower(&packet.target, target);
    struct icm_slice name = icm_slice_text(is_pool ? "the pool" : target);
    cli_show_line(s, direction, "packet %s, %s%s", psrp_packet_name(packet.type), (const char *)name.data,
                  packet.is_prompt_response ? ", PromptResponse" : "");
    if (packet.type == PSRP_PACKET_DATA)
        cli_show_fragments(s, direction, name, packet.is_prompt_response ? "PromptResponse" : "Default", packet.data);
    icm_buf_reset(&data);
    return true;
}

static bool is_packet(struct cli_show *s, struct icm_slice line)
{
    return line.data[0] == '<' && cli_show_packet(s, '-', line);
}

static bool is_json(struct cli_show *s, struct icm_slice line)
{
    return line.data[0] == '{' && cli_show_json(s, line);
}

static bool is_envelope(struct cli_show *s, struct icm_slice line)
{
    return line.data[0] == '<' && cli_show_envelope(s, '-', icm_slice_of(NULL, 0), line);
}

static bool show_decoded(struct cli_show *s, const struct icm_buf *bytes)
{
    const struct icm_slice target = icm_slice_text("the input");

    if (!cli_show_are_fragments(s, '-', target, "text", icm_buf_slice(bytes)))
        return false;
    cli_show_fragments(s, '-', target, "text", icm_buf_slice(bytes));
    return true;
}

static int digit_of(uint8_t c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* pairs of digits, blanks between them allowed */
static bool read_hex(struct icm_slice line, struct icm_buf *out)
{
    for (size_t i = 0; i < line.size; i += 2) {
        while (i < line.size && line.data[i] == ' ')
            i++;
        int high = i + 1 < line.size ? digit_of(line.data[i]) : -1, low = high < 0 ? -1 : digit_of(line.data[i + 1]);

        if (low < 0)
            return false;
        icm_buf_add_u8(out, (uint8_t)(high * 16 + low));
    }
    return true;
}

static bool is_hex(struct cli_show *s, struct icm_slice line)
{
    struct icm_buf bytes = {0};
    bool is_known = read_hex(line, &bytes) && show_decoded(s, &bytes);

    icm_buf_reset(&bytes);
    return is_known;
}

static bool is_base64(struct cli_show *s, struct icm_slice line)
{
    struct icm_buf bytes = {0};
    bool is_known = icm_base64_read(line, &bytes, NULL) == ICM_OK && show_decoded(s, &bytes);

    icm_buf_reset(&bytes);
    return is_known;
}

static bool (*const forms[])(struct cli_show *s, struct icm_slice line) = {is_json, is_packet, is_envelope, is_hex,
                                                                           is_base64};

static void show_line(struct cli_show *s, struct icm_slice line)
{
    for (size_t i = 0; i < ICM_COUNT(forms); i++)
        if (forms[i](s, line))
            return;
    cli_show_line(s, '?', "not understood, %zu bytes: %.*s", line.size, (int)(line.size < 60 ? line.size : 60),
                  (const char *)line.data);
}

/* ---- lines ---- */

static bool begins(struct icm_slice line, const char *with)
{
    return line.size >= strlen(with) && memcmp(line.data, with, strlen(with)) == 0;
}

static bool has(struct icm_slice line, const char *text)
{
    return memmem(line.data, line.size, text, strlen(text)) != NULL;
}

/* An envelope may be laid out on many lines; it begins with its tag or an XML declaration, and ends with </s:Envelope>. */
static bool begins_envelope(struct icm_slice line)
{
    const uint8_t *end = line.data[0] == '<' ? memchr(line.data, '>', line.size) : NULL;
    struct icm_slice tag = icm_slice_of(line.data, end ? (size_t)(end - line.data) : line.size);

    return line.data[0] == '<' && (begins(line, "<?xml") || has(tag, "Envelope")) && !has(line, "Envelope>");
}

static void take_line(struct reading *r, struct icm_slice line)
{
    line = icm_slice_trim(line);
    if (line.size == 0)
        return;
    if (r->envelope.size == 0 && !begins_envelope(line)) {
        show_line(&r->show, line);
        return;
    }
    icm_buf_add(&r->envelope, line);
    icm_buf_add_u8(&r->envelope, '\n');
    if (has(line, "Envelope>") || r->envelope.size > ENVELOPE_LINES_MAX) {
        show_line(&r->show, icm_slice_trim(icm_buf_slice(&r->envelope)));
        icm_buf_clear(&r->envelope);
    }
}

static void drop(struct reading *r, size_t count)
{
    icm_buf_drop(&r->input, count);
    r->searched = 0;
}

/* the lines that are whole; of one that is too long only that it is */
static void take_lines(struct reading *r)
{
    size_t at = 0;
    const uint8_t *end;

    while ((end = r->input.size > at + r->searched
                      ? memchr(r->input.data + at + r->searched, '\n', r->input.size - at - r->searched)
                      : NULL)) {
        size_t size = (size_t)(end - r->input.data) - at;

        if (!r->is_too_long)
            take_line(r, icm_slice_of(r->input.data + at, size));
        r->is_too_long = false;
        r->searched = 0;
        at += size + 1;
    }
    drop(r, at);
    r->searched = r->input.size;
    if (r->input.size <= LINE_MAX_BYTES)
        return;
    if (!r->is_too_long)
        cli_show_line(&r->show, '!', "a line of over %d bytes is passed over", LINE_MAX_BYTES);
    r->is_too_long = true;
    drop(r, r->input.size);
}

/* ---- the file ---- */

/* the first byte of a fragment is that of its object id; text never begins with zero */
static void start(struct reading *r)
{
    if (r->is_started || r->input.size == 0)
        return;
    r->is_started = true;
    r->is_binary = r->input.data[0] == 0;
    if (r->input.size >= 3 && memcmp(r->input.data, "\xEF\xBB\xBF", 3) == 0)
        drop(r, 3);
}

static void take(struct reading *r, bool is_end)
{
    start(r);
    if (r->is_binary) {
        cli_show_fragments(&r->show, '-', icm_slice_text("the input"), "bytes", icm_buf_slice(&r->input));
        drop(r, r->input.size);
    } else
        take_lines(r);
    if (!is_end)
        return;
    if (!r->is_too_long)
        take_line(r, icm_buf_slice(&r->input));
    if (r->envelope.size > 0)
        show_line(&r->show, icm_slice_trim(icm_buf_slice(&r->envelope)));
    cli_show_end(&r->show);
}

static enum icm_code write_out(struct reading *r)
{
    struct icm_buf *text = &r->show.out;

    if (text->failed || r->input.failed || r->envelope.failed)
        return icm_nomem(r->err);
    if ((text->size > 0 && fwrite(text->data, 1, text->size, r->out) != text->size) || fflush(r->out) != 0)
        return icm_fail(r->err, ICM_IO, NULL, "cannot write the output: %s", strerror(errno));
    icm_buf_clear(text);
    return ICM_OK;
}

static enum icm_code read_all(struct reading *r, int fd, const char *path)
{
    ssize_t got = 1;

    while (got > 0) {
        uint8_t *room = icm_buf_room(&r->input, PIECE);

        if (!room)
            return icm_nomem(r->err);
        do
            got = read(fd, room, PIECE);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return icm_fail(r->err, ICM_USAGE, NULL, "cannot read '%.200s': %s", path, strerror(errno));
        r->input.size += (size_t)got;
        take(r, got == 0);
        enum icm_code code = write_out(r);
        if (code != ICM_OK)
            return code;
    }
    return ICM_OK;
}

enum icm_code cli_show_psrp(const char *path, FILE *out, struct icm_error *err)
{
    struct reading r = {.out = out, .err = err};
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read '%.200s': %s", path, strerror(errno));
    enum icm_code code = read_all(&r, fd, path);
    if (code == ICM_OK && r.is_started && !r.show.has_understood)
        code = icm_fail(err, ICM_SYNTAX, NULL, "nothing in '%.200s' is a packet, a fragment, an envelope or a trace", path);
    if (!is_stdin)
        close(fd);
    cli_show_reset(&r.show);
    icm_buf_reset(&r.input);
    icm_buf_reset(&r.envelope);
    return code;
}
