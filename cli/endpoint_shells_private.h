/* What the files of the endpoint's shells share. Nobody else includes this. */
#ifndef CLI_ENDPOINT_SHELLS_PRIVATE_H
#define CLI_ENDPOINT_SHELLS_PRIVATE_H

#include "cli/endpoint_shells.h"

#include <uv.h>

/** A shell that is open: the first member of what its kind knows of it. */
struct served_shell {
    const struct endpoint_shell_kind *kind;
    uint64_t number; /* the service's */
    struct endpoint_shells *shells;
    bool is_paused;
};

/** What a kind of shell does. Each answers its requests with wsman_service_accept, at once or later; a failure is answered by the
 *  caller, with the fault's code where the error has one. */
struct endpoint_shell_kind {
    size_t size; /* of its struct */
    enum icm_code (*open)(struct served_shell *shell, struct wsman_service_event *event, struct icm_error *err);
    enum icm_code (*command)(struct served_shell *shell, struct wsman_service_event *event, struct icm_error *err);
    enum icm_code (*send)(struct served_shell *shell, struct wsman_service_event *event, struct icm_error *err);
    /** Somebody takes the shell over; answered with wsman_service_accept_connect. NULL: such a shell is never left. */
    enum icm_code (*connect)(struct served_shell *shell, struct wsman_service_event *event, struct icm_error *err);
    void (*signal)(struct served_shell *shell, struct wsman_service_event *event);
    void (*pause)(struct served_shell *shell, bool is_paused); /* no more output for now, or again */
    void (*close)(struct served_shell *shell); /* end what runs; a shell whose open failed is closed too */
};
extern const struct endpoint_shell_kind endpoint_pool_kind; /* endpoint_pools.c: PowerShell's */
extern const struct endpoint_shell_kind endpoint_cmd_kind;  /* endpoint_cmd.c: command shells */

struct endpoint_shells {
    uv_loop_t *loop;
    struct wsman_service *service;
    struct endpoint_engine *engine;
    struct endpoint_fault_plan *plan;
    struct endpoint_http *http; /* NULL once it is closed */
    void *shells;               /* search tree by number */
    struct planned_fault *faults;
    struct late_answer *late;
    uv_timer_t *timer;
    bool is_stirring, has_more;
};

/* --- endpoint_shells.c --- */
int64_t endpoint_shells_now_ms(const struct endpoint_shells *s);

/** Output has come for @shell: where too much waits, it is to give no more. */
void endpoint_shells_press(struct served_shell *shell);

/** Something has changed: carry out what is asked for, and give the answers that are there. */
void endpoint_shells_stir(struct endpoint_shells *s);

/* --- endpoint_shells_faults.c --- */
uint32_t endpoint_shells_judge(void *shells, uint64_t request, const char *action);
void endpoint_shells_give_answer(struct endpoint_shells *s, struct wsman_answer *answer);
void endpoint_shells_drop_faults(struct endpoint_shells *s);
void endpoint_shells_drop_late(struct endpoint_shells *s);

#endif
