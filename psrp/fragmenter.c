#include "psrp/fragmenter.h"

#include <stdlib.h>

struct waiting_message {
    struct waiting_message *next;
    uint64_t number; /* how many were pushed before it */
    struct icm_buf bytes;
};

struct psrp_fragmenter {
    uint64_t *next_object_id;                /* the pool's */
    struct waiting_message *first, **end;
    uint64_t pushed, taken;
    size_t waiting;                          /* bytes */
    size_t offset;                           /* of the first message: where its next fragment begins */
    uint64_t object_id, next_fragment_id;    /* of the first message, once a fragment of it was taken */
};

enum icm_code psrp_fragmenter_new(struct psrp_fragmenter **out, uint64_t *next_object_id, struct icm_error *err)
{
    struct psrp_fragmenter *f = calloc(1, sizeof *f);

    if (!f)
        return icm_nomem(err);
    f->next_object_id = next_object_id;
    f->end = &f->first;
    *out = f;
    return ICM_OK;
}

static void message_free(struct waiting_message *m)
{
    icm_buf_reset(&m->bytes);
    free(m);
}

void psrp_fragmenter_free(struct psrp_fragmenter *f)
{
    if (!f)
        return;
    psrp_fragmenter_drop(f, 0);
    free(f);
}

enum icm_code psrp_fragmenter_push(struct psrp_fragmenter *f, struct icm_buf *message, struct icm_error *err)
{
    enum icm_code code = icm_buf_check(message, err);
    if (code != ICM_OK)
        return code;
    struct waiting_message *m = calloc(1, sizeof *m);
    if (!m)
        return icm_nomem(err);

    m->number = f->pushed++;
    icm_buf_move(&m->bytes, message);
    f->waiting += m->bytes.size;
    *f->end = m;
    f->end = &m->next;
    return ICM_OK;
}

static void begin_next(struct psrp_fragmenter *f)
{
    f->offset = 0;
    f->next_fragment_id = 0;
}

static void take_first(struct psrp_fragmenter *f)
{
    struct waiting_message *m = f->first;

    f->first = m->next;
    if (!f->first)
        f->end = &f->first;
    message_free(m);
    f->taken++;
    begin_next(f);
}

/* the first message's next fragment, as much of it as @room holds */
static struct psrp_fragment next_fragment(const struct psrp_fragmenter *f, size_t room)
{
    struct psrp_fragment fragment = {
        .object_id = f->next_fragment_id == 0 ? *f->next_object_id : f->object_id,
        .fragment_id = f->next_fragment_id,
        .flags = f->next_fragment_id == 0 ? PSRP_FRAGMENT_START : 0,
    };
    size_t blob_max = room - PSRP_FRAGMENT_HEADER < PSRP_BLOB_MAX ? room - PSRP_FRAGMENT_HEADER : PSRP_BLOB_MAX;

    fragment.blob = icm_slice_from(icm_buf_slice(&f->first->bytes), f->offset);
    if (fragment.blob.size > blob_max)
        fragment.blob.size = blob_max;
    else
        fragment.flags |= PSRP_FRAGMENT_END;
    return fragment;
}

enum icm_code psrp_fragmenter_pull(struct psrp_fragmenter *f, size_t room, struct icm_buf *out, struct icm_error *err)
{
    if (!f->first)
        return ICM_AGAIN;
    if (room < PSRP_FRAGMENT_MIN)
        return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.4", "room for %zu bytes of a fragment, at least %d", room,
                        PSRP_FRAGMENT_MIN);
    struct psrp_fragment fragment = next_fragment(f, room);
    if (!icm_buf_room(out, PSRP_FRAGMENT_HEADER + fragment.blob.size))
        return icm_nomem(err); /* and the fragment stays */
    psrp_fragment_write(out, &fragment);

    if (fragment.fragment_id == 0)
        f->object_id = (*f->next_object_id)++;
    f->next_fragment_id++;
    f->offset += fragment.blob.size;
    f->waiting -= fragment.blob.size;
    if (fragment.flags & PSRP_FRAGMENT_END)
        take_first(f);
    return ICM_OK;
}

size_t psrp_fragmenter_waiting(const struct psrp_fragmenter *f)
{
    return f->waiting;
}

uint64_t psrp_fragmenter_taken(const struct psrp_fragmenter *f)
{
    return f->taken;
}

void psrp_fragmenter_drop(struct psrp_fragmenter *f, uint64_t keep)
{
    struct waiting_message **link = &f->first;

    while (*link && (*link)->number < keep)
        link = &(*link)->next;
    if (link == &f->first) { /* the one under way goes too */
        f->waiting += f->offset;
        begin_next(f);
    }
    f->end = link;
    while (*link) {
        struct waiting_message *m = *link;

        *link = m->next;
        f->waiting -= m->bytes.size;
        message_free(m);
    }
}
