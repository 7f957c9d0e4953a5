/* The wire log: JSON lines of what passed, for `--trace FILE`. Secrets never reach it: who writes a line leaves them out. */
#ifndef ICM_BASE_TRACE_H
#define ICM_BASE_TRACE_H

#include "base/json.h"

struct icm_trace;

/** Make @path (readable by its owner alone; "-" is standard error) and write lines to it. */
enum icm_code icm_trace_open(struct icm_trace **out, const char *path, struct icm_error *err);
void icm_trace_close(struct icm_trace *t); /* NULL is fine */

/** Begin a line: {"t":SECONDS,"computer":…,"direction":"sent"|"received","kind":KIND and leave the object open for more members.
 *  @t NULL gives NULL: nothing is to be written. */
struct icm_json *icm_trace_begin(struct icm_trace *t, const char *computer, bool sent, const char *kind);

/** End the line that icm_trace_begin gave. */
void icm_trace_end(struct icm_trace *t);

#endif
