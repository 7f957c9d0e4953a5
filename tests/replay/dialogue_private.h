/* What the dialogue's files share. */
#ifndef TESTS_REPLAY_DIALOGUE_PRIVATE_H
#define TESTS_REPLAY_DIALOGUE_PRIVATE_H

#include "tests/replay/dialogue.h"

/* a live request that no step stands for, and that is not answered yet */
struct replay_waiting {
    struct replay_waiting *next;
    uint64_t live;
    size_t target;
    enum replay_operation operation;
    struct icm_buf message_id;
};
void replay_waiting_free(struct replay_waiting *w);

/** More was sent to a target: fragments, which are joined, or bytes. */
enum icm_code replay_sent_feed(struct replay_sent *s, bool is_powershell, struct icm_slice payload,
                               struct icm_error *err);

#endif
