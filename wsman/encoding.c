#include "wsman/encoding.h"

#include "base/text.h"
#include "wsman/names.h"

enum { PIECE = 64 * 1024 /* bytes of UTF-16 that are decoded at once: even */ };

static const struct {
    uint8_t bytes[2];
    bool is_mark, is_little;
} beginnings[] = {
    {{0xFF, 0xFE}, true, true}, {{0xFE, 0xFF}, true, false}, {{'<', 0}, false, true}, {{0, '<'}, false, false}};

static int beginning_of(struct icm_slice text)
{
    for (size_t i = 0; text.size >= 2 && i < ICM_COUNT(beginnings); i++)
        if (memcmp(text.data, beginnings[i].bytes, 2) == 0)
            return (int)i;
    return -1;
}

bool wsman_is_utf16(struct icm_slice envelope)
{
    return beginning_of(envelope) >= 0;
}

const char *wsman_charset(struct icm_slice envelope)
{
    return wsman_is_utf16(envelope) ? "UTF-16" : "UTF-8";
}

const char *wsman_content_type(struct icm_slice envelope)
{
    return wsman_is_utf16(envelope) ? WSMAN_CONTENT_TYPE_UTF16 : WSMAN_CONTENT_TYPE;
}

enum icm_code wsman_encode_utf16(struct icm_buf *envelope, struct icm_error *err)
{
    struct icm_buf wide = {0};

    icm_buf_add(&wide, icm_slice_of(beginnings[0].bytes, WSMAN_UTF16_MARK));
    enum icm_code code = icm_utf16_from_utf8(&wide, icm_buf_slice(envelope), err);
    if (code == ICM_OK)
        icm_buf_move(envelope, &wide);
    icm_buf_reset(&wide);
    return code;
}

void wsman_decoder_restart(struct wsman_decoder *d)
{
    icm_buf_clear(&d->text);
    d->encoding = WSMAN_UNKNOWN;
    d->pending_size = 0;
}

void wsman_decoder_reset(struct wsman_decoder *d)
{
    icm_buf_reset(&d->text);
    *d = (struct wsman_decoder){0};
}

static void take_pending(struct wsman_decoder *d, struct icm_slice *bytes, size_t wanted)
{
    while (d->pending_size < wanted && bytes->size > 0) {
        d->pending[d->pending_size++] = bytes->data[0];
        *bytes = icm_slice_from(*bytes, 1);
    }
}

/* The first two bytes tell. Those that are no mark are text. */
static void learn(struct wsman_decoder *d)
{
    int i = beginning_of(icm_slice_of(d->pending, d->pending_size));

    d->encoding = i < 0 ? WSMAN_UTF8 : beginnings[i].is_little ? WSMAN_UTF16_LE : WSMAN_UTF16_BE;
    if (i >= 0 && beginnings[i].is_mark)
        d->pending_size = 0;
}

static void add_pending(struct wsman_decoder *d)
{
    icm_buf_add(&d->text, icm_slice_of(d->pending, d->pending_size));
    d->pending_size = 0;
}

static uint8_t high_byte(const struct wsman_decoder *d, const uint8_t *unit)
{
    return d->encoding == WSMAN_UTF16_LE ? unit[1] : unit[0];
}

/* what stays back of @wide: an odd byte, and the first half of a pair */
static size_t incomplete(const struct wsman_decoder *d, const struct icm_buf *wide)
{
    size_t odd = wide->size % 2, whole = wide->size - odd;

    return whole >= 2 && (high_byte(d, wide->data + whole - 2) & 0xFC) == 0xD8 ? odd + 2 : odd;
}

static void swap(struct icm_slice units)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)units.data;

    for (size_t i = 0; i + 1 < units.size; i += 2) {
        uint8_t first = bytes[i];
        bytes[i] = bytes[i + 1];
        bytes[i + 1] = first;
    }
}

static enum icm_code decode(struct wsman_decoder *d, struct icm_slice *bytes, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf wide = {0};
    struct icm_slice piece = icm_slice_of(bytes->data, bytes->size < PIECE ? bytes->size : PIECE);

    icm_buf_add(&wide, icm_slice_of(d->pending, d->pending_size));
    icm_buf_add(&wide, piece);
    if (wide.failed)
        return icm_nomem(err);
    *bytes = icm_slice_from(*bytes, piece.size);
    d->pending_size = incomplete(d, &wide);
    if (d->pending_size > 0)
        memcpy(d->pending, wide.data + wide.size - d->pending_size, d->pending_size);
    struct icm_slice units = icm_slice_of(wide.data, wide.size - d->pending_size);
    if (d->encoding == WSMAN_UTF16_BE)
        swap(units);
    return icm_utf8_from_utf16(&d->text, units, err);
}

enum icm_code wsman_decoder_feed(struct wsman_decoder *d, struct icm_slice *bytes, struct icm_slice *out,
                                 struct icm_error *err)
{
    icm_buf_clear(&d->text);
    if (d->encoding == WSMAN_UNKNOWN && d->pending_size == 0 && bytes->size >= 2 && beginning_of(*bytes) < 0)
        d->encoding = WSMAN_UTF8;
    if (d->encoding == WSMAN_UNKNOWN) {
        take_pending(d, bytes, WSMAN_UTF16_MARK);
        if (d->pending_size == WSMAN_UTF16_MARK)
            learn(d);
    }
    enum icm_code code = ICM_OK;
    if (d->encoding == WSMAN_UTF8 && d->pending_size > 0) {
        add_pending(d);
    } else if (d->encoding == WSMAN_UTF8) {
        *out = *bytes;
        *bytes = icm_slice_from(*bytes, bytes->size);
        return ICM_OK;
    } else if (d->encoding != WSMAN_UNKNOWN) {
        code = decode(d, bytes, err);
    }
    *out = icm_buf_slice(&d->text);
    return code == ICM_OK ? icm_buf_check(&d->text, err) : code;
}

enum icm_code wsman_decoder_finish(struct wsman_decoder *d, struct icm_slice *out, struct icm_error *err)
{
    icm_buf_clear(&d->text);
    if (d->pending_size > 0 && d->encoding != WSMAN_UNKNOWN && d->encoding != WSMAN_UTF8)
        return icm_fail(err, ICM_SYNTAX, "RFC 2781", "UTF-16 that ends inside a character");
    add_pending(d);
    *out = icm_buf_slice(&d->text);
    return icm_buf_check(&d->text, err);
}
