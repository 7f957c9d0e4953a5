/* What a client has been told on the streams of a shell or a command: how often each message that it waits for, and
 * whether all of it can be read. */
#ifndef TESTS_REPLAY_HEARD_H
#define TESTS_REPLAY_HEARD_H

#include "psrp/defragmenter.h"
#include "tests/replay/request.h"

enum { REPLAY_AWAITED = 9 };

/* A zeroed one has heard nothing. */
struct replay_heard {
    size_t counts[REPLAY_AWAITED];
    struct psrp_defragmenter *joined;
};
void replay_heard_reset(struct replay_heard *h);

/** What @answer says, to a Receive or a Connect. @is_powershell: its streams are fragments. What cannot be read is a
 * line each in
 * @complaints, which may be NULL: then only whole heads are looked at. */
void replay_heard_add(struct replay_heard *h, const struct replay_envelope *answer, bool is_powershell,
                      struct icm_buf *complaints);

/** A message that @recorded has been told more often than @live; NULL: none. */
const char *replay_heard_owed(const struct replay_heard *recorded, const struct replay_heard *live);

/** Whether the command's end was told. */
bool replay_heard_end(const struct replay_heard *h);

#endif
