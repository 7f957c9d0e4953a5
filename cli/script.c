#include "cli/script.h"

#include "base/text.h"
#include "cli/file.h"

#include <stdio.h>

static bool begins(struct icm_slice text, const char *with)
{
    size_t size = strlen(with);

    return text.size >= size && memcmp(text.data, with, size) == 0;
}

/* the length of @text up to @end and with it; all of it where @end is not there */
static size_t through(struct icm_slice text, size_t from, const char *end)
{
    const uint8_t *found = from < text.size
                               ? memmem(text.data + from, text.size - from, end, strlen(end))
                               : NULL;

    return found ? (size_t)(found - text.data) + strlen(end) : text.size;
}

/* the length of a string in its quotes; a doubled quote starts what looks like a second string, which comes to the same */
static size_t quoted_size(struct icm_slice text)
{
    uint8_t quote = text.data[0];

    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] == '`' && quote == '"')
            i++;
        else if (text.data[i] == quote)
            return i + 1;
    }
    return text.size;
}

/* The length of what stands at the front and may hold braces that are none; 0 where nothing of the kind does. */
static size_t opaque_size(struct icm_slice text, bool is_word_start)
{
    if (begins(text, "@'") || begins(text, "@\""))
        return through(text, 2, text.data[1] == '"' ? "\n\"@" : "\n'@");
    if (begins(text, "<#"))
        return through(text, 2, "#>");
    if (text.data[0] == '#' && is_word_start)
        return through(text, 1, "\n");
    if (text.data[0] == '\'' || text.data[0] == '"')
        return quoted_size(text);
    return text.data[0] == '`' ? (text.size > 1 ? 2 : 1) : 0;
}

/* where the block that begins at the front ends: behind its brace; 0: it does not */
static size_t block_size(struct icm_slice text)
{
    size_t depth = 0;
    bool is_word_start = true;

    for (size_t at = 0; at < text.size;) {
        size_t opaque = opaque_size(icm_slice_from(text, at), is_word_start);
        uint8_t c = text.data[at];

        is_word_start = c <= ' ' || strchr("{}();,|&", c);
        if (opaque > 0) {
            at += opaque;
            continue;
        }
        depth += c == '{' ? 1 : 0;
        depth -= c == '}' ? 1 : 0;
        at++;
        if (depth == 0)
            return at;
    }
    return 0;
}

struct icm_slice cli_script_inside(struct icm_slice text)
{
    struct icm_slice block = icm_slice_trim(text);

    if (block.size < 2 || block.data[0] != '{' || block_size(block) != block.size)
        return text;
    return icm_slice_of(block.data + 1, block.size - 2);
}

bool cli_script_is_open(struct icm_slice text)
{
    struct icm_slice block = icm_slice_trim(text);

    return block.size > 0 && block.data[0] == '{' && block_size(block) == 0;
}

static enum icm_code not_text(const char *what, const char *encoding, size_t at, struct icm_error *err)
{
    return icm_fail(err, ICM_USAGE, NULL, "%s is not %s text, at byte offset %zu", what, encoding, at);
}

/* bytes that the whole characters of @utf8 take in UTF-16 */
static size_t utf16_size(struct icm_slice utf8)
{
    size_t size = 0;
    int32_t c;

    while (utf8.size > 0 && (c = icm_utf8_next(&utf8)) >= 0)
        size += c > 0xFFFF ? 4 : 2;
    return size;
}

/* UTF-16 of either byte order, its mark in front; big-endian is turned round in place */
static enum icm_code decode_utf16(struct icm_buf *bytes, const char *what, struct icm_buf *out, struct icm_error *err)
{
    if (bytes->size % 2 != 0)
        return not_text(what, "UTF-16", bytes->size - 1, err);
    for (size_t i = 0; bytes->data[0] == 0xFE && i < bytes->size; i += 2) {
        uint8_t first = bytes->data[i];

        if (i == 0)
            continue;
        bytes->data[i] = bytes->data[i + 1];
        bytes->data[i + 1] = first;
    }
    enum icm_code code = icm_utf8_from_utf16(out, icm_slice_of(bytes->data + 2, bytes->size - 2), err);
    size_t valid = code == ICM_OK ? icm_utf8_valid_size(icm_buf_slice(out)) : 0;
    return code == ICM_OK && valid < out->size
               ? not_text(what, "UTF-16", 2 + utf16_size(icm_slice_of(out->data, valid)), err)
               : code;
}

static enum icm_code decode(struct icm_buf *bytes, const char *what, struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice text = icm_buf_slice(bytes);

    if (begins(text, "\xFF\xFE") || begins(text, "\xFE\xFF"))
        return decode_utf16(bytes, what, out, err);
    size_t mark = begins(text, "\xEF\xBB\xBF") ? 3 : 0;
    size_t valid = icm_utf8_valid_size(text);
    if (valid < text.size)
        return not_text(what, "UTF-8", valid, err);
    if (mark == 0) /* the file's bytes are the text: no copy of what may be large */
        icm_buf_move(out, bytes);
    else
        icm_buf_add(out, icm_slice_from(text, mark));
    return icm_buf_check(out, err);
}

/* The text becomes the arena's where it lies. */
static enum icm_code keep(struct icm_arena *a, struct icm_buf *text, struct icm_slice *out, struct icm_error *err)
{
    struct icm_slice whole = icm_buf_slice(text);

    if (text->size == 0) {
        *out = icm_slice_text("");
        return ICM_OK;
    }
    if (!icm_arena_adopt(a, text))
        return icm_nomem(err);
    *out = whole;
    return ICM_OK;
}

enum icm_code cli_script_read(struct icm_arena *a, const char *path, struct icm_slice *out, struct icm_error *err)
{
    struct icm_buf bytes = {0}, text = {0};
    char what[160];

    snprintf(what, sizeof what, "the script file '%.120s'", path);
    enum icm_code code = cli_file_read(path, CLI_SCRIPT_BYTES_MAX, what, &bytes, err);
    if (code == ICM_OK)
        code = decode(&bytes, what, &text, err);
    if (code == ICM_OK)
        code = keep(a, &text, out, err);
    icm_buf_reset(&bytes);
    icm_buf_reset(&text);
    return code;
}
