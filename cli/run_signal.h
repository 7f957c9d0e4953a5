/* Ctrl+C and its kin: the first is noted, for an orderly end; the second ends the program at once. */
#ifndef CLI_RUN_SIGNAL_H
#define CLI_RUN_SIGNAL_H

struct uv_async_s;

/** Note SIGINT, SIGTERM and SIGHUP, and wake @waker's loop, from now on; NULL: leave them to their defaults again. */
void cli_signal_watch(struct uv_async_s *waker);

/** The first signal that came; 0: none. */
int cli_signal_caught(void);

#endif
