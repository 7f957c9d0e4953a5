/* WAITS: the transport over a child process's standard input and output: a local engine. */
#ifndef PSRP_OVER_PROCESS_H
#define PSRP_OVER_PROCESS_H

#include "psrp/transport.h"

struct uv_loop_s;

/** Start @words (NULL-ended, the first looked for on PATH; `pwsh -NoProfile -s`), which speaks out-of-process packets, in our environment
 *  and folder. ICM_IO: it cannot be started. */
enum icm_code psrp_over_process_new(struct psrp_transport **out, struct uv_loop_s *loop, char *const *words,
                                    struct icm_error *err);

#endif
