/* A runspace pool, the client's role: states, negotiation, and the pipelines in it. It owns no socket, clock or thread:
 * bytes of fragments go in and come out per target (the pool, or one pipeline) and stream. MS-PSRP 3.1. */
#ifndef PSRP_POOL_H
#define PSRP_POOL_H

#include "psrp/clixml.h"
#include "psrp/event.h"
#include "psrp/pipeline.h"

enum psrp_stream {
    PSRP_STREAM_INPUT,           /* WS-Man "stdin", out-of-process "Default" */
    PSRP_STREAM_PROMPT_RESPONSE, /* "pr", "PromptResponse": answers to host calls; never waits behind input */
    PSRP_STREAM_COUNT
};

struct psrp_pool_options {
    struct icm_guid pool_id;                        /* zero: a random one */
    int32_t min_runspaces, max_runspaces;           /* 0: 1 */
    const struct psrp_value *application_arguments; /* a dictionary, borrowed for the call; NULL: none */
    const char *protocol_version; /* announced; NULL: "2.3". 2.4 has no session key: it becomes 2.3 unless @is_encrypted
                                     (engine.md 3) */
    bool is_encrypted;            /* the transport hides what it carries: TLS, sealed messages, SSH, a pipe */
    int32_t thread_options;       /* Default 0, UseNewThread 1, ReuseThread 2, UseCurrentThread 3 */
    int32_t apartment_state;      /* PSRP_APARTMENT_*: Unknown where in doubt */
    const struct psrp_host_info *host; /* NULL: none; calls are then answered by the pool. Borrowed for the call */
    bool wants_events; /* USER_EVENT comes when it likes: a transport that has to ask listens for it while the pool is open */
    size_t message_max;                /* bytes of one received message; 0: PSRP_MESSAGE_MAX */
    uint64_t pipeline_max;             /* bytes received for one pipeline, over which it fails; 0: no limit */
    struct psrp_clixml_reader *reader; /* borrowed: one (25 KB) serves all pools of a thread. NULL: the pool makes its own */
    void (*on_message)(void *context, bool sent, struct icm_slice message); /* the wire log's eye; may be NULL */
    void *on_message_context;
};

struct psrp_pool;
enum icm_code psrp_pool_new(struct psrp_pool **out, const struct psrp_pool_options *options, struct icm_error *err);
void psrp_pool_free(struct psrp_pool *p); /* its pipelines too; NULL is fine */

const struct icm_guid *psrp_pool_id(const struct psrp_pool *p);
enum psrp_pool_state psrp_pool_state(const struct psrp_pool *p);

/** Queue SESSION_CAPABILITY and INIT_RUNSPACEPOOL: BeforeOpen -> NegotiationSent. ICM_STATE: not the first time, or
 * after connect. */
enum icm_code psrp_pool_open(struct psrp_pool *p, struct icm_error *err);

/** In place of open: SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL, for a pool that is somebody's already, with the id
 * and (where they were given) the numbers of runspaces of the options; RUNSPACEPOOL_INIT_DATA is the answer, which
 * opens the pool. ICM_UNSUPPORTED: we announce less than 2.2. A server of less than that breaks the pool. */
enum icm_code psrp_pool_connect(struct psrp_pool *p, struct icm_error *err);

/** The client wants to leave the server's pool: no pipeline can be begun from now on, until the transport says how it went.
 * ICM_STATE: not Opened. ICM_UNSUPPORTED: the server speaks less than 2.2. MS-PSRP 3.1.4.8 */
enum icm_code psrp_pool_leave(struct psrp_pool *p, struct icm_error *err);

/** The transport has left the pool, whether we wanted it or not, or (@why, where it failed; else NULL) has not got back.
 * Events say so: each running pipeline's state Disconnected, then the pool's, with @why as its warning. */
void psrp_pool_left(struct psrp_pool *p, const struct icm_error *why);

/** It is back, or (@why) leaving failed: the pipelines run again, and the pool is Opened. */
void psrp_pool_rejoined(struct psrp_pool *p, const struct icm_error *why);

/** Ask for a number of runspaces, for how many are free, or for a fresh state (2.3 or later, ICM_UNSUPPORTED). @call_id
 * is what PSRP_EVENT_AVAILABILITY will have (NULL: nobody wants to know). ICM_STATE: not Opened. ICM_USAGE: a number
 * under 1, a maximum under the minimum. MS-PSRP 2.2.2.6, 2.2.2.7, 2.2.2.11, 2.2.2.31 */
