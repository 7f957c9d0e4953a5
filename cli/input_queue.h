/* Objects that many readers take at their own pace: in memory up to a bound, and behind it in a file, from which they come back piece
 * by piece. They are kept until the last reader has them; who comes late finds them all. */
#ifndef CLI_INPUT_QUEUE_H
#define CLI_INPUT_QUEUE_H

#include "psrp/value.h"

enum {
    CLI_QUEUE_MEMORY = 8 * 1024 * 1024, /* bytes of objects that wait in memory; those that are being taken come on top */
    CLI_QUEUE_BLOCK = 64 * 1024,        /* so many go to the file and come back together */
};

struct cli_queue;
enum icm_code cli_queue_new(struct cli_queue **out, size_t reader_count, struct icm_error *err);
void cli_queue_free(struct cli_queue *q); /* NULL is fine */

/** Where the next object is to be made, or several. What is too much for memory goes to the file first. ICM_IO: the disk takes no more. */
enum icm_code cli_queue_arena(struct cli_queue *q, struct icm_arena **out, struct icm_error *err);

/** Append @value, which lives in the arena that cli_queue_arena gave last, or, borrowed, as long as the queue. */
enum icm_code cli_queue_add(struct cli_queue *q, const struct psrp_value *value, struct icm_error *err);

/** Bytes in memory, and in the file. */
size_t cli_queue_held(const struct cli_queue *q);
uint64_t cli_queue_spooled(const struct cli_queue *q);

/** One reader's place. A zeroed one with @queue set stands in front of the first object. */
struct cli_queue_reader {
    struct cli_queue *queue; /* NULL: it has left */
    struct cli_queue_block *block;
    const struct psrp_item *taken; /* of that block, the last */
};

/** The next object, valid until the next call with @r. ICM_AGAIN: there is none now. ICM_IO: it cannot be had back from the file. */
enum icm_code cli_queue_next(struct cli_queue_reader *r, const struct psrp_value **out, struct icm_error *err);

/** Whether @r has taken all that is there. */
bool cli_queue_is_at_end(const struct cli_queue_reader *r);

/** @r takes nothing more. More calls do nothing. */
void cli_queue_leave(struct cli_queue_reader *r);

#endif
