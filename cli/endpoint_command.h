/* Which engine it is, and the command that starts it. */
#ifndef CLI_ENDPOINT_COMMAND_H
#define CLI_ENDPOINT_COMMAND_H

#include "base/buf.h"

enum endpoint_engine_kind { ENDPOINT_ENGINE_AUTO, ENDPOINT_ENGINE_PWSH, ENDPOINT_ENGINE_SYNTHETIC };

enum { ENDPOINT_WORDS_MAX = 64 };

/** A command's words. Zeroed it is empty, which stands for the built-in engine. */
struct endpoint_command {
    char *words[ENDPOINT_WORDS_MAX + 1]; /* NULL-ended */
    size_t count;
};
void endpoint_command_reset(struct endpoint_command *c);

/** Split @text as a shell splits words: blanks part them; quotes and backslashes keep blanks, and mean nothing else. ICM_USAGE: an
 *  open quote, no word, more than ENDPOINT_WORDS_MAX. */
enum icm_code endpoint_command_split(struct endpoint_command *out, const char *text, struct icm_error *err);

/** The command for @kind: @given where it is not NULL, else the first of `pwsh -NoProfile -s` (on @path), `icm-engine-host -s`
 *  (in @own_folder, in engine/ below it, on @path) that is there; else none, for ENDPOINT_ENGINE_AUTO. ICM_USAGE: the kind needs one
 *  and there is none. */
enum icm_code endpoint_command_choose(struct endpoint_command *out, enum endpoint_engine_kind kind, const char *given,
                                      const char *own_folder, const char *path, struct icm_error *err);

/** The words joined by blanks, for the log. */
void endpoint_command_write(const struct endpoint_command *c, struct icm_buf *out);

#endif
