/* WAITS: a client that does what a recorded one did: it reads the recording's requests, and makes ours do the same
 * against the replay of its answers. What no call of ours makes is sent as it was recorded. */
#ifndef TESTS_REPLAY_DRIVER_H
#define TESTS_REPLAY_DRIVER_H

#include "tests/replay/capture.h"

struct replay_run_options {
    size_t piece, piece_max; /* replay_server_options */
    size_t cut_at;
    bool packs, twists;
    uint32_t patience_ms; /* with nothing new for twice so long the run is over: it is stuck */
};

/* What came of it. */
struct replay_outcome {
    struct icm_buf told; /* what was asked and what came, a line each, by target; the same in each run */
    struct icm_buf
        complaints; /* what may not be: requests that are not as recorded, output that was lost, errors of ours */
    struct icm_buf extras; /* requests that the recording does not have */
    size_t requests, outputs;
};

/** Play @capture, alone on a loop of its own. */
enum icm_code replay_run(struct replay_outcome *out, const struct replay_capture *capture,
                         const struct replay_run_options *options, struct icm_error *err);
void replay_outcome_reset(struct replay_outcome *o);

#endif
