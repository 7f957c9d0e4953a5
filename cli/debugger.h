/* The debugger's prompt, one computer's: it arms the server's debugger, shows where the script stands, and has the lines that the user
 * types run there, until one of them lets the script go on. Of several computers one at a time has the prompt, until its script goes on
 * without steps. psrp/debugger.h has the protocol; about_Debuggers the commands, which are the server's. */
#ifndef CLI_DEBUGGER_H
#define CLI_DEBUGGER_H

#include "cli/debugger_line.h"
#include "cli/host_console.h"

/** What all computers of a run share: whose turn it is. */
struct cli_debuggers {
    struct cli_debugger *first; /* has the prompt; those behind it stand at their first stop */
    bool has_greeted;
};

struct cli_debugger {
    struct cli_debuggers *all;
    struct psrp_session *session;
    struct cli_console *console;
    void *caller; /* the console's, who hands cli_debugger_answer what was typed */
    const char *computer;
    struct psrp_pipeline *order; /* under way; NULL: none */
    struct cli_debugger_line line;
    size_t orders_given;            /* of those before the script */
    bool is_stopped, is_asked;      /* the script stands still; the user has the prompt */
    bool is_over;                   /* the script has ended, or has to: whatever stops now goes on, or ends */
    bool is_quitting;
    bool was_interrupted; /* and no line has been typed since */
    bool resumes; /* the line under way was a command to go on */
    enum psrp_debugger_action action;
    struct icm_buf head; /* what is to be shown above the next prompt */
    struct cli_debugger *next;
};

void cli_debugger_init(struct cli_debugger *d, struct cli_debuggers *all, struct cli_console *console, void *caller,
                       const char *computer);

/** Give @session's server the next order before the script; *@is_armed: there is none left. */
enum icm_code cli_debugger_arm(struct cli_debugger *d, struct psrp_session *session, bool *is_armed,
                               struct icm_error *err);

/** What of a session's events is the debugger's own, and not of @script; cli_debugger_go_on is due then. false: the event is not, and
 * goes its way; a line under way may have said it (cli_debugger_said). *@has_failed: it is the end of a line that failed, to be
 * shown first. */
bool cli_debugger_take(struct cli_debugger *d, const struct psrp_pipeline *script, const struct psrp_event *event,
                       bool *has_failed);

/** Do what is next: ask the user, or let the script go on. */
enum icm_code cli_debugger_go_on(struct cli_debugger *d, struct icm_error *err);

/** Whether @event is of a line that the user typed at the prompt, and not of the script. */
bool cli_debugger_said(const struct cli_debugger *d, const struct psrp_event *event);

/** The line that the user typed. NULL: the input was ended, which is to quit. */
enum icm_code cli_debugger_answer(struct cli_debugger *d, const struct psrp_value *line, uint64_t now_ms,
                                  struct icm_error *err);

/** When cli_debugger_try_again is due, by the caller's clock: nobody is heard of the line. 0: never. */
uint64_t cli_debugger_due(const struct cli_debugger *d);
enum icm_code cli_debugger_try_again(struct cli_debugger *d, uint64_t now_ms, struct icm_error *err);

/** Whether Ctrl+C is for who has the prompt. false: nobody has it, or this is the second one, with no line in between: it is
 * meant for the run. */
bool cli_debuggers_want_interrupt(const struct cli_debuggers *all);

/** The line that runs is stopped, or the one that is being typed is dropped, and the prompt comes again. */
void cli_debuggers_interrupt(const struct cli_debuggers *all);

/** The script has to end. true: it stands at a stop, and ends from there; else it is the caller's to stop. */
bool cli_debugger_quit(struct cli_debugger *d);

/** The script has ended, or nobody cares any more: the prompt is the next computer's. */
void cli_debugger_leave(struct cli_debugger *d);
void cli_debugger_reset(struct cli_debugger *d);

#endif
