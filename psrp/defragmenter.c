#include "psrp/defragmenter.h"

#include <stdlib.h>

struct whole_message {
    struct whole_message *next;
    struct icm_buf bytes;
};

struct psrp_defragmenter {
    size_t message_max;
    uint8_t header[PSRP_FRAGMENT_HEADER];
    size_t header_size;  /* bytes of a header that is not whole yet */
    size_t blob_missing; /* of the fragment whose header was read */
    uint8_t flags;       /* that header's */
    bool is_open;        /* a message was started and not ended */
    bool may_skip;       /* the next fragment may belong to what is not open */
    bool is_skipped;     /* the one whose blob comes does */
    uint64_t object_id, next_fragment_id;
    struct icm_buf message; /* the open one, as far as it came */
    struct whole_message *first, **end;
    enum icm_code code; /* what lost the stream */
    struct icm_error error;
};

enum icm_code psrp_defragmenter_new(struct psrp_defragmenter **out, size_t message_max, struct icm_error *err)
{
    struct psrp_defragmenter *d = calloc(1, sizeof *d);

    if (!d)
        return icm_nomem(err);
    d->message_max = message_max;
    d->end = &d->first;
    *out = d;
    return ICM_OK;
}

static void take_first(struct psrp_defragmenter *d, struct icm_buf *out)
{
    struct whole_message *m = d->first;

    d->first = m->next;
    if (!d->first)
        d->end = &d->first;
    icm_buf_move(out, &m->bytes);
    free(m);
}

void psrp_defragmenter_free(struct psrp_defragmenter *d)
{
    struct icm_buf message = {0};

    if (!d)
        return;
    while (d->first)
        take_first(d, &message);
    icm_buf_reset(&message);
    icm_buf_reset(&d->message);
    icm_error_reset(&d->error);
    free(d);
}

static enum icm_code check_first(const struct psrp_fragment *f, struct icm_error *err)
{
    if (!(f->flags & PSRP_FRAGMENT_START))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "fragment %llu of object %llu, whose start never came",
                        (unsigned long long)f->fragment_id, (unsigned long long)f->object_id);
    if (f->fragment_id != 0)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "object %llu starts with fragment %llu, not 0",
                        (unsigned long long)f->object_id, (unsigned long long)f->fragment_id);
    return ICM_OK;
}

static enum icm_code check_next(const struct psrp_defragmenter *d, const struct psrp_fragment *f, struct icm_error *err)
{
    if (f->object_id != d->object_id)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "a fragment of object %llu inside object %llu",
                        (unsigned long long)f->object_id, (unsigned long long)d->object_id);
    if (f->flags & PSRP_FRAGMENT_START)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "object %llu starts again", (unsigned long long)f->object_id);
    if (f->fragment_id != d->next_fragment_id)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "fragment %llu of object %llu where %llu is due",
                        (unsigned long long)f->fragment_id, (unsigned long long)f->object_id,
                        (unsigned long long)d->next_fragment_id);
    return ICM_OK;
}

/* Where the stream goes on: with what is open, with a new message, or (to be skipped) inside another one. */
static void pass_gap(struct psrp_defragmenter *d, const struct psrp_fragment *f)
{
    bool goes_on = d->is_open && check_next(d, f, NULL) == ICM_OK;

    if (!goes_on) {
        icm_buf_clear(&d->message);
        d->is_open = false;
    }
    d->is_skipped = !goes_on && check_first(f, NULL) != ICM_OK;
    d->may_skip = d->is_skipped;
}

static enum icm_code too_large(const struct psrp_defragmenter *d, struct icm_error *err)
{
    icm_fail(err, ICM_LIMIT, NULL, "an object of more than %zu bytes was received", d->message_max);
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     "raise -SessionOption MaximumReceivedObjectSize, or let the script give smaller ones");
    return ICM_LIMIT;
}

/* a whole header is there: judge it before a byte of its blob is taken */
static enum icm_code begin_fragment(struct psrp_defragmenter *d, struct icm_error *err)
{
    struct icm_slice in = icm_slice_of(d->header, sizeof d->header);
    struct psrp_fragment f;

    enum icm_code code = psrp_fragment_read_header(&in, &f, err);
    if (code == ICM_OK && d->may_skip)
        pass_gap(d, &f);
    if (code == ICM_OK && !d->is_skipped)
        code = d->is_open ? check_next(d, &f, err) : check_first(&f, err);
    if (code != ICM_OK)
        return code;
    if (d->is_skipped) {
        d->header_size = 0;
        d->blob_missing = f.blob.size;
        return ICM_OK;
    }
    if (f.blob.size > d->message_max - d->message.size)
        return too_large(d, err);

    d->header_size = 0;
    d->blob_missing = f.blob.size;
    d->flags = f.flags;
    d->is_open = true;
    d->object_id = f.object_id;
    d->next_fragment_id = f.fragment_id + 1;
    return ICM_OK;
}

static enum icm_code end_message(struct psrp_defragmenter *d, struct icm_error *err)
{
    struct whole_message *m = calloc(1, sizeof *m);

    if (!m)
        return icm_nomem(err);
    icm_buf_move(&m->bytes, &d->message);
    *d->end = m;
    d->end = &m->next;
    d->is_open = false;
    return ICM_OK;
}

static struct icm_slice take_front(struct icm_slice *in, size_t at_most)
{
    struct icm_slice front = icm_slice_of(in->data, in->size < at_most ? in->size : at_most);

    *in = icm_slice_from(*in, front.size);
    return front;
}

/* Bytes go where they belong as they come: a header into @header, a blob straight into its message. So nothing is
 * copied twice, and nothing is asked for that has not arrived. */
static enum icm_code feed_piece(struct psrp_defragmenter *d, struct icm_slice *in, struct icm_error *err)
{
    if (d->blob_missing == 0) {
        struct icm_slice piece = take_front(in, sizeof d->header - d->header_size);

        memcpy(d->header + d->header_size, piece.data, piece.size);
        d->header_size += piece.size;
        if (d->header_size < sizeof d->header)
            return ICM_OK;
        enum icm_code code = begin_fragment(d, err);
        if (code != ICM_OK)
            return code;
    }

    struct icm_slice blob = take_front(in, d->blob_missing);
    d->blob_missing -= blob.size;
    if (d->is_skipped)
        return ICM_OK;
    icm_buf_add(&d->message, blob);
    if (d->message.failed)
        return icm_nomem(err);
    return d->blob_missing == 0 && (d->flags & PSRP_FRAGMENT_END) ? end_message(d, err) : ICM_OK;
}

static enum icm_code lost(const struct psrp_defragmenter *d, struct icm_error *err)
{
    if (d->code != ICM_OK)
        icm_error_copy(err, &d->error);
    return d->code;
}

enum icm_code psrp_defragmenter_feed(struct psrp_defragmenter *d, struct icm_slice bytes, struct icm_error *err)
{
    while (d->code == ICM_OK && bytes.size > 0)
        d->code = feed_piece(d, &bytes, &d->error);
    return lost(d, err);
}

enum icm_code psrp_defragmenter_next(struct psrp_defragmenter *d, struct icm_buf *out, struct icm_error *err)
{
    if (!d->first)
        return d->code == ICM_OK ? ICM_AGAIN : lost(d, err);
    take_first(d, out);
    return ICM_OK;
}

void psrp_defragmenter_allow_gap(struct psrp_defragmenter *d)
{
    d->may_skip = true;
}

bool psrp_defragmenter_is_inside(const struct psrp_defragmenter *d)
{
    return d->is_open || d->header_size > 0;
}
