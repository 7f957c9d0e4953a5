/* WAITS: standard input, read piece by piece while it is wanted. */
#ifndef CLI_INPUT_STDIN_H
#define CLI_INPUT_STDIN_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdbool.h>

struct uv_loop_s;
struct cli_stdin;

/** Who wants it. None of them may free it. */
struct cli_stdin_sink {
    enum icm_code (*take)(void *context, struct icm_slice bytes, struct icm_error *err);
    enum icm_code (*finish)(void *context, struct icm_error *err);     /* it has ended */
    void (*failed)(void *context, const struct icm_error *why);        /* once: why reading ended early */
};

/** Nothing is read before it is wanted. */
enum icm_code cli_stdin_new(struct cli_stdin **out, struct uv_loop_s *loop, const struct cli_stdin_sink *sink,
                            void *context, struct icm_error *err);
void cli_stdin_free(struct cli_stdin *s); /* the loop has to run once more; NULL is fine */

/** Read on, or pause. */
void cli_stdin_want(struct cli_stdin *s, bool wanted);

#endif
