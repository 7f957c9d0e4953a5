#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>

static void before_value(struct icm_json *j)
{
    if (j->has_before)
        icm_buf_add_u8(j->out, ',');
    j->has_before = true;
}

void icm_json_open(struct icm_json *j, char bracket)
{
    before_value(j);
    icm_buf_add_u8(j->out, (uint8_t)bracket);
    j->has_before = false;
}

void icm_json_close(struct icm_json *j, char bracket)
{
    icm_buf_add_u8(j->out, (uint8_t)bracket);
    j->has_before = true;
}

/* RFC 8259 section 7: what must not stand in a string as it is */
static void add_escape(struct icm_buf *out, int32_t c)
{
    static const char letters[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                                      {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};

    for (size_t i = 0; i < ICM_COUNT(letters); i++)
        if (c == letters[i][0]) {
            icm_buf_add_format(out, "\\%c", letters[i][1]);
            return;
        }
    if (c < 0)
        icm_buf_add_text(out, "\xEF\xBF\xBD");
    else
        icm_buf_add_format(out, "\\u%04x", (unsigned)c);
}

/* C1 controls too: a terminal may act on them */
static bool is_plain(int32_t c)
{
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x7f || c > 0x9f) && (c < 0xD800 || c > 0xDFFF);
}

static void add_string(struct icm_buf *out, struct icm_slice text)
{
    struct icm_slice plain = text;

    icm_buf_add_u8(out, '"');
    while (text.size > 0) {
        text = icm_slice_from(text, icm_ascii_plain_size(text, '"', '\\'));
        if (text.size == 0)
            break;
        struct icm_slice before = text;
        int32_t c = icm_utf8_next(&text);

        if (is_plain(c))
            continue;
        if (c < 0)
            text = icm_slice_from(text, 1);
        icm_buf_add(out, icm_slice_of(plain.data, (size_t)(before.data - plain.data)));
        add_escape(out, c);
        plain = text;
    }
    icm_buf_add(out, plain);
    icm_buf_add_u8(out, '"');
}

void icm_json_key(struct icm_json *j, struct icm_slice name)
{
    before_value(j);
    add_string(j->out, name);
    icm_buf_add_u8(j->out, ':');
    j->has_before = false;
}

void icm_json_string(struct icm_json *j, struct icm_slice text)
{
    before_value(j);
    add_string(j->out, text);
}

void icm_json_i64(struct icm_json *j, int64_t value)
{
    before_value(j);
    icm_buf_add_format(j->out, "%" PRId64, value);
}

void icm_json_u64(struct icm_json *j, uint64_t value)
{
    before_value(j);
    icm_buf_add_format(j->out, "%" PRIu64, value);
}

void icm_json_bool(struct icm_json *j, bool value)
{
    before_value(j);
    icm_buf_add_text(j->out, value ? "true" : "false");
}

void icm_json_null(struct icm_json *j)
{
    before_value(j);
    icm_buf_add_text(j->out, "null");
}

void icm_json_number(struct icm_json *j, struct icm_slice text)
{
    before_value(j);
    icm_buf_add(j->out, text);
}

void icm_json_key_text(struct icm_json *j, const char *name)
{
    icm_json_key(j, icm_slice_text(name));
}

void icm_json_member_text(struct icm_json *j, const char *name, const char *text)
{
    icm_json_key_text(j, name);
    if (text)
        icm_json_string(j, icm_slice_text(text));
    else
        icm_json_null(j);
}
