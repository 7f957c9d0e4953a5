/* Cuts messages into fragments that fit the room a transport has. MS-PSRP 2.2.4, 3.1.5.1.2. */
#ifndef PSRP_FRAGMENTER_H
#define PSRP_FRAGMENTER_H

#include "psrp/fragment.h"

/** A queue of messages for one stream of one target (the pool, or one pipeline). Object ids come from a counter that
 * all the queues of a pool share; an id is given when the message's first fragment is taken, so that ids rise on the
 * wire. */
struct psrp_fragmenter;

/** @next_object_id: the pool's counter, borrowed for the fragmenter's life; it holds the next id, at first 1. */
enum icm_code psrp_fragmenter_new(struct psrp_fragmenter **out, uint64_t *next_object_id, struct icm_error *err);
void psrp_fragmenter_free(struct psrp_fragmenter *f); /* NULL is fine */

/** Queue one whole message, which becomes the fragmenter's (never copied; @message is empty afterwards). */
enum icm_code psrp_fragmenter_push(struct psrp_fragmenter *f, struct icm_buf *message, struct icm_error *err);

/** Append one fragment of at most @room bytes (at least PSRP_FRAGMENT_MIN) to @out.
 *  ICM_AGAIN: the queue is empty; not an error. */
enum icm_code psrp_fragmenter_pull(struct psrp_fragmenter *f, size_t room, struct icm_buf *out, struct icm_error *err);

/** Bytes of messages that wait. 0: nothing does. */
size_t psrp_fragmenter_waiting(const struct psrp_fragmenter *f);

/** How many messages were taken to their last byte. */
uint64_t psrp_fragmenter_taken(const struct psrp_fragmenter *f);

/** Drop what waits, a message under way too, but for the first @keep messages that were ever pushed. */
void psrp_fragmenter_drop(struct psrp_fragmenter *f, uint64_t keep);

#endif
