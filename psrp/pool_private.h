/* What pool*.c, receive.c, handlers.c and pipeline.c share. Not for others, but for tests that replay a recorded
 * dialogue. */
#ifndef PSRP_POOL_PRIVATE_H
#define PSRP_POOL_PRIVATE_H

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message_table.h"
#include "psrp/pool.h"
#include "psrp/secret.h"

/* the first protocols … */
enum {
    PSRP_OFFERED_KEY_MINOR = 2, /* … whose servers do not ask for a key, */
    PSRP_CONNECT_MINOR = 2,     /* that know CONNECT_RUNSPACEPOOL, */
    PSRP_RESET_MINOR = 3,       /* RESET_RUNSPACE_STATE, */
    PSRP_CLEAR_MINOR = 4,       /* and no session key */
};

/* Where in a message's bytes a SecureString is to stand: before byte @at, the next @size bytes of the texts. */
struct psrp_gap {
    size_t at, size;
};

/* A message that waits for the session key, or behind one that does. */
struct psrp_held {
    struct psrp_held *next;
    struct icm_buf bytes, texts; /* the message without its SecureStrings, and those in clear */
    struct psrp_gap *gaps;
    size_t gap_count;
};

/* … in order, for one target and stream */
struct psrp_held_queue {
    struct psrp_held *first, *end;
    size_t size; /* of the bytes and texts */
};

/* What goes out to and comes in from the pool itself or one pipeline. */
struct psrp_target {
    struct psrp_fragmenter *out[PSRP_STREAM_COUNT];
    struct psrp_held_queue held[PSRP_STREAM_COUNT]; /* behind what is in @out */
    struct psrp_defragmenter *in;
    uint64_t received; /* bytes of fragments */
};

/* Everything that becomes an event waits in one queue, in the order in which it happened. */
enum psrp_news_kind {
    PSRP_NEWS_MESSAGE,      /* whole, not decoded yet */
    PSRP_NEWS_PIPELINE_END, /* the transport gave up one pipeline */
    PSRP_NEWS_POOL_END,     /* … or all of it */
    PSRP_NEWS_CONNECTED,    /* RUNSPACEPOOL_INIT_DATA came, and was told */
    PSRP_NEWS_LEFT,         /* the transport has left the pool */
    PSRP_NEWS_REJOINED,     /* and is back */
    PSRP_NEWS_KIND_COUNT
};

struct psrp_news {
    struct psrp_news *next;
    enum psrp_news_kind kind;
    struct icm_guid target;         /* PSRP_NEWS_MESSAGE: on whose stream it came; zero: the pool's */
    struct psrp_pipeline *pipeline; /* PSRP_NEWS_PIPELINE_END */
    struct icm_buf bytes;
};

/* An end that the transport tells. It is part of what it ends, so that telling it needs no memory; the first one
 * counts. */
struct psrp_end {
    struct psrp_news news;
    bool is_told;
    bool is_orderly;      /* the peer ended it; else it failed in its transport */
    struct icm_error why; /* where it failed */
};

/* The transport has left or is back. Part of the pool likewise: one of a kind is under way at a time, because the other
 * one has to be told in between. */
struct psrp_turn {
    struct psrp_news news;
    bool is_queued;
    struct icm_error why; /* why not */
};

struct psrp_pipeline {
    struct psrp_pipeline *next;
    struct psrp_pool *pool;
    struct icm_guid id;
    enum psrp_pipeline_state state;
    bool has_open_input; /* input was announced and not ended */
    bool is_stopped;     /* by us */
    bool has_host;       /* its own or the pool's, which the caller answers for */
    struct psrp_target target;
    struct psrp_end end;
    void *tag;
};

/* A question of ours that waits for its RUNSPACE_AVAILABILITY. */
struct psrp_question {
    struct psrp_question *next;
    int64_t call_id;
    uint32_t type;
    int32_t number; /* what it is to become */
};

