/* Ctrl+C and its kin, the time limit among them: the first is noted, for an orderly end; the second ends the program at once. A limit
 * that is a signal holds where nothing else is looked at, too: while a reader of our output takes nothing. */
#ifndef CLI_RUN_SIGNAL_H
#define CLI_RUN_SIGNAL_H

struct uv_async_s;

/** Note SIGINT, SIGTERM, SIGHUP and SIGALRM, and wake @waker's loop, from now on; NULL: leave them to their defaults again. SIGALRM comes
 *  in @limit_s seconds, unless another comes first; 0: it never does. */
void cli_signal_watch(struct uv_async_s *waker, unsigned limit_s);

/** The one that was caught ends nothing: watch for the next one, with what is left of the limit. */
void cli_signal_watch_on(void);

/** What the limit was for is done: it does not pass any more. */
void cli_signal_lift_limit(void);

/** The first signal that came; 0: none. */
int cli_signal_caught(void);

#endif
