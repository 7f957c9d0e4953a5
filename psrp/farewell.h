/* Transports whose session is gone and that still say good-bye: a shell on the peer is deleted behind its session's
 * back, so that no quota is used up by what failed. drive.c's. */
#ifndef PSRP_FAREWELL_H
#define PSRP_FAREWELL_H

#include "psrp/transport.h"

struct uv_loop_s;

struct psrp_farewells {
    struct uv_loop_s *loop;
    struct psrp_farewell *first;
    bool is_waiting; /* psrp_farewells_run runs the loop */
};

/** Close @transport, which becomes the farewells', and forget it when it has said so. */
void psrp_farewells_say(struct psrp_farewells *all, struct psrp_transport *transport);

/** Free those that have been said. */
void psrp_farewells_drop_said(struct psrp_farewells *all);

/** Run the loop until all have been said, for at most @time_ms; the rest is dropped. */
void psrp_farewells_run(struct psrp_farewells *all, uint32_t time_ms);

#endif
