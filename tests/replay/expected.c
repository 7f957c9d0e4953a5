#include "tests/replay/expected.h"

enum { LINE_MAX_SIZE = 240, LINE_KEPT = 160, ROW_MAX = 12, ROW_KEPT = 3 };

static bool next_line(struct icm_slice *text, struct icm_slice *out)
{
    if (text->size == 0)
        return false;
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end ? (size_t)(end - text->data) : text->size;
    *out = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, end ? size + 1 : size);
    return true;
}

bool replay_expected_find(struct icm_slice text, const char *name, struct icm_slice *out)
{
    const uint8_t *begin = NULL, *end = text.data + text.size;
    struct icm_slice line;
    size_t size = strlen(name);

    while (next_line(&text, &line)) {
        bool is_head = line.size > 1 && line.data[0] == '[';
        if (is_head && begin) {
            end = line.data;
            break;
        }
        if (is_head && line.size == size + 2 && memcmp(line.data + 1, name, size) == 0)
            begin = text.data;
    }
    if (begin)
        *out = icm_slice_of(begin, (size_t)(end - begin));
    return begin != NULL;
}

/* FNV-1a, 64 bits */
static uint64_t checksum(uint64_t sum, struct icm_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        sum = (sum ^ bytes.data[i]) * 0x100000001b3u;
    return sum;
}

static void add_line(struct icm_buf *out, struct icm_slice line)
{
    size_t kept = LINE_KEPT;

    if (line.size <= LINE_MAX_SIZE) {
        icm_buf_add(out, line);
    } else {
        while (kept > 0 && (line.data[kept] & 0xc0) == 0x80) /* not inside a character */
            kept--;
        icm_buf_add(out, icm_slice_of(line.data, kept));
        icm_buf_add_format(out, "... %zu bytes %016llx", line.size,
                           (unsigned long long)checksum(0xcbf29ce484222325u, line));
    }
    icm_buf_add_u8(out, '\n');
}

static bool is_object(struct icm_slice line)
{
    static const char head[] = "  {\"stream\":\"output\"";

    return line.size > strlen(head) && memcmp(line.data, head, strlen(head)) == 0;
}

/* lines of @text that are objects, without a break */
static size_t count_row(struct icm_slice text)
{
    struct icm_slice line;
    size_t count = 0;

    while (next_line(&text, &line) && is_object(line))
        count++;
    return count;
}

void replay_expected_abridge(struct icm_slice told, struct icm_buf *out)
{
    struct icm_slice line;

    while (told.size > 0) {
        size_t row = count_row(told), kept = row > ROW_MAX ? ROW_KEPT : row > 0 ? row : 1;
        uint64_t sum = 0xcbf29ce484222325u;
        for (size_t i = 0; i < kept && next_line(&told, &line); i++)
            add_line(out, line);
        for (size_t i = kept; i < row && next_line(&told, &line); i++)
            sum = checksum(sum, line);
        if (row > kept)
            icm_buf_add_format(out, "  ... %zu objects more %016llx\n", row - kept, (unsigned long long)sum);
    }
}

static bool next_said(struct icm_slice *text, struct icm_slice *out)
{
    while (next_line(text, out))
        if (out->size > 0 && out->data[0] != '#')
            return true;
    *out = icm_slice_text("(nothing)");
    return false;
}

bool replay_expected_differ(struct icm_slice expected, struct icm_slice is, struct icm_slice *wanted,
                            struct icm_slice *came)
{
    for (;;) {
        bool more = next_said(&expected, wanted), and_more = next_said(&is, came);
        if (!more && !and_more)
            return false;
        if (!icm_slice_equal(*wanted, *came))
            return true;
    }
}
