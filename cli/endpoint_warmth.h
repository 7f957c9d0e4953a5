/* A throw-away session that a spare engine runs before its first shell: the engine compiles what every session needs, so that the
 * real one opens in tens of milliseconds (engine.md 1, 5). Without I/O. */
#ifndef CLI_ENDPOINT_WARMTH_H
#define CLI_ENDPOINT_WARMTH_H

#include "base/buf.h"

struct endpoint_warmth;
enum icm_code endpoint_warmth_new(struct endpoint_warmth **out, struct icm_error *err);
void endpoint_warmth_free(struct endpoint_warmth *w);

/** Bytes from the engine. A failure: the engine does not do what it should. */
enum icm_code endpoint_warmth_feed(struct endpoint_warmth *w, struct icm_slice bytes, struct icm_error *err);

/** Bytes to write to the engine; who writes them takes them out. */
struct icm_buf *endpoint_warmth_out(struct endpoint_warmth *w);

/** Whether the session is closed again: the engine is ready for another. */
bool endpoint_warmth_is_done(const struct endpoint_warmth *w);

#endif
