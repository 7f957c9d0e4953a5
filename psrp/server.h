/* A runspace pool, the server's role: what the synthetic engine answers with and what the tests meet. Sans-IO like
 * pool.h. MS-PSRP 3.2. */
#ifndef PSRP_SERVER_H
#define PSRP_SERVER_H

#include "psrp/pipeline.h"

enum psrp_server_event_type {
    PSRP_SERVER_OPEN,    /* INIT_RUNSPACEPOOL behind a valid SESSION_CAPABILITY: @opening; answer: psrp_server_accept */
    PSRP_SERVER_CONNECT, /* CONNECT_RUNSPACEPOOL for the pool that its client left; answer: psrp_server_accept */
    PSRP_SERVER_PIPELINE,      /* CREATE_PIPELINE: @pipeline_id, @creation, @script (the first command's text) */
    PSRP_SERVER_METADATA,      /* GET_COMMAND_METADATA: @pipeline_id, @query; its output is wanted, then its state */
    PSRP_SERVER_INPUT,         /* @pipeline_id, @value */
    PSRP_SERVER_INPUT_END,     /* @pipeline_id; also comes at once where NoInput was said */
    PSRP_SERVER_HOST_RESPONSE, /* to a call that was made: @pipeline_id (zero: the pool's), @response */
    PSRP_SERVER_RUNSPACES, /* the client has set how many there may be; it has been answered: @opening's two numbers */
    PSRP_SERVER_RESET,     /* RESET_RUNSPACE_STATE, and nothing runs: answer with psrp_server_answer_reset, @call_id */
    PSRP_SERVER_KEY,       /* the session key is agreed: what gave ICM_AGAIN for the want of it can be sent now */
};

/** What INIT_RUNSPACEPOOL says, MS-PSRP 2.2.2.2. */
struct psrp_opening {
    int32_t min_runspaces, max_runspaces;
    int32_t thread_options;  /* Default 0, UseNewThread 1, ReuseThread 2, UseCurrentThread 3 */
    int32_t apartment_state; /* STA 0, MTA 1, Unknown 2 */
    struct psrp_host_info host;
    const struct psrp_value *application_arguments; /* a dictionary; NULL: none */
};

/** One event. What its structs point to lies in @arena. */
struct psrp_server_event {
    enum psrp_server_event_type type;
    uint32_t message_type;
    struct icm_guid pipeline_id;
    struct icm_slice script;
    struct psrp_opening opening;
    struct psrp_creation creation; /* its @host is NULL where the client said none */
    struct psrp_metadata_query query;
    struct psrp_host_response response;
    int64_t call_id;
    const struct psrp_value *value; /* the message's; NULL where there is none */
    struct icm_arena arena;
};
void psrp_server_event_reset(struct psrp_server_event *e);

struct psrp_server;
enum icm_code psrp_server_new(struct psrp_server **out, struct icm_error *err);
void psrp_server_free(struct psrp_server *s);

/** The transport begins a command with this id: what comes for it is no late data of one of the same id that has ended.
 *  Who has no such word of the transport's need not call this. ICM_STATE: there is one of that id. ICM_LIMIT: there are
 *  too many. */
enum icm_code psrp_server_begin(struct psrp_server *s, const struct icm_guid *pipeline_id, struct icm_error *err);

/** Fragments from the client: @pipeline_id NULL for the pool. ICM_SYNTAX, ICM_STATE and ICM_LIMIT: the stream is lost.
 *  What was whole before is still given by psrp_server_next_event, then the same failure, which closes the pool: what a
 *  real server does where it does not merely drop the message. */
enum icm_code psrp_server_feed(struct psrp_server *s, const struct icm_guid *pipeline_id, struct icm_slice fragments,
                               struct icm_error *err);

/** The same for the stream on which answers to host calls come (WS-Man "pr", out-of-process "PromptResponse"). */
enum icm_code psrp_server_feed_responses(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         struct icm_slice fragments, struct icm_error *err);

/** Decode one message and say what it means; @out is made fresh and becomes the caller's to reset. ICM_AGAIN: nothing
 *  is left. Other codes: as psrp_server_feed. */
enum icm_code psrp_server_next_event(struct psrp_server *s, struct psrp_server_event *out, struct icm_error *err);

/** Answer PSRP_SERVER_OPEN: APPLICATION_PRIVATE_DATA, RUNSPACEPOOL_STATE Opened (SESSION_CAPABILITY was answered when
 *  it came). Or PSRP_SERVER_CONNECT: RUNSPACEPOOL_INIT_DATA and APPLICATION_PRIVATE_DATA, which pass what waits for the
 *  client already. */
enum icm_code psrp_server_accept(struct psrp_server *s, struct icm_error *err);

/** The same with private data of the caller's: a dictionary, borrowed. */
enum icm_code psrp_server_accept_with(struct psrp_server *s, const struct psrp_value *private_data,
                                      struct icm_error *err);

