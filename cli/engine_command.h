/* Which engine it is, and the command that starts it. */
#ifndef CLI_ENGINE_COMMAND_H
#define CLI_ENGINE_COMMAND_H

#include "base/buf.h"

enum engine_kind { ENGINE_AUTO, ENGINE_PWSH, ENGINE_SYNTHETIC };

enum { ENGINE_WORDS_MAX = 64 };

/** A command's words. Zeroed it is empty, which stands for the built-in engine. */
struct engine_command {
    char *words[ENGINE_WORDS_MAX + 1]; /* NULL-ended */
    size_t count;
};
void engine_command_reset(struct engine_command *c);

/** Split @text as a shell splits words: blanks part them; quotes and backslashes keep blanks, and mean nothing else. ICM_USAGE: an
 *  open quote, no word, more than ENGINE_WORDS_MAX. */
enum icm_code engine_command_split(struct engine_command *out, const char *text, struct icm_error *err);

/** The command for @kind: @given where it is not NULL, else the first of `pwsh -NoProfile -s` (on @path), `icm-engine-host -s`
 *  (in @own_folder, in engine/ below it, on @path) that is there; else none, for ENGINE_AUTO. ICM_USAGE: the kind needs one
 *  and there is none. */
enum icm_code engine_command_choose(struct engine_command *out, enum engine_kind kind, const char *given,
                                      const char *own_folder, const char *path, struct icm_error *err);

/** The words joined by blanks, for the log. */
void engine_command_write(const struct engine_command *c, struct icm_buf *out);

#endif
