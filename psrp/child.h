/* WAITS: one child process with its three pipes: written to, read from, its last words kept, ended by its id. */
#ifndef PSRP_CHILD_H
#define PSRP_CHILD_H

#include "base/buf.h"

struct uv_loop_s;
struct psrp_child;

struct psrp_child_sink {
    void (*output)(void *up, struct icm_slice bytes);
    void (*ended)(void *up, const char *why); /* it is gone, or will say nothing more; comes once at the most */
};

/** Start @words (NULL-ended, the first looked for on PATH) with @environment (NULL-ended, copied; NULL: our own). ICM_IO: it cannot be
 *  started. */
enum icm_code psrp_child_start(struct psrp_child **out, struct uv_loop_s *loop, char *const *words,
                               char *const *environment, const struct psrp_child_sink *sink, void *up,
                               struct icm_error *err);

int psrp_child_pid(const struct psrp_child *c);

/** Write @bytes to its standard input; they become the child's. */
void psrp_child_write(struct psrp_child *c, struct icm_buf *bytes);

/** Read no more of its output, or again. */
void psrp_child_pause(struct psrp_child *c, bool is_paused);

/** Close its standard input, which ends an engine; kill it by its id where it does not go. It is freed when it has gone; its sink
 *  hears nothing more. */
void psrp_child_end(struct psrp_child *c);

#endif
