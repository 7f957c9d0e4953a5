/* What server.c and serve.c share. Not for others. */
#ifndef PSRP_SERVER_PRIVATE_H
#define PSRP_SERVER_PRIVATE_H

#include "psrp/defragmenter.h"
#include "psrp/fragmenter.h"
#include "psrp/message_table.h"
#include "psrp/pool.h"

enum {
    PSRP_SERVER_PIPELINES_MAX = 1000, /* at once; a real server allows 50 to 2,147,483,647 by its configuration */
    PSRP_SERVER_FORGOTTEN = 64,       /* ended pipelines whose late data is known for what it is */
};

struct psrp_server_pipeline {
    struct psrp_server_pipeline *next;
    struct icm_guid id;
    enum psrp_pipeline_state state; /* NotStarted until CREATE_PIPELINE has come */
    bool has_open_input;
    bool owes_input_end; /* NoInput was said, and the event that says so is due */
    struct psrp_defragmenter *in[PSRP_STREAM_COUNT];
};

/* whole and not decoded yet */
struct psrp_server_message {
    struct psrp_server_message *next;
    struct icm_guid target;
    struct icm_buf bytes;
};

/* messages that follow one another to the same target */
struct psrp_server_batch {
    struct psrp_server_batch *next;
    struct icm_guid target;
    struct psrp_fragmenter *messages;
};

struct psrp_server {
    struct icm_guid pool_id; /* the client's; zero until it has said it */
    enum psrp_pool_state state;
    int answered_minor;      /* the protocol version that we answer: 2.@answered_minor */
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

/** SESSION_CAPABILITY as our answer; it carries no pool id, as a real server's does not. */
enum icm_code psrp_server_send_capability(struct psrp_server *s, struct icm_error *err);

#endif