struct psrp_pool {
    struct icm_guid id;
    enum psrp_pool_state state;
    int announced_minor, minor;           /* @minor: -1 until it is negotiated */
    bool has_host;                        /* which the caller answers for */
    bool wants_events;                    /* unasked */
    bool is_connecting;                   /* to a pool that is there already, until RUNSPACEPOOL_INIT_DATA comes */
    int32_t min_runspaces, max_runspaces; /* as the server has them, as far as we know; 0: we do not */
    struct icm_buf init;                  /* INIT_RUNSPACEPOOL, until the pool is opened */
    struct psrp_question *questions;      /* whose answers are due */
    int64_t last_call_id;
    struct psrp_secret *secret;
    bool is_key_due;            /* PUBLIC_KEY was sent */
    struct icm_error key_error; /* there will be no key; ICM_OK: there may be */
    size_t message_max;
    uint64_t pipeline_max; /* 0: no limit */
    uint64_t next_object_id;
    struct psrp_target target;
    struct psrp_pipeline *pipelines;
    struct psrp_news *first, **end_of_news;
    size_t undecoded;
    struct psrp_clixml_reader *reader, *own_reader; /* own: NULL where it is borrowed */
    struct psrp_end end;
    struct psrp_news connected;
    bool is_leaving;            /* said by the client; the transport has not told yet */
    bool expects_private_data;  /* of a pool that we have connected to */
    struct psrp_turn left, rejoined;
    /* the pool is over: pipelines that had not ended get @state, one event each; @last says what became of the pool */
    struct {
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

/* ---- pool_send.c ---- */

/** Write a message and queue it on a stream of @pipeline, or of the pool (NULL). @value NULL: no payload. What has a
 * SecureString in it waits where there is no session key yet, which is asked for. */
enum icm_code psrp_pool_send(struct psrp_pool *p, struct psrp_pipeline *pipeline, enum psrp_stream stream,
                             uint32_t type, const struct psrp_value *value, struct icm_error *err);

/** A message's bytes, for psrp_pool_push. ICM_STATE: it has a SecureString in it, for which it is too early. */
enum icm_code psrp_pool_write(struct psrp_pool *p, uint32_t type, const struct psrp_value *value, struct icm_buf *out,
                              struct icm_error *err);

/** Queue a whole message behind what does not wait for a key; it is empty then. */
enum icm_code psrp_pool_push(struct psrp_pool *p, struct psrp_target *t, enum psrp_stream stream,
                             struct icm_buf *message, struct icm_error *err);

/** The session key is there: queue what has waited for it. */
enum icm_code psrp_pool_release(struct psrp_pool *p, struct icm_error *err);

/** There will be none: fail pipelines of which a SecureString waits, and let go of the rest. @is_first: before what has
 * come is decoded. */
void psrp_pool_fail_held(struct psrp_pool *p, const struct icm_error *why, bool is_first);

void psrp_held_drop(struct psrp_held_queue *q); /* all of it */

/** Whether CREATE_PIPELINE waits for the key. */
bool psrp_pipeline_is_held(const struct psrp_pipeline *p);

/* ---- pool_key.c ---- */

/** Send PUBLIC_KEY, unless its answer is due. The reason why there will be no key, where there is one. */
enum icm_code psrp_pool_ask_for_key(struct psrp_pool *p, struct icm_error *err);

/** Whether SecureStrings can be sent: there is a key, or 2.4 needs none. */
bool psrp_pool_can_seal(const struct psrp_pool *p);

/** Append what stands in <SS>. */
enum icm_code psrp_pool_seal(const struct psrp_pool *p, struct icm_slice text, struct icm_buf *out,
                             struct icm_error *err);

/* ---- pool_leave.c ---- */

enum icm_code psrp_pool_left_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out);
enum icm_code psrp_pool_rejoined_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out);

/* ---- pool_calls.c ---- */

void psrp_pool_drop_questions(struct psrp_pool *p);

/* ---- pool.c, receive.c, pipeline.c ---- */

enum icm_code psrp_pool_check_opened(const struct psrp_pool *p, const char *section, struct icm_error *err);

/** The first of the news, which becomes the caller's; NULL: none. */
struct psrp_news *psrp_pool_take_news(struct psrp_pool *p);
void psrp_news_free(struct psrp_news *news);

/** Put an end behind what has come before it. */
void psrp_pool_tell_end(struct psrp_pool *p, struct psrp_end *end, bool is_orderly, const struct icm_error *why);

/** Put news behind what has come. */
void psrp_pool_tell(struct psrp_pool *p, struct psrp_news *news);

/** Put news in front of what has come: it follows from the message that is being received. The same for a failure. */
void psrp_pool_tell_first(struct psrp_pool *p, struct psrp_news *news);
void psrp_pool_tell_failure_first(struct psrp_pool *p, struct psrp_end *end, const struct icm_error *why);

/** The message is passed over, with a warning in place of its event. */
enum icm_code psrp_receive_warning(struct psrp_received *m); /* @m->event->warning says why */
enum icm_code psrp_receive_unasked(struct psrp_received *m); /* nobody has asked for it */

/** The pool is Closed or Broken, as @last says, which becomes the pool's. The events follow: the pipelines' first. */
void psrp_pool_begin_ending(struct psrp_pool *p, struct psrp_event *last);

struct psrp_pipeline *psrp_pool_find(struct psrp_pool *p, const struct icm_guid *pipeline_id);

/** Give the pipeline its last state and drop what it still had to say. */
void psrp_pipeline_set_ended(struct psrp_pipeline *p, enum psrp_pipeline_state state);

/** For a recorded dialogue: the id that the recording has. */
void psrp_pipeline_set_id(struct psrp_pipeline *p, const struct icm_guid *pipeline_id);

#endif
