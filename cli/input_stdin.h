/* WAITS: standard input, read piece by piece into input objects while they are wanted. */
#ifndef CLI_INPUT_STDIN_H
#define CLI_INPUT_STDIN_H

#include "cli/input.h"

struct uv_loop_s;
struct cli_stdin;

/** @failed is told once why reading ended early; it may not free. Nothing is read before it is wanted. */
enum icm_code cli_stdin_new(struct cli_stdin **out, struct uv_loop_s *loop, struct cli_input *input,
                            void (*failed)(void *context, const struct icm_error *why), void *context,
                            struct icm_error *err);
void cli_stdin_free(struct cli_stdin *s); /* the loop has to run once more; NULL is fine */

/** Read on, or pause. */
void cli_stdin_want(struct cli_stdin *s, bool wanted);

#endif
