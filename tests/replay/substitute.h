/* Puts the ids of a live client in the place of the recorded client's, in a recorded answer: its message id, its shell
 * and command ids, and in the fragments inside base64 its pool and pipeline ids, in whatever byte order they are
 * written. captures/README.md, "What must be substituted". */
#ifndef TESTS_REPLAY_SUBSTITUTE_H
#define TESTS_REPLAY_SUBSTITUTE_H

#include "psrp/secret.h"
#include "tests/replay/request.h"

struct replay_text_pair {
    char *recorded, *live;
};
struct replay_id_pair {
    uint8_t recorded[16], live[16];
};

/* A zeroed one is empty. */
struct replay_ids {
    struct replay_text_pair *texts; /* shell and command ids that clients chose */
    size_t text_count;
    struct replay_id_pair *ids; /* as they lie in messages */
    size_t id_count;
    struct psrp_secret *secret; /* ours, once the live client has sent its public key; NULL before */
    struct icm_buf session_key; /* the text of ENCRYPTED_SESSION_KEY for it */
    bool is_short_of_memory;
};
void replay_ids_reset(struct replay_ids *ids);

/** A client that was recorded chose @recorded where the live one chose @live. An empty one is passed over. */
void replay_ids_add_text(struct replay_ids *ids, struct icm_slice recorded, struct icm_slice live);

/** The first message of each (fragments: 40 bytes of a message in the first) gives the pool's and the pipeline's bytes.
 */
void replay_ids_add_payload(struct replay_ids *ids, struct icm_slice recorded, struct icm_slice live);

/** What the live client says for the recorded text @id, or @id itself. */
struct icm_slice replay_ids_live(const struct replay_ids *ids, struct icm_slice id);

/** A live client's PUBLIC_KEY in @payload (fragments) is answered by a session key of ours from now on. */
void replay_ids_learn_key(struct replay_ids *ids, struct icm_slice payload);

/** Append @answer with the live ids; @message_id is that of the live request. */
void replay_substitute(const struct replay_ids *ids, struct icm_slice answer, struct icm_slice message_id,
                       struct icm_buf *out);

/** Visit each message that begins in @fragments (which may end inside one): its type, and its header's 40 bytes. */
void replay_each_message(struct icm_slice fragments,
                         void (*visit)(void *context, uint32_t type, const uint8_t *message, size_t size),
                         void *context);

#endif
