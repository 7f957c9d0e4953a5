/* WAITS: a relay in front of an HTTP server that hands its answers on piece by piece, so that their reader meets every
 * boundary that TCP may put anywhere. */
#ifndef TESTS_REPLAY_RELAY_H
#define TESTS_REPLAY_RELAY_H

#include "base/buf.h"
#include "base/error.h"

struct uv_loop_s;
struct replay_relay;

/** Listen on the loopback's @port (0: a free one) for the server at *@url, which becomes the relay's own. @piece: bytes
 * of a piece, for the first @piece_max bytes of each answer (0: all); what is behind goes in pieces of about a
 * thousand. */
enum icm_code replay_relay_new(struct replay_relay **out, struct uv_loop_s *loop, struct icm_buf *url, uint16_t port,
                               size_t piece, size_t piece_max, struct icm_error *err);
void replay_relay_free(struct replay_relay *r); /* NULL is fine; the loop has to run on until its handles are gone */

#endif
