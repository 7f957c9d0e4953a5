/* What carries fragments between a pool and its peer. A pool never knows which transport does; a transport never knows
 * what a message says. Calls go down by the operations, news comes up by the sink. */
#ifndef PSRP_TRANSPORT_H
#define PSRP_TRANSPORT_H

#include "psrp/pool.h"

/** News. @pipeline NULL: the pool. */
struct psrp_transport_sink {
    void (*received)(void *up, struct psrp_pipeline *pipeline, struct icm_slice fragments);
    void (*pipeline_ended)(void *up, struct psrp_pipeline *pipeline); /* the peer holds it for ended */
    void (*pipeline_failed)(void *up, struct psrp_pipeline *pipeline, const struct icm_error *why);
    void (*closed)(void *up);
    void (*failed)(void *up, const struct icm_error *why); /* nothing more will come, but closed after a close */
    /* the peer's pool was left, and lives on. @why: that was not asked for, or coming back has failed; else NULL */
    void (*left)(void *up, const struct icm_error *why);
    void (*rejoined)(void *up, const struct icm_error *why); /* back again; @why: leaving has failed; else NULL */
};

/** How a pool is left. */
struct psrp_leaving {
    int64_t idle_timeout_ms; /* how long it outlives us; 0: as the session was opened, or the server's default */
    bool drops_output;       /* when its buffers are full the oldest goes, instead of the pipeline waiting */
};

struct psrp_transport;

struct psrp_transport_ops {
    /** Where news goes; again when somebody else takes the transport over. */
    void (*attach)(struct psrp_transport *t, const struct psrp_transport_sink *sink, void *up);
    /** Open with what @pool has queued; @pool is borrowed until close, and fragments are pulled from it when there is
     * room. */
    void (*open)(struct psrp_transport *t, struct psrp_pool *pool);
    /** The same, where @pool connects to one that the peer has already. NULL, as the next three: this transport cannot. */
    void (*connect)(struct psrp_transport *t, struct psrp_pool *pool);
    /** Leave the peer's pool once all that was queued is sent; sink->left follows, or sink->rejoined where it failed. */
    void (*disconnect)(struct psrp_transport *t, const struct psrp_leaving *how);
    /** Come back to it: sink->rejoined, or sink->left where it failed and may be tried again. */
    void (*reconnect)(struct psrp_transport *t);
    /** As begin, for a pipeline that runs in the peer's pool already. */
    void (*join)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** Begin a pipeline of that pool; its pointer is borrowed until end or close. */
    void (*begin)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** Something was queued in the pool: send what there is room for. Answers to host calls pass queued input. */
    void (*pump)(struct psrp_transport *t);
    /** Whether more may be asked for; false is back-pressure. */
    void (*receive)(struct psrp_transport *t, bool wanted);
    /** Whether the pool's own messages are waited for. */
    void (*watch_pool)(struct psrp_transport *t, bool wanted);
    /** The peer's protocol is known: 2.@minor. */
    void (*negotiated)(struct psrp_transport *t, int minor);
    void (*stop)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** The pipeline is over for us: tell the peer where it must know, and forget the pointer. */
    void (*end)(struct psrp_transport *t, struct psrp_pipeline *pipeline);
    /** Close in order, after a failure too, as far as the peer can still be told; the pool is not touched any more.
     *  sink->closed follows, perhaps at once. */
    void (*close)(struct psrp_transport *t);
    /** Drop everything at once. */
    void (*free)(struct psrp_transport *t);
};

/** The first member of each transport's own struct. */
struct psrp_transport {
    const struct psrp_transport_ops *ops;
};

#endif
