/* What pool.c, receive.c and pipeline.c share. Not for others, but for tests that replay a recorded dialogue. */
#ifndef PSRP_POOL_PRIVATE_H
#define PSRP_POOL_PRIVATE_H

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message_table.h"
#include "psrp/pool.h"

/* What goes out to and comes in from the pool itself or one pipeline. */
struct psrp_target {
    struct psrp_fragmenter *out[PSRP_STREAM_COUNT];
    struct psrp_defragmenter *in;
};

/* Everything that becomes an event waits in one queue, in the order in which it happened. */
enum psrp_news_kind {
    PSRP_NEWS_MESSAGE,      /* whole, not decoded yet */
    PSRP_NEWS_PIPELINE_END, /* the transport gave up one pipeline */
    PSRP_NEWS_POOL_END,     /* … or all of it */
    PSRP_NEWS_KIND_COUNT
};

struct psrp_news {
    struct psrp_news *next;
    enum psrp_news_kind kind;
    struct icm_guid target;         /* PSRP_NEWS_MESSAGE: on whose stream it came; zero: the pool's */
    struct psrp_pipeline *pipeline; /* PSRP_NEWS_PIPELINE_END */
    struct icm_buf bytes;
};

/* An end that the transport tells. It is part of what it ends, so that telling it needs no memory; the first one counts. */
struct psrp_end {
    struct psrp_news news;
    bool is_told;
    bool is_orderly;      /* the peer ended it; else it failed in its transport */
    struct icm_error why; /* where it failed */
};

struct psrp_pipeline {
    struct psrp_pipeline *next;
    struct psrp_pool *pool;
    struct icm_guid id;
    enum psrp_pipeline_state state;
    bool has_open_input; /* input was announced and not ended */
    bool is_stopped;     /* by us */
    struct psrp_target target;
    struct psrp_end end;
    void *tag;
};

struct psrp_pool {
    struct icm_guid id;
    enum psrp_pool_state state;
    int announced_minor, minor; /* @minor: -1 until it is negotiated */
    size_t message_max;
    uint64_t next_object_id;
    struct psrp_target target;
    struct psrp_pipeline *pipelines;
    struct psrp_news *first, **end_of_news;
    size_t undecoded;
    struct psrp_clixml_reader *reader;
    struct psrp_end end;
    struct { /* the pool is over: pipelines that had not ended get @state, one event each; @last says what became of the pool */
        bool is_on;
        enum psrp_pipeline_state state;
        struct psrp_event last;
    } ending;
    void (*on_message)(void *context, bool sent, struct icm_slice message);
    void *on_message_context;
};

static inline bool psrp_pool_is_over(const struct psrp_pool *p)
{
    return p->state == PSRP_POOL_CLOSED || p->state == PSRP_POOL_BROKEN;
}

/** Both directions of one target; whatever was made is freed by psrp_target_reset. */
enum icm_code psrp_target_init(struct psrp_target *t, struct psrp_pool *pool, struct icm_error *err);
void psrp_target_reset(struct psrp_target *t);

/** Write a message and queue it on a stream of @pipeline, or of the pool (NULL). @value NULL: no payload. */
enum icm_code psrp_pool_send(struct psrp_pool *p, struct psrp_pipeline *pipeline, enum psrp_stream stream,
                             uint32_t type, const struct psrp_value *value, struct icm_error *err);

/** "NegotiationSent" … */
const char *psrp_pool_state_name(enum psrp_pool_state state);

/** The first of the news, which becomes the caller's; NULL: none. */
struct psrp_news *psrp_pool_take_news(struct psrp_pool *p);
void psrp_news_free(struct psrp_news *news);

/** Put an end behind what has come before it. */
void psrp_pool_tell_end(struct psrp_pool *p, struct psrp_end *end, bool is_orderly, const struct icm_error *why);

/** The pool is Closed or Broken, as @last says, which becomes the pool's. The events follow: the pipelines' first. */
void psrp_pool_begin_ending(struct psrp_pool *p, struct psrp_event *last);

struct psrp_pipeline *psrp_pool_find(struct psrp_pool *p, const struct icm_guid *pipeline_id);

/** Give the pipeline its last state and drop what it still had to say. */
void psrp_pipeline_set_ended(struct psrp_pipeline *p, enum psrp_pipeline_state state);

/** For a recorded dialogue: the id that the recording has. */
void psrp_pipeline_set_id(struct psrp_pipeline *p, const struct icm_guid *pipeline_id);

#endif
