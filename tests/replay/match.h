/* A live request beside a recorded one, by meaning; and in one line, for people. */
#ifndef TESTS_REPLAY_MATCH_H
#define TESTS_REPLAY_MATCH_H

#include "psrp/value.h"
#include "tests/replay/substitute.h"

/** Append a line to @out for each element or attribute that differs and may not: "- path = value" where only the
 * recorded request has it, "+ path = value" where only the live one does. What two clients may do differently is the
 * table in match.c. */
void replay_match(const struct replay_request *recorded, const struct replay_request *live,
                  const struct replay_ids *ids, struct icm_buf *out);

/** Likewise for two messages of a client (whole ones): destination, type and what they say. */
void replay_match_messages(struct icm_slice recorded, struct icm_slice live, struct icm_buf *out);

/** Visit each SecureString in @value; @depth is 0. */
void replay_each_secret(struct psrp_value *value, void (*visit)(void *context, struct psrp_value *secret),
                        void *context, unsigned depth);

/** Append "Signal shell/signal/terminate", "Create stdin pr > stdout protocolversion=2.3!", without an end of line:
 * what it asks for, without ids, addresses and times. */
void replay_tell(const struct replay_request *r, struct icm_buf *out);

#endif
