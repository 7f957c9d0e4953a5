#include "cli/input_queue.h"

#include "cli/spool.h"
#include "psrp/clixml.h"

#include <stdlib.h>

/* Objects that are kept and let go together. */
struct cli_queue_block {
    struct icm_arena arena;
    struct psrp_item *first, **end; /* none while they are in the file alone */
    struct cli_spool_piece piece;
    size_t reader_count; /* who has not passed it */
    size_t inside;       /* who takes from it: as long as there is one it stays in memory */
    bool is_waiting;     /* whole, in memory, and counted there */
    struct cli_queue_block *next;
};

struct cli_queue {
    size_t reader_count; /* who has not left */
    struct cli_queue_block *first, *last;
    size_t waiting; /* bytes of the blocks that are waiting */
    struct cli_spool spool;
    struct psrp_clixml_reader *reader;
};

/* ---- life ---- */

enum icm_code cli_queue_new(struct cli_queue **out, size_t reader_count, struct icm_error *err)
{
    struct cli_queue *q = calloc(1, sizeof *q);

    if (!q)
        return icm_nomem(err);
    q->reader_count = reader_count;
    q->spool.fd = -1;
    *out = q;
    return ICM_OK;
}

static void empty(struct cli_queue_block *b)
{
    icm_arena_reset(&b->arena);
    b->first = NULL;
    b->end = &b->first;
}

static void free_first(struct cli_queue *q)
{
    struct cli_queue_block *b = q->first;

    q->first = b->next;
    if (!q->first)
        q->last = NULL;
    if (b->is_waiting)
        q->waiting -= b->arena.used;
    cli_spool_drop(&q->spool, b->piece);
    empty(b);
    free(b);
}

void cli_queue_free(struct cli_queue *q)
{
    if (!q)
        return;
    while (q->first)
        free_first(q);
    cli_spool_close(&q->spool);
    psrp_clixml_reader_free(q->reader);
    free(q);
}

/* ---- to the file and back: each object as a message would have it, behind its length ---- */

static enum icm_code write_object(struct icm_buf *text, const struct psrp_value *value)
{
    size_t at = text->size;

    icm_buf_add_le64(text, 0);
    enum icm_code code = psrp_clixml_write(text, value, NULL);
    if (code != ICM_OK || text->failed)
        return code != ICM_OK ? code : ICM_NOMEM;
    uint64_t size = text->size - at - sizeof size;
    for (size_t i = 0; i < sizeof size; i++)
        text->data[at + i] = (uint8_t)(size >> (8 * i));
    return ICM_OK;
}

/* What cannot be written (a SecureString in clear, cycles that nobody marked) stays in memory; who takes it finds out
 * why it cannot be sent. */
static bool write_block(const struct cli_queue_block *b, struct icm_buf *text)
{
    enum icm_code code = ICM_OK;

    for (const struct psrp_item *i = b->first; i && code == ICM_OK; i = i->next)
        code = write_object(text, i->value);
    return code == ICM_OK && text->size > 0;
}

static enum icm_code append(struct cli_queue_block *b, const struct psrp_value *value, struct icm_error *err)
{
    struct psrp_item *item = icm_arena_take(&b->arena, sizeof *item);

    if (!item || !value)
        return icm_nomem(err);
    item->value = (struct psrp_value *)(uintptr_t)value; /* readers give it out as const again */
    *b->end = item;
    b->end = &item->next;
    return ICM_OK;
}

static enum icm_code read_objects(struct cli_queue *q, struct cli_queue_block *b, struct icm_slice text,
                                  struct icm_error *err)
{
    struct icm_reader bytes = icm_reader_on(text);
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && bytes.rest.size > 0) {
        size_t size = (size_t)icm_read_le64(&bytes);
        struct icm_slice object = icm_read_slice(&bytes, size);
        struct psrp_value *value = NULL;

        code = psrp_clixml_read(q->reader, object, &b->arena, &value, err);
        if (code == ICM_OK)
            code = append(b, value, err);
    }
    return code;
}

static enum icm_code load(struct cli_queue *q, struct cli_queue_block *b, struct icm_error *err)
{
    enum icm_code code = q->reader ? ICM_OK : psrp_clixml_reader_new(&q->reader, err);
    struct icm_buf text = {0};

    if (code == ICM_OK)
        code = cli_spool_read(&q->spool, b->piece, &text, err);
    if (code == ICM_OK)
        code = read_objects(q, b, icm_buf_slice(&text), err);
    icm_buf_reset(&text);
    if (code != ICM_OK)
        empty(b);
    return code;
}

static void keep(struct cli_queue *q, struct cli_queue_block *b)
{
    b->is_waiting = true;
    q->waiting += b->arena.used;
}

