/* WAITS: a recorded client, played to an endpoint: its requests as they are, but for ids and address, in the order and
 * with the overlaps of the recording, on the connections that it took. */
#ifndef TESTS_REPLAY_PLAYER_H
#define TESTS_REPLAY_PLAYER_H

#include "tests/replay/capture.h"

struct replay_player_options {
    uint16_t port; /* of the loopback, plain HTTP */
    const char *user, *password;
};

/* What came of it. */
struct replay_played {
    size_t requests, accepted;
    struct icm_buf complaints; /* a line each */
};

/** Play @capture. A failure is one of the machine, not of the endpoint. */
enum icm_code replay_play(struct replay_played *out, const struct replay_capture *capture,
                          const struct replay_player_options *options, struct icm_error *err);
void replay_played_reset(struct replay_played *p);

#endif
