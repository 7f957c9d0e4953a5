/* Shells and the engines behind them: what the WS-Man service asks for is done by an engine's session, what the engine says becomes
 * output. shared/protocol/engine.md 6. */
#ifndef CLI_ENDPOINT_SHELLS_H
#define CLI_ENDPOINT_SHELLS_H

#include "cli/endpoint_engine.h"
#include "cli/endpoint_fault_plan.h"
#include "cli/endpoint_http.h"
#include "wsman/service.h"

struct endpoint_shells;

/** @engine and @plan (NULL: no faults) are borrowed. */
enum icm_code endpoint_shells_new(struct endpoint_shells **out, struct uv_loop_s *loop,
                                  const struct wsman_service_options *service, struct endpoint_engine *engine,
                                  struct endpoint_fault_plan *plan, struct icm_error *err);

/** Where requests come from and answers go. */
extern const struct endpoint_http_sink endpoint_shells_sink; /* its up is the struct endpoint_shells */
void endpoint_shells_serve(struct endpoint_shells *s, struct endpoint_http *http);

/** Close every shell's session; requests get no answers any more. */
void endpoint_shells_close(struct endpoint_shells *s);

/** "Create 1, Receive 2": what was asked for so far. */
void endpoint_shells_write_counts(const struct endpoint_shells *s, struct icm_buf *out);

void endpoint_shells_free(struct endpoint_shells *s); /* after endpoint_shells_close, and when the loop has run out */

#endif
