#include "tests/replay/twist.h"

#include "base/text.h"

#include <ctype.h>

enum { FIRST_PIECE = 30 }; /* of a stream: more than a fragment's header, less than a message's */

static const uint8_t *find(struct icm_slice text, const char *what)
{
    return memmem(text.data, text.size, what, strlen(what));
}

/* "<rsp:NAME": where the tag of that local name opens or, with @slash, closes; NULL: nowhere */
static const uint8_t *find_tag(struct icm_slice text, const char *name, bool slash)
{
    size_t size = strlen(name);

    for (size_t i = 1; i + size < text.size; i++) {
        if (memcmp(text.data + i, name, size) != 0 || !strchr(" />\r\n", text.data[i + size]))
            continue;
        size_t begin = i;
        while (begin > 0 && (isalnum(text.data[begin - 1]) || strchr(":-", text.data[begin - 1])))
            begin--;
        bool closes = begin > 0 && text.data[begin - 1] == '/';
        if (closes == slash && begin > (size_t)slash && text.data[begin - 1 - slash] == '<')
            return text.data + begin - 1 - slash;
    }
    return NULL;
}

static const uint8_t *behind(const uint8_t *tag, struct icm_slice text)
{
    const uint8_t *end = tag ? memchr(tag, '>', text.size - (size_t)(tag - text.data)) : NULL;

    return end ? end + 1 : NULL;
}

static struct icm_slice upto(struct icm_slice text, const uint8_t *end)
{
    return icm_slice_of(text.data, (size_t)(end - text.data));
}

static struct icm_slice from(struct icm_slice text, const uint8_t *begin)
{
    return icm_slice_from(text, (size_t)(begin - text.data));
}

/* ---- streams ---- */

static void add_element(struct icm_buf *out, struct icm_slice open, struct icm_slice bytes, struct icm_slice close)
{
    icm_buf_add(out, open);
    icm_base64_write(out, bytes);
    icm_buf_add(out, close);
    icm_buf_add_text(out, "\n  ");
}

/* One stream's element; where it is more than base64 it stays. */
static void add_stream(struct icm_buf *out, struct icm_slice open, struct icm_slice text, struct icm_slice close)
{
    struct icm_buf bytes = {0};
    size_t first = FIRST_PIECE;

    if (find(open, "End=") || icm_base64_read(text, &bytes, NULL) != ICM_OK || bytes.size <= first) {
        icm_buf_add(out, open);
        icm_buf_add(out, text);
        icm_buf_add(out, close);
    } else {
        add_element(out, open, icm_slice_of(NULL, 0), close);
        add_element(out, open, icm_slice_of(bytes.data, first), close);
        add_element(out, open, icm_slice_from(icm_buf_slice(&bytes), first), close);
    }
    icm_buf_reset(&bytes);
}

static void add_streams(struct icm_buf *out, struct icm_slice text)
{
    const uint8_t *open, *inside, *close, *end;

    while ((open = find_tag(text, "Stream", false)) && (inside = behind(open, text)) && inside[-2] != '/' &&
           (close = find_tag(from(text, inside), "Stream", true)) && (end = behind(close, text))) {
        icm_buf_add(out, upto(text, open));
        add_stream(out, icm_slice_of(open, (size_t)(inside - open)), icm_slice_of(inside, (size_t)(close - inside)),
                   icm_slice_of(close, (size_t)(end - close)));
        text = from(text, end);
    }
    icm_buf_add(out, text);
}

/* ---- the state first ---- */

static void move_state(struct icm_buf *answer)
{
    struct icm_slice text = icm_buf_slice(answer);
    const uint8_t *open = find_tag(text, "CommandState", false), *close = find_tag(text, "CommandState", true);
    const uint8_t *end = close ? behind(close, text) : behind(open, text);
    const uint8_t *first = behind(find_tag(text, "ReceiveResponse", false), text);
    struct icm_buf moved = {0};

    if (!open || !end || !first || first > open || (!close && end[-2] != '/'))
        return;
    icm_buf_add(&moved, upto(text, first));
    icm_buf_add(&moved, icm_slice_of(open, (size_t)(end - open)));
    icm_buf_add(&moved, icm_slice_of(first, (size_t)(open - first)));
    icm_buf_add(&moved, from(text, end));
    icm_buf_move(answer, &moved);
}

/* ---- small letters ---- */

static void lower_ids(uint8_t *text, size_t size)
{
    struct icm_guid id;

    for (size_t i = 0; i + ICM_GUID_TEXT <= size; i++)
        if (icm_guid_parse(icm_slice_of(text + i, ICM_GUID_TEXT), &id))
            for (size_t k = 0; k < ICM_GUID_TEXT; k++)
                text[i + k] = (uint8_t)tolower(text[i + k]);
}

void replay_twist(struct icm_buf *answer)
{
    struct icm_buf out = {0};

    move_state(answer);
    struct icm_slice text = icm_buf_slice(answer);
    const uint8_t *header = find_tag(text, "Header", true), *body = find_tag(text, "Body", false);
    if (!header || !body || header > body)
        return;
    icm_buf_add(&out, upto(text, header));
    icm_buf_add_text(&out, "\n  <odd:Odd xmlns:odd=\"urn:odd\" kind=\"1\">seen nowhere</odd:Odd>\n");
    icm_buf_add(&out, icm_slice_of(header, (size_t)(body - header)));
    size_t at = out.size;
    add_streams(&out, from(text, body));
    if (!out.failed)
        lower_ids(out.data + at, out.size - at);
    icm_buf_move(answer, &out);
}
