/* Joins fragments to messages again. MS-PSRP 2.2.4, 3.1.5.1.1. */
#ifndef PSRP_DEFRAGMENTER_H
#define PSRP_DEFRAGMENTER_H

#include "psrp/fragment.h"

#define PSRP_MESSAGE_MAX ((size_t)200 * 1024 * 1024) /* MaximumReceivedObjectSize's default, 200 MB */

/** One stream of one target. Bytes come in any pieces: a fragment may be cut anywhere, several may lie in one piece. */
struct psrp_defragmenter;
enum icm_code psrp_defragmenter_new(struct psrp_defragmenter **out, size_t message_max, struct icm_error *err);
void psrp_defragmenter_free(struct psrp_defragmenter *d);

/** Take in @bytes. ICM_SYNTAX: a fragment that breaks the order: one without start where no message is open, a start
 * inside an open message, another object id, a gap in the fragment ids. ICM_LIMIT: the message or a blob is too long.
 * After a failure the stream is lost: every further call gives the same. */
enum icm_code psrp_defragmenter_feed(struct psrp_defragmenter *d, struct icm_slice bytes, struct icm_error *err);

/** The stream may go on elsewhere than it stopped, once: another client has had what came before, or the server has dropped
 * it for want of room. What is open is dropped unless it goes on, and so are fragments up to the next start. psrp.md 1 */
void psrp_defragmenter_allow_gap(struct psrp_defragmenter *d);

/** The next whole message; it becomes the caller's. ICM_AGAIN: there is none yet. */
enum icm_code psrp_defragmenter_next(struct psrp_defragmenter *d, struct icm_buf *out, struct icm_error *err);

/** Whether bytes of an unfinished fragment or message wait: at the end of a stream that means it was cut. */
bool psrp_defragmenter_is_inside(const struct psrp_defragmenter *d);

#endif
