/* What the files of the transport over WS-Man share. Nobody else includes this. */
#ifndef PSRP_OVER_WSMAN_STATE_H
#define PSRP_OVER_WSMAN_STATE_H

#include "base/arena.h"
#include "psrp/over_wsman.h"
#include "psrp/trace.h"
#include "wsman/http.h"

/* A pipeline as the server sees it. It outlives the pipeline until the server has no more to say of it. */
struct psrp_over_command {
    struct over_wsman *over;
    struct psrp_pipeline *pipeline; /* NULL once it is over for us */
    char id[64];                    /* as the server knows it, from CommandResponse */
    struct wsman_lane *lane;        /* for its Receive */
    enum { COMMAND_NEW, COMMAND_BEGINNING, COMMAND_RUNNING, COMMAND_DONE } state;
    bool wants_stop, was_stopped, wants_terminate;
    bool is_joined; /* begun by another client: to be connected to */
    struct icm_buf payload; /* of its last answer */
    struct psrp_trace_stream received, sent;
    struct psrp_over_command *next;
};

struct over_wsman {
    struct psrp_transport base;
    const struct psrp_transport_sink *sink;
    void *up;
    struct psrp_pool *pool; /* NULL before open and once closing */
    struct wsman_http *http;
    struct wsman_target target;
    struct wsman_shell *shell;
    struct icm_trace *trace;
    char *url, *computer;
    struct auth_credential credential;
    struct icm_buf key_password, proxy_password;
    struct icm_arena texts; /* of the target */
    uint32_t cancel_timeout_ms;

    enum {
        SHELL_NONE,
        SHELL_OPENING,
        SHELL_OPEN,
        SHELL_LEAVING, /* Disconnect is under way, or answered and Receives have not ended yet */
        SHELL_LEFT,
        SHELL_REJOINING,
        SHELL_DELETING,
        SHELL_GONE
    } state;
    bool wants_config;                /* the service's configuration is asked for first */
    bool connects;                    /* to a shell that is there, in place of creating one */
    bool wants_leave, wants_rejoin;
    struct wsman_leaving leaving;
    struct icm_error left_why;        /* the server left us */
    struct psrp_over_list *list;
    bool is_closing, has_failed;
    bool may_receive, watches_pool;
    struct wsman_lane *control, *pool_lane;
    struct wsman_lane *spare_lane; /* of a command that is over: its connection and its logon serve the next one */
    struct psrp_over_command *control_command; /* whose exchange the control lane carries; NULL: the shell's own */
    struct psrp_over_command *commands;
    struct icm_buf payload; /* of the pool's last answer */
    struct psrp_trace_stream received, sent;
};

/* --- over_wsman_send.c: what goes out --- */

/** Do what can be done now: ask for output, give the control lane its next job, let go of what is over. */
void psrp_over_wsman_advance(struct over_wsman *o);

/** Ask for a command's output, where that is wanted and not under way. */
void psrp_over_wsman_receive(struct over_wsman *o, struct psrp_over_command *c);

void psrp_over_wsman_command_free(struct psrp_over_command *c);

/** A lane for a command's Receives: the spare one, or a new one. And back again. */
struct wsman_lane *psrp_over_wsman_lane_take(struct over_wsman *o, struct psrp_over_command *c, struct icm_error *err);
void psrp_over_wsman_lane_give(struct over_wsman *o, struct wsman_lane *lane);

/** Make a request go out on a lane; on failure the transport fails. */
bool psrp_over_wsman_post(struct over_wsman *o, struct wsman_lane *lane, struct wsman_request *request);
bool psrp_over_wsman_post_control(struct over_wsman *o, struct psrp_over_command *c, enum icm_code code,
                                  struct wsman_request *request, struct icm_error *err);

/** Take as many fragments as one request carries. false: nothing waits (or memory is short, which fails the transport). */
bool psrp_over_wsman_pull(struct over_wsman *o, struct psrp_over_command *c, enum psrp_stream stream,
                          enum wsman_operation operation, struct icm_buf *out);

/* --- over_wsman_leave.c: Disconnect, Reconnect, Connect --- */

bool psrp_over_wsman_try_connect(struct over_wsman *o);
bool psrp_over_wsman_try_join(struct over_wsman *o);
bool psrp_over_wsman_try_leave(struct over_wsman *o);
bool psrp_over_wsman_try_rejoin(struct over_wsman *o);

/** The shell has been left, and its last Receive has ended: say so. */
void psrp_over_wsman_check_left(struct over_wsman *o);

/** Whether a fault of that code means that the server has left us. */
bool psrp_over_wsman_is_left_by(const struct icm_error *err);

/** The server has left us, says @why. */
void psrp_over_wsman_left_by_server(struct over_wsman *o, const struct icm_error *why);

/** The answers. @code not ICM_OK: why not is @err. */
void psrp_over_wsman_on_leave(struct over_wsman *o, enum icm_code code, const struct icm_error *err);
void psrp_over_wsman_on_rejoin(struct over_wsman *o, enum icm_code code, const struct icm_error *err);

/* --- over_wsman_list.c --- */

void psrp_over_list_free(struct psrp_over_list *list);

/* --- over_wsman_reply.c: what comes back --- */

/** The connection or the protocol broke: nothing more will come. */
void psrp_over_wsman_fail(struct over_wsman *o, const struct icm_error *why);

/** Give up every Receive that is under way. */
void psrp_over_wsman_cancel_receives(struct over_wsman *o);

/** The ends of exchanges on the three kinds of lanes; @context is the transport, or the command whose lane it is. */
void psrp_over_wsman_on_control(void *context, const struct wsman_exchange *exchange);
void psrp_over_wsman_on_pool_reply(void *context, const struct wsman_exchange *exchange);
void psrp_over_wsman_on_command_reply(void *context, const struct wsman_exchange *exchange);

#endif
