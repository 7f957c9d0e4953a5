#include "auth/der.h"

enum { LENGTH_BYTES_MAX = 4, SHORT_LENGTH_MAX = 0x7F, HIGH_TAG = 0x1F };

/* what stands in front of an element's contents */
struct header {
    uint8_t tag;
    size_t size;     /* of itself */
    size_t contents; /* how many bytes follow */
};

/* ICM_AGAIN: cut short; the contents need not be there. X.690 8.1.2, 8.1.3. */
static enum icm_code read_header(struct icm_slice bytes, struct header *out)
{
    struct icm_reader r = icm_reader_on(bytes);
    struct header h = {.tag = icm_read_u8(&r)};
    uint8_t first = icm_read_u8(&r);
    size_t count = first > SHORT_LENGTH_MAX ? first & SHORT_LENGTH_MAX : 0;

    if (r.missing)
        return ICM_AGAIN;
    if ((h.tag & HIGH_TAG) == HIGH_TAG || first == 0x80 || count > LENGTH_BYTES_MAX)
        return ICM_SYNTAX;
    h.contents = count > 0 ? 0 : first;
    for (size_t i = 0; i < count; i++)
        h.contents = h.contents << 8 | icm_read_u8(&r);
    if (r.missing)
        return ICM_AGAIN;
    h.size = 2 + count;
    *out = h;
    return ICM_OK;
}

/* ---- reading ---- */

void auth_der_fail(struct auth_der *r)
{
    for (; r; r = r->outer) {
        r->failed = true;
        r->rest = icm_slice_of(NULL, 0);
    }
}

/* the next element as a whole, and where its contents begin; empty where it is broken or not there */
static struct icm_slice take_element(struct auth_der *r, struct header *h)
{
    if (r->failed || read_header(r->rest, h) != ICM_OK || h->contents > r->rest.size - h->size) {
        auth_der_fail(r);
        return icm_slice_of(NULL, 0);
    }
    struct icm_slice whole = icm_slice_of(r->rest.data, h->size + h->contents);
    r->rest = icm_slice_from(r->rest, whole.size);
    return whole;
}

bool auth_der_at(const struct auth_der *r, unsigned tag)
{
    return r->rest.size > 0 && r->rest.data[0] == tag;
}

struct icm_slice auth_der_take_whole(struct auth_der *r, unsigned tag)
{
    struct header h;

    if (!auth_der_at(r, tag)) {
        auth_der_fail(r);
        return icm_slice_of(NULL, 0);
    }
    return take_element(r, &h);
}

struct icm_slice auth_der_take(struct auth_der *r, unsigned tag)
{
    struct header h = {0};

    if (!auth_der_at(r, tag)) {
        auth_der_fail(r);
        return icm_slice_of(NULL, 0);
    }
    struct icm_slice whole = take_element(r, &h);
    return icm_slice_from(whole, whole.size > 0 ? h.size : 0);
}

struct auth_der auth_der_enter(struct auth_der *r, unsigned tag)
{
    struct icm_slice contents = auth_der_take(r, tag);

    return (struct auth_der){contents, r->failed, r};
}

int64_t auth_der_take_integer(struct auth_der *r, unsigned tag)
{
    struct icm_slice bytes = auth_der_take(r, tag);

    if (bytes.size == 0 || bytes.size > sizeof(int64_t)) {
        auth_der_fail(r);
        return 0;
    }
    uint64_t value = bytes.data[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++)
        value = value << 8 | bytes.data[i];
    return (int64_t)value;
}

bool auth_der_skip(struct auth_der *r)
{
    struct header h;

    return r->rest.size > 0 && take_element(r, &h).size > 0;
}

enum icm_code auth_der_size(struct icm_slice bytes, size_t size_max, size_t *size, struct icm_error *err)
{
    struct header h;
    enum icm_code code = read_header(bytes, &h);

    if (code == ICM_SYNTAX)
        return icm_fail(err, ICM_SYNTAX, "X.690 8.1", "an element whose tag or length is not DER");
    if (code != ICM_OK)
        return code;
    if (h.contents > size_max || h.size > size_max - h.contents)
        return icm_fail(err, ICM_LIMIT, "X.690 8.1.3", "an element of %zu bytes, at most %zu", h.size + h.contents,
                        size_max);
    *size = h.size + h.contents;
    return ICM_OK;
}

/* ---- writing ---- */

size_t auth_der_begin(struct icm_buf *out, unsigned tag)
{
    icm_buf_add_u8(out, (uint8_t)tag);
    return out->size;
}

/* The length goes in front of the contents once they are all there. */
void auth_der_end(struct icm_buf *out, size_t begun)
{
    size_t contents = out->failed ? 0 : out->size - begun;
    size_t count = 0;

    if (contents > SHORT_LENGTH_MAX)
        for (size_t left = contents; left > 0; left >>= 8)
            count++;
    if (!icm_buf_room(out, 1 + count))
        return;
    uint8_t *at = out->data + begun;
    memmove(at + 1 + count, at, contents);
    at[0] = (uint8_t)(count > 0 ? 0x80 | count : contents);
    for (size_t i = 0; i < count; i++)
        at[1 + i] = (uint8_t)(contents >> 8 * (count - 1 - i));
    out->size += 1 + count;
}

void auth_der_add(struct icm_buf *out, unsigned tag, struct icm_slice contents)
{
    size_t begun = auth_der_begin(out, tag);

    icm_buf_add(out, contents);
    auth_der_end(out, begun);
}

/* as few bytes as carry it: a first byte that only repeats the sign is left out */
void auth_der_add_integer(struct icm_buf *out, unsigned tag, int64_t value)
{
    size_t count = sizeof value;
    uint8_t bytes[sizeof value];

    for (size_t i = 0; i < sizeof value; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> 8 * (sizeof value - 1 - i));
    const uint8_t *first = bytes;
    while (count > 1 && (first[0] == 0 || first[0] == 0xFF) && ((first[0] ^ first[1]) & 0x80) == 0) {
        first++;
        count--;
    }
    auth_der_add(out, tag, icm_slice_of(first, count));
}