/* Nothing more is added to it: it waits in memory, or in the file (the quickest reader mostly stands in it, and leaves it there). */
static enum icm_code close_block(struct cli_queue *q, struct cli_queue_block *b, struct icm_error *err)
{
    bool is_too_much = q->waiting + b->arena.used > CLI_QUEUE_MEMORY;
    struct icm_buf text = {0};
    enum icm_code code = ICM_OK;

    if (!is_too_much || b->reader_count == 0 || !write_block(b, &text))
        keep(q, b);
    else if ((code = cli_spool_add(&q->spool, icm_buf_slice(&text), &b->piece, err)) == ICM_OK && b->inside == 0)
        empty(b);
    icm_buf_reset(&text);
    return code;
}

/* ---- objects come in ---- */

static enum icm_code add_block(struct cli_queue *q, struct icm_error *err)
{
    struct cli_queue_block *b = calloc(1, sizeof *b);

    if (!b)
        return icm_nomem(err);
    b->end = &b->first;
    b->reader_count = q->reader_count;
    *(q->last ? &q->last->next : &q->first) = b;
    q->last = b;
    return ICM_OK;
}

enum icm_code cli_queue_arena(struct cli_queue *q, struct icm_arena **out, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (!q->last) {
        code = add_block(q, err);
    } else if (q->last->arena.used >= CLI_QUEUE_BLOCK) {
        code = close_block(q, q->last, err);
        if (code == ICM_OK)
            code = add_block(q, err);
    }
    if (code == ICM_OK)
        *out = &q->last->arena;
    return code;
}

enum icm_code cli_queue_add(struct cli_queue *q, const struct psrp_value *value, struct icm_error *err)
{
    return append(q->last, value, err);
}

size_t cli_queue_held(const struct cli_queue *q)
{
    size_t sum = 0;

    for (const struct cli_queue_block *b = q->first; b; b = b->next)
        sum += b->arena.used;
    return sum;
}

uint64_t cli_queue_spooled(const struct cli_queue *q)
{
    uint64_t sum = 0;

    for (const struct cli_queue_block *b = q->first; b; b = b->next)
        sum += b->piece.size;
    return sum;
}

/* ---- readers ---- */

static void free_passed(struct cli_queue *q)
{
    while (q->first && q->first->reader_count == 0)
        free_first(q);
}

static enum icm_code enter(struct cli_queue_reader *r, struct cli_queue_block *b, struct icm_error *err)
{
    enum icm_code code = b->piece.size > 0 && b->inside == 0 ? load(r->queue, b, err) : ICM_OK;

    if (code != ICM_OK)
        return code;
    b->inside++;
    r->block = b;
    r->taken = NULL;
    return ICM_OK;
}

/* the last to go leaves what is in the file there */
static void go_out(struct cli_queue_block *b)
{
    b->inside--;
    if (b->inside == 0 && b->piece.size > 0)
        empty(b);
}

static enum icm_code pass_block(struct cli_queue_reader *r, struct icm_error *err)
{
    struct cli_queue_block *passed = r->block;
    enum icm_code code = enter(r, passed->next, err);

    if (code != ICM_OK)
        return code;
    go_out(passed);
    passed->reader_count--;
    free_passed(r->queue);
    return ICM_OK;
}

static const struct psrp_item *peek(const struct cli_queue_reader *r)
{
    return r->taken ? r->taken->next : r->block->first;
}

enum icm_code cli_queue_next(struct cli_queue_reader *r, const struct psrp_value **out, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (!r->queue || !r->queue->first)
        return ICM_AGAIN;
    if (!r->block) /* nothing was freed that this one has not seen */
        code = enter(r, r->queue->first, err);
    while (code == ICM_OK && !peek(r)) /* the last block may still grow */
        code = r->block->next ? pass_block(r, err) : ICM_AGAIN;
    if (code != ICM_OK)
        return code;
    r->taken = peek(r);
    *out = r->taken->value;
    return ICM_OK;
}

bool cli_queue_is_at_end(const struct cli_queue_reader *r)
{
    if (!r->queue)
        return true;
    const struct cli_queue_block *b = r->block ? r->block : r->queue->first;
    return !b || (!b->next && !(r->block ? peek(r) : b->first));
}

void cli_queue_leave(struct cli_queue_reader *r)
{
    struct cli_queue *q = r->queue;

    if (!q)
        return;
    if (r->block)
        go_out(r->block);
    for (struct cli_queue_block *b = r->block ? r->block : q->first; b; b = b->next)
        b->reader_count--;
    q->reader_count--;
    *r = (struct cli_queue_reader){0};
    free_passed(q);
}
