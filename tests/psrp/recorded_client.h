/* The client of a recorded dialogue, played by our pool: each message of theirs is decoded into the call of psrp/pool.h
 * or psrp/pipeline.h that makes it. */
#ifndef TESTS_PSRP_RECORDED_CLIENT_H
#define TESTS_PSRP_RECORDED_CLIENT_H

#include "psrp/pool_private.h"
#include "tests/psrp/recorded.h"

/* a host call that our caller owes an answer to */
struct recorded_call {
    struct recorded_call *next;
    struct psrp_event event;
};

struct recorded_client {
    struct psrp_pool *pool; /* NULL: none was opened yet */
    struct recorded_keys keys;
    struct psrp_secret *secret; /* with the session key of the recording; NULL: it has none */
    struct icm_buf version;     /* of a SESSION_CAPABILITY, until what it opens is known */
    bool has_capability;
    bool has_foreign_version; /* ours refuses to say it, and says its own */
    bool needs_no_key;        /* the recorded client asked for a key in vain */
    struct recorded_call *calls;
};

void recorded_client_init(struct recorded_client *c, const char *name);
void recorded_client_reset(struct recorded_client *c);

/** Say @m, whose decoded payload is @value (NULL: none) and in @a. ICM_AGAIN: ours says nothing, for a reason that is no
 *  mistake of anybody's. Other codes are the call's own. */
enum icm_code recorded_client_say(struct recorded_client *c, const struct psrp_message *m, struct icm_arena *a,
                                  struct psrp_value *value, struct icm_error *err);

/** Keep a PSRP_EVENT_HOST_CALL, which becomes the client's, until the recorded client answers it. */
void recorded_client_keep_call(struct recorded_client *c, struct psrp_event *event);

/** The keys that SecureStrings are under; NULL: they travel as they are. */
const struct psrp_secret *recorded_client_keys(const struct recorded_client *c);

#endif