/** The transport says that the client has left its pool (WS-Man's Disconnect), which stays as it is: pipelines run on
 *  and what is sent waits. ICM_STATE: it is not open. From then on SESSION_CAPABILITY and CONNECT_RUNSPACEPOOL are
 *  taken, of which a mistake costs the pool nothing; or the same client comes back (Reconnect). */
enum icm_code psrp_server_disconnect(struct psrp_server *s, struct icm_error *err);
enum icm_code psrp_server_reconnect(struct psrp_server *s, struct icm_error *err);

/** Send a message of @type with @value (NULL: no payload) to a pipeline, or to the pool (@pipeline_id NULL). A
 *  SecureString whose text is known is sealed as the agreed version wants it. ICM_AGAIN: it needs a session key, which
 * a client before 2.2 is to send first; it has been asked, and PSRP_SERVER_KEY says when to send this again. Nothing
 * was sent. ICM_STATE: the pipeline has ended. ICM_LIMIT: too many host calls wait for answers. */
enum icm_code psrp_server_send(struct psrp_server *s, const struct icm_guid *pipeline_id, uint32_t type,
                               const struct psrp_value *value, struct icm_error *err);

/** Append the text, in UTF-8, of a SecureString that came from the client. ICM_STATE: there is no session key.
 *  ICM_SYNTAX: it is not sealed with it. */
enum icm_code psrp_server_reveal(const struct psrp_server *s, const struct psrp_value *secure, struct icm_buf *out,
                                 struct icm_error *err);

/** Call the client's host, the pipeline's or the pool's (@pipeline_id NULL), with @parameters (a list, borrowed; NULL:
 *  none). @call_id is what the response will have; NULL: the method gives nothing and no answer comes. Codes as
 *  psrp_server_send. MS-PSRP 2.2.2.15, 2.2.2.27. */
enum icm_code psrp_server_host_call(struct psrp_server *s, const struct icm_guid *pipeline_id, int64_t method,
                                    const struct psrp_value *parameters, int64_t *call_id, struct icm_error *err);

/** USER_EVENT, MS-PSRP 2.2.2.12: what a subscription with -Forward gives, and a debugger's stop. Everything is
 *  borrowed. */
struct psrp_user_event {
    int32_t event_id;
    struct icm_slice source;                               /* SourceIdentifier */
    struct icm_slice time;                                 /* lexical, as a PSRP_DATETIME has it */
    const struct psrp_value *sender, *arguments, *message; /* NULL: null */
    struct icm_guid runspace_id;
};
enum icm_code psrp_server_user_event(struct psrp_server *s, const struct psrp_user_event *event, struct icm_error *err);

/** Answer PSRP_SERVER_RESET. */
enum icm_code psrp_server_answer_reset(struct psrp_server *s, int64_t call_id, bool is_reset, struct icm_error *err);

/** How many runspaces the client wants at least and at most, and how many are at work. */
void psrp_server_runspaces(const struct psrp_server *s, int32_t *min, int32_t *max, int32_t *busy);

/** The version that both ends speak: 2.@minor; -1: none has been agreed. */
int psrp_server_protocol_minor(const struct psrp_server *s);

/** An ERROR_RECORD's value for @message, with @id as FullyQualifiedErrorId and @category (11 is NotImplemented, 0
 *  NotSpecified …) */
struct psrp_value *psrp_server_error_record(struct icm_arena *a, struct icm_slice message, const char *id,
                                            int32_t category);

/** PIPELINE_STATE; @reason an ErrorRecord or NULL. A pipeline that ended is forgotten; late data for it is dropped. */
enum icm_code psrp_server_pipeline_state(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         enum psrp_pipeline_state state, const struct psrp_value *reason,
                                         struct icm_error *err);

/** RUNSPACEPOOL_STATE. */
enum icm_code psrp_server_pool_state(struct psrp_server *s, enum psrp_pool_state state, struct icm_error *err);

/** RUNSPACEPOOL_STATE Broken, with an ErrorRecord as its reason, or NULL. */
enum icm_code psrp_server_break(struct psrp_server *s, const struct psrp_value *reason, struct icm_error *err);

/** The transport closes the pool in order: Closing and Closed are sent where it was open; nothing is heard any more. */
enum icm_code psrp_server_close(struct psrp_server *s, struct icm_error *err);

/** Take fragments to send, @room bytes at most, all of one target, in the order in which they were queued; @target is
 *  that target (zero: the pool). ICM_AGAIN: nothing waits. */
enum icm_code psrp_server_pull(struct psrp_server *s, size_t room, struct icm_guid *target, struct icm_buf *out,
                               struct icm_error *err);

/** Bytes queued and not pulled. */
size_t psrp_server_waiting(const struct psrp_server *s);

#endif
