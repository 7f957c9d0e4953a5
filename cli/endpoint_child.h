/* WAITS: one child process with its three pipes: written to, read from, its last words kept, ended by its id. */
#ifndef CLI_ENDPOINT_CHILD_H
#define CLI_ENDPOINT_CHILD_H

#include "base/buf.h"

struct uv_loop_s;
struct endpoint_child;

struct endpoint_child_sink {
    void (*output)(void *up, struct icm_slice bytes);
    void (*ended)(void *up, const char *why); /* it is gone, or will say nothing more; comes once at the most */
};

/** Start @words (NULL-ended, the first looked for on PATH) in an environment without secrets. ICM_IO: it cannot be started. */
enum icm_code endpoint_child_start(struct endpoint_child **out, struct uv_loop_s *loop, char *const *words,
                                   const struct endpoint_child_sink *sink, void *up, struct icm_error *err);

int endpoint_child_pid(const struct endpoint_child *c);

/** Write @bytes to its standard input; they become the child's. */
void endpoint_child_write(struct endpoint_child *c, struct icm_buf *bytes);

/** Read no more of its output, or again. */
void endpoint_child_pause(struct endpoint_child *c, bool is_paused);

/** Close its standard input, which ends an engine; kill it by its id where it does not go. It is freed when it has gone; its sink
 *  hears nothing more. */
void endpoint_child_end(struct endpoint_child *c);

#endif
