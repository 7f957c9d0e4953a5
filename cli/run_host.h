/* One computer of a run: open a session, run the script, feed it, take what comes, close, say how it ended. */
#ifndef CLI_RUN_HOST_H
#define CLI_RUN_HOST_H

#include "cli/debugger.h"
#include "cli/host_console.h"
#include "cli/input.h"
#include "cli/run_plan.h"
#include "cli/run_write.h"
#include "psrp/drive.h"

/** What all computers of a run share; run.c's. */
struct cli_run {
    const struct cli_options *options;
    struct uv_loop_s *loop;
    struct psrp_drive *drive;
    struct psrp_wsman *wsman;
    struct icm_trace *trace;
    struct cli_renderer *renderer;
    struct cli_writer writer;
    const struct cli_using_values *usings; /* of the script */
    struct cli_input *input; /* NULL: none was given */
    size_t queue_max;        /* bytes of input that wait to be sent to one computer: no more is taken over it */
    struct cli_console *console; /* NULL: nobody can be asked, and no host is announced */
    struct cli_debuggers debuggers; /* of -RemoteDebug, for which there is a console */
    struct cli_host *done;   /* computers that run.c frees between two events */
    bool is_alone;           /* there is one computer: its native exit code is ours */
    int status;              /* the highest of the computers that are done */
    bool deadlines_moved;    /* a computer's has come nearer */
    bool wants_stop;         /* a record came whose -...Action is Stop */
};

enum cli_host_state {
    CLI_HOST_OPENING,
    CLI_HOST_ENTERING, /* a local PowerShell goes where we are */
    CLI_HOST_ARMING,   /* its debugger is told to stop before the script */
    CLI_HOST_RUNNING,
    CLI_HOST_ASKING, /* for the native exit code, by a pipeline of its own */
    CLI_HOST_CLOSING,
    CLI_HOST_DONE,
};

struct cli_host {
    struct cli_run *run;
    const struct cli_target *target;
    enum cli_host_state state;
    struct psrp_session *session;
    struct psrp_pipeline *pipeline;
    struct cli_queue_reader reader;
    struct cli_debugger debugger; /* with -RemoteDebug */
    bool was_stopped, had_errors;
    int64_t server_version; /* PowerShell's, major; 0: nobody has said */
    struct cli_exit_code exit_code; /* $LASTEXITCODE, or what `exit` was given */
    enum psrp_pipeline_state end; /* the pipeline's; NotStarted: it never came to one */
    struct psrp_event ending;     /* the state event of a pipeline that failed: it holds the ErrorRecord */
    struct icm_error why;         /* what broke */
    uint64_t deadline_ms;         /* by the loop's clock; 0: none */
    struct cli_host *next, **at;  /* run.c's: the next one under way, and what leads here */
    struct cli_host *next_done;
};

/** Begin with @target. Whatever goes wrong is @target's failure: it may be done already. NULL: memory is short. */
struct cli_host *cli_host_new(struct cli_run *run, const struct cli_target *target);
void cli_host_free(struct cli_host *h);

/** Something came from its session. The event stays the caller's to reset. */
void cli_host_take(struct cli_host *h, struct psrp_event *event);

/** The console's answer to a call of the host of @host, a struct cli_host. */
void cli_host_answer(void *host, const struct psrp_event *event, const struct psrp_value *result, const char *why);

/** Send on what input there is, up to a bound. A failure is the input's. */
enum icm_code cli_host_feed(struct cli_host *h, struct icm_error *err);

/** Whether its script takes input, and has not got enough of it for now. */
bool cli_host_is_hungry(const struct cli_host *h);

/** Stop what runs, with a deadline for it. */
void cli_host_stop(struct cli_host *h);

/** When cli_host_expire is due, by the loop's clock; 0: never. */
uint64_t cli_host_deadline(const struct cli_host *h);
void cli_host_expire(struct cli_host *h);

/** The last word on a computer that was never begun with, because the run was stopped. */
void cli_host_skip(struct cli_run *run, const struct cli_target *target);

#endif