enum icm_code psrp_pool_set_max_runspaces(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err);
enum icm_code psrp_pool_set_min_runspaces(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err);
enum icm_code psrp_pool_get_available(struct psrp_pool *p, int64_t *call_id, struct icm_error *err);
enum icm_code psrp_pool_reset_runspace(struct psrp_pool *p, int64_t *call_id, struct icm_error *err);

/** Answer a host call, @event being its event, with @result (borrowed for the call; NULL: nothing) or a refusal in the
 * words @why (NULL: a result). A call that wants no answer, or whose pipeline has ended meanwhile, is passed over. */
enum icm_code psrp_pool_answer(struct psrp_pool *p, const struct psrp_event *event, const struct psrp_value *result,
                               const char *why, struct icm_error *err);

/** The session key (MS-PSRP 3.1.1.1.3) is asked for when the first message with a SecureString in it is to be sent,
 * when psrp_pool_reveal needs it, and when the server wants it. Until it comes such messages wait, and those behind
 * them on their streams. Whether it is due. */
bool psrp_pool_is_key_due(const struct psrp_pool *p);

/** It does not come, says the caller's clock: what waits for it fails with @why, and so does what would need it later.
 */
void psrp_pool_give_up_key(struct psrp_pool *p, const struct icm_error *why);

/** Whether the server owes the pool itself a message: a state, an answer, a key. A transport that has to ask for
 * messages asks for the pool's as long as this is so. */
bool psrp_pool_expects_message(const struct psrp_pool *p);

/** Append the text of a SecureString that came from the server, in UTF-8. ICM_AGAIN: the session key is not there yet;
 * PUBLIC_KEY has been queued, and PSRP_EVENT_KEY will say when to call again. Nothing else ever opens one. */
enum icm_code psrp_pool_reveal(struct psrp_pool *p, const struct psrp_value *secure, struct icm_buf *out,
                               struct icm_error *err);

/** Append whole fragments for a target and stream, as many as fit in @room bytes (each at least PSRP_FRAGMENT_MIN; the
 * last may be cut to fill the room). @pipeline NULL: the pool's own. ICM_AGAIN: nothing waits. */
enum icm_code psrp_pool_pull(struct psrp_pool *p, struct psrp_pipeline *pipeline, enum psrp_stream stream, size_t room,
                             struct icm_buf *out, struct icm_error *err);

/** Bytes that wait for a target and stream, those that psrp_pool_pull does not give yet for want of the session key
 * included. */
size_t psrp_pool_waiting(const struct psrp_pool *p, const struct psrp_pipeline *pipeline, enum psrp_stream stream);

/** Fragments that came in for a target (@pipeline NULL: the pool). They are joined now and decoded by
 * psrp_pool_next_event, so that a caller can ask for more before anything is decoded. A failure breaks the pool (a
 * pool's stream) or fails the pipeline, and comes as its state event: the call itself then gives the code too. */
enum icm_code psrp_pool_feed(struct psrp_pool *p, struct psrp_pipeline *pipeline, struct icm_slice fragments,
                             struct icm_error *err);

/** Decode one message and say what it means. ICM_AGAIN: nothing is left. @out is made fresh and becomes the caller's to
 *  reset. A message that cannot be decoded fails its pipeline, or breaks the pool, and comes as that state event. */
enum icm_code psrp_pool_next_event(struct psrp_pool *p, struct psrp_event *out, struct icm_error *err);

/** Bytes of whole messages received and not yet decoded: what back-pressure looks at. */
size_t psrp_pool_undecoded(const struct psrp_pool *p);

/** The transport broke: the pool becomes Broken, every pipeline that had not ended Failed; events say so with @why. */
void psrp_pool_break(struct psrp_pool *p, const struct icm_error *why);

/** The transport is closed in order: the pool becomes Closed and pipelines that had not ended Stopped; events say so.
 */
void psrp_pool_closed(struct psrp_pool *p);

/** The negotiated protocol version's minor number (major is 2); -1 before SESSION_CAPABILITY came. */
int psrp_pool_protocol_minor(const struct psrp_pool *p);

#endif
