/* The engine's remote debugger, the client's role: what its stops say, and what steers it. It is steered by pipelines: before the script
 * by orders that the server's runspace pool takes itself (they are no cmdlets), and at a stop by nested pipelines beside the script's,
 * which stands still. psrp.md 11; MS-PSRP 2.2.2.12 for the event.
 *
 *      client                                          server
 *      application arguments with PSVersionTable   ->  makes a debugger for the pool (PSVersion 4 or later)
 *      orders: stops nobody takes; step mode       ->  Completed (Failed: there is no debugger)
 *      the script                                  ->  USER_EVENT: a stop
 *      nested: "l", "$a", any line                 ->  its output, and for a debugger's command a reply
 *      nested: "v"                                 ->  a reply that names the action
 *      nested order: the action StepOver           ->  USER_EVENT: the next stop, or the script's end
 */
#ifndef PSRP_DEBUGGER_H
#define PSRP_DEBUGGER_H

#include "psrp/pipeline.h"

/* DebuggerResumeAction */
enum psrp_debugger_action {
    PSRP_DEBUGGER_CONTINUE,
    PSRP_DEBUGGER_STEP_INTO,
    PSRP_DEBUGGER_STEP_OUT,
    PSRP_DEBUGGER_STEP_OVER,
    PSRP_DEBUGGER_STOP,
    PSRP_DEBUGGER_ACTION_COUNT
};

/* What a client orders; the number that goes with it: */
enum psrp_debugger_order {
    PSRP_DEBUGGER_UNHANDLED_STOPS, /* UnhandledBreakpointProcessingMode: Ignore 1, Wait 2 */
    PSRP_DEBUGGER_STEP_MODE,       /* 1: the next script stops before its first statement; 0: it does not */
    PSRP_DEBUGGER_RESUME,          /* enum psrp_debugger_action; at a stop */
    PSRP_DEBUGGER_ORDER_COUNT
};

enum { PSRP_DEBUGGER_IGNORE = 1, PSRP_DEBUGGER_WAIT = 2 };

/** Where a script stands still. Everything borrows from the event. */
struct psrp_debugger_stop {
    struct icm_slice position;            /* "At line:2 char:1" and the line with its marks; empty: not said */
    const struct psrp_value *breakpoints; /* a list of those that were hit, each with its text; NULL: none */
};

/** Whether the value of a PSRP_EVENT_USER_EVENT is a debugger's stop, and what it says. */
bool psrp_debugger_read_stop(const struct psrp_value *event, struct psrp_debugger_stop *out);

/** What the debugger says of a line that was run at a stop. */
struct psrp_debugger_reply {
    bool resumes; /* the line was a command to go on … */
    enum psrp_debugger_action action;
};

/** Whether an output of such a line is not the line's own but the debugger's reply. */
bool psrp_debugger_read_reply(const struct psrp_value *output, struct psrp_debugger_reply *out);

/** The application arguments of a pool that is to have a debugger: those of @given (a dictionary, or NULL), and a PSVersionTable where
 *  they have none. In @a, borrowing from @given; NULL: memory is short. */
struct psrp_value *psrp_debugger_arguments(struct icm_arena *a, const struct psrp_value *given);

/** The pipeline of an order: all in @a; NULL: memory is short. */
const struct psrp_creation *psrp_debugger_order(struct icm_arena *a, enum psrp_debugger_order order, int32_t number);

/** The pipeline of a @line at a stop, likewise. The engine drops it without a word while it has not quite left the one before, whose end
 * it has told already: who hears nothing runs it again. With the same @mark (a text of its own, without quotes) a line is run once; the
 * others' output is the mark. The debugger's own commands have none: to hear them twice does no harm. */
const struct psrp_creation *psrp_debugger_line(struct icm_arena *a, struct icm_slice line, const char *mark);

/** Whether an output says no more than that the line with that mark has been run. */
bool psrp_debugger_was_run(const struct psrp_value *output, const char *mark);

#endif
