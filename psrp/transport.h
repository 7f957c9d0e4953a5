/* What carries fragments between a pool and its peer. A pool never knows which transport does; a transport never knows what a
 * message says. Calls go down by the operations, news comes up by the sink. */
#ifndef PSRP_TRANSPORT_H
#define PSRP_TRANSPORT_H

#include "psrp/pool.h"

/** News, never from inside an operation. @pipeline NULL: the pool. */
struct psrp_transport_sink {
    void (*received)(void *up, struct psrp_pipeline *pipeline, struct icm_slice fragments);
    void (*room)(void *up); /* more can be sent: pull again */
    void (*pipeline_ended)(void *up, struct psrp_pipeline *pipeline); /* the peer holds it for ended */
    void (*pipeline_failed)(void *up, struct psrp_pipeline *pipeline, const struct icm_error *why);
    void (*closed)(void *up);
    void (*failed)(void *up, const struct icm_error *why); /* nothing more will come */
};

struct psrp_transport;

struct psrp_transport_ops {
    /** Where news goes; before anything else. */
    void (*attach)(struct psrp_transport *t, const struct psrp_transport_sink *sink, void *up);
    /** Send what waits, as much as there is room for: open the shell, begin pipelines that have not begun, input, answers. Called
     *  whenever something may wait. */
    void (*pump)(struct psrp_transport *t, struct psrp_pool *pool, struct psrp_pipeline *const *pipelines, size_t count);
    /** Whether more may be asked for; false is back-pressure. */
    void (*receive)(struct psrp_transport *t, bool wanted);
    /** Whether the pool's own messages are waited for, while pipelines run. */
    void (*watch_pool)(struct psrp_transport *t, bool wanted);
    /** The peer's protocol is known: 2.@minor. */
    void (*negotiated)(struct psrp_transport *t, int minor);
    void (*stop)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** The pipeline is over for us, or will be freed: tell the peer where it must know, and forget the pointer. */
    void (*end)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** Close in order; sink->closed or sink->failed follows. */
    void (*close)(struct psrp_transport *t);
    void (*free)(struct psrp_transport *t);
};

/** The first member of each transport's own struct. */
struct psrp_transport {
    const struct psrp_transport_ops *ops;
};

#endif
