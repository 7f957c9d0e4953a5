/* What the files server*.c and serve.c share. Not for others. */
#ifndef PSRP_SERVER_PRIVATE_H
#define PSRP_SERVER_PRIVATE_H

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message_table.h"
#include "psrp/pool.h"
#include "psrp/secret.h"

enum {
    PSRP_SERVER_PIPELINES_MAX = 1000, /* at once; a real server allows 50 to 2,147,483,647 by its configuration */
    PSRP_SERVER_FORGOTTEN = 64,       /* ended pipelines whose late data is known for what it is */
    PSRP_SERVER_CALLS_MAX = 1000,     /* host calls that wait for their answers */
};

struct psrp_server_pipeline {
    struct psrp_server_pipeline *next;
    struct icm_guid id;
    enum psrp_pipeline_state state; /* NotStarted until CREATE_PIPELINE has come */
    bool has_open_input;
    bool owes_input_end; /* NoInput was said, and the event that says so is due */
    int64_t last_call_id;
    struct psrp_defragmenter *in[PSRP_STREAM_COUNT];
};

/* whole and not decoded yet */
struct psrp_server_message {
    struct psrp_server_message *next;
    struct icm_guid target;
    enum psrp_stream stream;
    struct icm_buf bytes;
};

/* a host call whose answer is due */
struct psrp_server_call {
    struct psrp_server_call *next;
    struct icm_guid target;
    int64_t call_id, method;
};

/* messages that follow one another to the same target */
struct psrp_server_batch {
    struct psrp_server_batch *next;
    struct icm_guid target;
    bool is_negotiation; /* with a client that connects: in front of all others */
    struct psrp_fragmenter *messages;
};

struct psrp_server {
    struct icm_guid pool_id; /* the client's; zero until it has said it */
    enum psrp_pool_state state;
    bool is_left; /* its client has gone: @state is a new one's negotiation's, and the pool is open all the same */
    int answered_minor; /* the protocol version that we answer: 2.@answered_minor; -1: none yet */
    int opened_minor;   /* by the client that opened the pool */
    int32_t min_runspaces, max_runspaces;
    struct psrp_secret *secret;
    bool has_asked_for_key;
    struct psrp_server_call *calls;
    size_t call_count;
    int64_t last_call_id;  /* of the pool's own host */
    struct icm_error lost; /* a stream broke: to be told once what came before it is decoded. ICM_OK: none */
    struct psrp_defragmenter *in[PSRP_STREAM_COUNT];
    struct psrp_server_pipeline *pipelines;
    size_t pipeline_count;
    struct icm_guid forgotten[PSRP_SERVER_FORGOTTEN]; /* a ring */
    size_t forgotten_count;
    struct psrp_server_message *first, **end_of_messages;
    struct psrp_server_batch *batches, *last_batch;
    size_t waiting;
    uint64_t next_object_id;
    struct psrp_clixml_reader *reader;
};

/* ---- server.c ---- */

enum icm_code psrp_server_new_streams(struct psrp_defragmenter *in[PSRP_STREAM_COUNT], struct icm_error *err);
struct psrp_server_message *psrp_server_take_message(struct psrp_server *s); /* NULL: none waits */
void psrp_server_message_free(struct psrp_server_message *m);
bool psrp_server_has_forgotten(const struct psrp_server *s, const struct icm_guid *pipeline_id);
enum icm_code psrp_server_find_or_add(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                      struct psrp_server_pipeline **out, struct icm_error *err);
struct psrp_server_pipeline **psrp_server_find(struct psrp_server *s, const struct icm_guid *pipeline_id);
void psrp_server_forget(struct psrp_server *s, struct psrp_server_pipeline **link);
void psrp_server_drop_batch(struct psrp_server *s);
void psrp_server_drop_negotiation(struct psrp_server *s); /* what a client that is sent away was to be told */

/** How many pipelines run; each has a runspace, as long as there are any. */
int32_t psrp_server_busy(const struct psrp_server *s);

/* ---- server_send.c, server_calls.c, server_states.c ---- */

enum icm_code psrp_server_send_message(struct psrp_server *s, const struct psrp_message *header,
                                       const struct psrp_value *value, struct icm_error *err);

/** Remember a host call that is about to be sent. */
enum icm_code psrp_server_note_call(struct psrp_server *s, const struct icm_guid *target,
                                    const struct psrp_value *value, struct icm_error *err);

/** Take the call that @response answers out of those that wait. ICM_AGAIN: none does, it is late. ICM_SYNTAX: it is of
 *  another method. */
enum icm_code psrp_server_take_call(struct psrp_server *s, const struct icm_guid *target,
                                    const struct psrp_host_response *response, struct icm_error *err);
void psrp_server_drop_calls(struct psrp_server *s, const struct icm_guid *target); /* NULL: all */

/** SESSION_CAPABILITY and ENCRYPTED_SESSION_KEY; they carry no pool id, as a real server's do not. */
enum icm_code psrp_server_send_capability(struct psrp_server *s, struct icm_error *err);
enum icm_code psrp_server_send_session_key(struct psrp_server *s, struct icm_slice text, struct icm_error *err);

/** RUNSPACE_AVAILABILITY: a number, or whether something was done. */
enum icm_code psrp_server_send_availability(struct psrp_server *s, int64_t call_id, const struct psrp_value *answer,
                                            struct icm_error *err);

/* ---- the messages that say much: server_read.c ---- */

enum icm_code psrp_server_read_opening(const struct psrp_value *value, struct psrp_opening *out, struct icm_error *err);
enum icm_code psrp_server_read_creation(const struct psrp_value *value, struct icm_arena *a, struct psrp_creation *out,
                                        struct icm_error *err);
enum icm_code psrp_server_read_query(const struct psrp_value *value, struct icm_arena *a,
                                     struct psrp_metadata_query *out, struct icm_error *err);

#endif
