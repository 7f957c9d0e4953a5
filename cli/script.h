/* The text of a script: out of its braces, or out of a file. */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "base/arena.h"
#include "base/error.h"

/* what one message may hold, MaximumReceivedObjectSize's default, is far beyond what a script is; servers take less */
enum { CLI_SCRIPT_BYTES_MAX = 512 * 1024 * 1024 };

/** What stands between the braces where @text is one script block, else @text. Borrowed. Braces in strings and comments are
 *  none: '{ "}" }' is one block, '{ 1 } + { 2 }' is not. */
struct icm_slice cli_script_inside(struct icm_slice text);

/** Whether @text begins a script block that is not closed in it. */
bool cli_script_is_open(struct icm_slice text);

/** The file's text as UTF-8: a byte order mark is dropped, UTF-16 with one decoded. ICM_USAGE: it cannot be read, or is not text (with
 *  the byte where that shows). */
enum icm_code cli_script_read(struct icm_arena *a, const char *path, struct icm_slice *out, struct icm_error *err);

#endif
