/* WAITS: icm ConvertFrom-Clixml and ConvertTo-Clixml. Files in, objects out. */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include "cli/options.h"

/** Write the objects of all of @o's files, in their order, in @o's output format. What goes wrong with a file is said, and the next one is
 *  read. Gives the exit status: 0, 1 (a file is no CLIXML, or the output cannot be written), 2 (a file cannot be read). */
int cli_convert_from(const struct cli_options *o);

/** Write one document of all objects in @o's files, or in standard input where it names none; what is read is in @o's input format. The
 *  objects pass through: memory does not grow with their number. Gives the exit status, as above; a file that goes wrong ends the
 *  document, which is whole all the same. */
int cli_convert_to(const struct cli_options *o);

#endif
