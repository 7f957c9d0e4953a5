/* Passwords: from a file, a command, the environment, or the terminal; never from the command line. They live in buffers that wipe
 * themselves, and appear in no error. WAITS: for the command and the terminal, before the loop runs. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "base/buf.h"

enum { CLI_PASSWORD_MAX = 16 * 1024 };

/** Take ICM_PASSWORD out of the environment: its bytes are overwritten where they lie, and no child process gets it. To be called
 *  before anything else. */
enum icm_code cli_password_take_environment(struct icm_buf *out, struct icm_error *err);

/** No core dumps, and no reading of our memory by the user's other processes. */
void cli_password_guard_process(void);

/** Where a password may come from; the first that is not NULL counts, the terminal last. */
struct cli_password_sources {
    const char *user, *file, *command;
    const struct icm_buf *environment; /* what cli_password_take_environment took; empty: nothing */
};

/** The first line, without its end. ICM_USAGE: no source, or one that fails. */
enum icm_code cli_password_get(const struct cli_password_sources *sources, struct icm_buf *out, struct icm_error *err);

#endif
