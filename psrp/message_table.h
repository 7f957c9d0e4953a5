/* The table of message types, for the two roles that receive them: pool.c (a client) and server.c. Not for others. */
#ifndef PSRP_MESSAGE_TABLE_H
#define PSRP_MESSAGE_TABLE_H

#include "psrp/event.h"
#include "psrp/message.h"
#include "psrp/server.h"

struct psrp_pool;
struct psrp_message_type;
struct psrp_server_pipeline;

/* A message on its way to a client's handler. */
struct psrp_received {
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline; /* of a pipeline's message; NULL for the pool's */
    const struct psrp_message_type *type;
    const struct psrp_value *value; /* in @event's arena */
    struct psrp_event *event;       /* to be filled in */
};

/* A message on its way to a server's handler. */
struct psrp_served {
    struct psrp_server *server;
    struct psrp_server_pipeline *pipeline;
    const struct psrp_message_type *type;
    const struct psrp_message *message;
    const struct psrp_value *value;
    struct psrp_server_event *event;
};

/* ICM_OK: the event is ready. ICM_AGAIN: the message says nothing to the user. Anything else: it cannot be accepted. */
typedef enum icm_code psrp_receive(struct psrp_received *m, struct icm_error *err);
typedef enum icm_code psrp_serve(struct psrp_served *m, struct icm_error *err);

enum psrp_scope { PSRP_SCOPE_POOL, PSRP_SCOPE_PIPELINE };

/* States are bits, 1 << state: of the pool for its messages, of the pipeline for a pipeline's. */
struct psrp_message_type {
    uint32_t type;
    const char *name;
    enum psrp_scope scope;
    struct { /* where a client receives it; @receive NULL: a server never sends it */
        unsigned allowed;
        psrp_receive *receive;
        enum psrp_event_type event; /* for the handlers that serve several rows */
    } client;
    struct { /* where a server receives it */
        unsigned allowed;
        psrp_serve *serve;
        enum psrp_server_event_type event;
    } server;
    const char *section;
};

extern const struct psrp_message_type psrp_message_types[];
extern const size_t psrp_message_type_count;

/** The row of @type, or NULL. */
const struct psrp_message_type *psrp_message_type_of(uint32_t type);

/** Whether @m comes from a peer that says @pool_id; the three messages of MS-PSRP that real servers send with a zero
 * one are let through with it. */
bool psrp_message_is_from(const struct psrp_message *m, const struct icm_guid *pool_id);

/* The handlers. A client's, in handlers.c and, each beside what it answers, in pool_*.c: */
psrp_receive psrp_receive_capability, psrp_receive_pool_state, psrp_receive_private_data, psrp_receive_init_data,
    psrp_receive_value, psrp_receive_pipeline_state, psrp_receive_host_call, psrp_receive_availability,
    psrp_receive_session_key, psrp_receive_key_request;
/* and a server's, in serve.c: */
psrp_serve psrp_serve_capability, psrp_serve_init, psrp_serve_connect, psrp_serve_public_key, psrp_serve_set_max,
    psrp_serve_set_min, psrp_serve_get_available, psrp_serve_reset, psrp_serve_create_pipeline, psrp_serve_metadata,
    psrp_serve_host_response, psrp_serve_input, psrp_serve_input_end;

#endif
