/* The transport over out-of-process packets: fragments on one pipe in each direction, whatever the pipe is. Pure: what carries the bytes
 * is the caller's. shared/protocol/transports.md 1 and 2. */
#ifndef PSRP_OVER_PACKETS_H
#define PSRP_OVER_PACKETS_H

#include "psrp/transport.h"

/** The pipe, and what holds it. */
struct psrp_pipe_ops {
    void (*write)(void *pipe, struct icm_buf *bytes); /* the bytes become the pipe's */
    void (*pause)(void *pipe, bool is_paused);        /* read no more of it, or again */
    void (*closing)(void *pipe);                      /* the session's end has been asked for: its answer should come soon */
    void (*free)(void *pipe);                         /* nothing comes any more, and nothing is to be told any more */
};

/** A transport on @pipe, which becomes its own when it is ICM_OK. It can leave no session and come back to none. */
enum icm_code psrp_over_packets_new(struct psrp_transport **out, const struct psrp_pipe_ops *ops, void *pipe,
                                    struct icm_error *err);

/** Bytes came from the pipe. What is wrong with them fails the transport. */
void psrp_over_packets_feed(struct psrp_transport *t, struct icm_slice bytes);

/** The pipe has ended: a failure for which @why is the reason, or, where the session was being closed, its end. */
void psrp_over_packets_ended(struct psrp_transport *t, const struct icm_error *why);

#endif
