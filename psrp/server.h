/* A runspace pool, the server's role: what the synthetic engine answers with and what the tests meet. Sans-IO like pool.h.
 * MS-PSRP 3.2. */
#ifndef PSRP_SERVER_H
#define PSRP_SERVER_H

#include "psrp/event.h"

enum psrp_server_event_type {
    PSRP_SERVER_OPEN,        /* a valid SESSION_CAPABILITY and INIT_RUNSPACEPOOL came; answer with psrp_server_accept */
    PSRP_SERVER_PIPELINE,    /* CREATE_PIPELINE: @pipeline_id, @script (the first command's text), @value the whole message */
    PSRP_SERVER_INPUT,       /* @pipeline_id, @value */
    PSRP_SERVER_INPUT_END,   /* @pipeline_id; also comes at once where NoInput was said */
    PSRP_SERVER_HOST_RESPONSE, /* @pipeline_id (zero: the pool's), @value */
    PSRP_SERVER_OTHER,       /* a known message that has no meaning here: @message_type, @value */
};

struct psrp_server_event {
    enum psrp_server_event_type type;
    uint32_t message_type;
    struct icm_guid pipeline_id;
    struct icm_slice script;
    const struct psrp_value *value; /* in @arena; NULL where there is none */
    struct icm_arena arena;
};
void psrp_server_event_reset(struct psrp_server_event *e);

struct psrp_server;
enum icm_code psrp_server_new(struct psrp_server **out, struct icm_error *err);
void psrp_server_free(struct psrp_server *s);

/** Fragments from the client: @pipeline_id NULL for the pool. ICM_SYNTAX, ICM_STATE and ICM_LIMIT close the pool: what a real server does
 *  where it does not merely drop the message. */
enum icm_code psrp_server_feed(struct psrp_server *s, const struct icm_guid *pipeline_id, struct icm_slice fragments,
                               struct icm_error *err);

/** The same for the stream on which answers to host calls come (WS-Man "pr", out-of-process "PromptResponse"). */
enum icm_code psrp_server_feed_responses(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         struct icm_slice fragments, struct icm_error *err);

/** Decode one message and say what it means; @out is made fresh and becomes the caller's to reset. ICM_AGAIN: nothing is left. Other
 *  codes: as psrp_server_feed. */
enum icm_code psrp_server_next_event(struct psrp_server *s, struct psrp_server_event *out, struct icm_error *err);

/** Answer PSRP_SERVER_OPEN: SESSION_CAPABILITY, APPLICATION_PRIVATE_DATA, RUNSPACEPOOL_STATE Opened. */
enum icm_code psrp_server_accept(struct psrp_server *s, struct icm_error *err);

/** Send a message of @type with @value (NULL: no payload) to a pipeline, or to the pool (@pipeline_id NULL). */
enum icm_code psrp_server_send(struct psrp_server *s, const struct icm_guid *pipeline_id, uint32_t type,
                               const struct psrp_value *value, struct icm_error *err);

/** An ERROR_RECORD's value for @message, with @id as FullyQualifiedErrorId and @category (11 is NotImplemented, 0 NotSpecified …) */
struct psrp_value *psrp_server_error_record(struct icm_arena *a, struct icm_slice message, const char *id,
                                            int32_t category);

/** PIPELINE_STATE; @reason an ErrorRecord or NULL. A pipeline that ended is forgotten; late data for it is dropped. */
enum icm_code psrp_server_pipeline_state(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         enum psrp_pipeline_state state, const struct psrp_value *reason,
                                         struct icm_error *err);

/** RUNSPACEPOOL_STATE. */
enum icm_code psrp_server_pool_state(struct psrp_server *s, enum psrp_pool_state state, struct icm_error *err);

/** Take fragments to send, @room bytes at most, all of one target, in the order in which they were queued; @target is that
 *  target (zero: the pool). ICM_AGAIN: nothing waits. */
enum icm_code psrp_server_pull(struct psrp_server *s, size_t room, struct icm_guid *target, struct icm_buf *out,
                               struct icm_error *err);

/** Bytes queued and not pulled. */
size_t psrp_server_waiting(const struct psrp_server *s);

#endif
