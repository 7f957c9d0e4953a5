/* What the driver's files share. */
#ifndef TESTS_REPLAY_DRIVER_PRIVATE_H
#define TESTS_REPLAY_DRIVER_PRIVATE_H

#include "cli/render.h"
#include "psrp/drive.h"
#include "psrp/over_wsman.h"
#include "tests/replay/driver.h"
#include "tests/replay/server.h"
#include "wsman/http.h"

#include <uv.h>

/* a host call that waits for the recorded client's answer */
struct replay_call {
    struct replay_call *next;
    struct psrp_event event;
};

/* The live side of a target of the recording: a shell, or a command. */
struct replay_winrs;
struct replay_live {
    struct replay_winrs *winrs;     /* a command shell's; NULL: likewise */
    struct psrp_session *session;   /* a shell's; NULL: it is none of ours */
    struct psrp_pipeline *pipeline; /* a command's; NULL: likewise, or it has ended */
    bool has_begun, has_ended, has_key;
    size_t said;         /* of the recorded client's messages */
    struct icm_buf told; /* what came for it */
};

enum { REPLAY_RECORD_COUNT = 8 };

struct replay_driver {
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct psrp_wsman *wsman;
    struct psrp_drive *drive;
    struct replay_server *server;
    struct replay_dialogue *dialogue;
    const struct replay_capture *capture;
    const struct replay_run_options *options;
    struct replay_outcome *outcome;
    struct cli_renderer *renderer;
    struct replay_live *lives; /* by target */
    struct replay_call *calls;
    struct psrp_clixml_reader *reader;
    size_t came[REPLAY_RECORD_COUNT]; /* objects, errors …: driver_tell.c has the list */
    size_t next;                      /* step */
    uint64_t progress;                /* grows with all that happens */
    uint64_t seen_progress;
    bool is_stuck;
    unsigned silence; /* how often in a row the watchdog saw nothing new */
    size_t tried_raw; /* the step, from 1, that was sent as recorded for want of something better */

    /* what is sent as it was recorded */
    struct wsman_http *http;
    struct wsman_lane *lane;
    struct wsman_shell *shell;
    size_t raw_step; /* that is under way */

    /* a list of pools */
    struct psrp_transport *lister;
    bool is_listing;
    size_t listing_target;
};

/** Do step @index. ICM_AGAIN: not yet. Other codes: what is wrong with it. */
enum icm_code replay_driver_do(struct replay_driver *d, size_t index, struct icm_error *err);

/** Whether what came for the steps in front of @index has been heard by our client. */
bool replay_driver_is_quiet(const struct replay_driver *d, size_t index);

/** Ours does not do step @index, and @why; NULL: it need not. */
void replay_driver_pass_over(struct replay_driver *d, size_t index, const struct icm_error *why);

/** Say the message of a recorded client. ICM_AGAIN: not yet. */
enum icm_code replay_driver_say(struct replay_driver *d, struct replay_step *s, const struct replay_message *m,
                                struct icm_error *err);

/** Open a session for the shell of @s, as its messages say. */
enum icm_code replay_driver_open(struct replay_driver *d, struct replay_step *s, struct icm_error *err);

/** The same for a pool that its client has left. */
enum icm_code replay_driver_connect_pool(struct replay_driver *d, struct replay_step *s, const struct icm_guid *pool_id,
                                         struct icm_error *err);

/* Leaving a pool, and lists of pools; codes as replay_driver_do. */
enum icm_code replay_driver_disconnect(struct replay_driver *d, size_t index, struct icm_error *err);
enum icm_code replay_driver_reconnect(struct replay_driver *d, size_t index, struct icm_error *err);
enum icm_code replay_driver_connect(struct replay_driver *d, size_t index, struct icm_error *err);
enum icm_code replay_driver_list(struct replay_driver *d, size_t index, struct icm_error *err);

/** Whether what was recorded from the Create at @index on is a run as wsman/winrs.h makes it; to begin with it; to
 * close it, false: not yet. */
bool replay_winrs_can(const struct replay_driver *d, size_t index);
enum icm_code replay_winrs_start(struct replay_driver *d, size_t index, struct icm_error *err);
bool replay_winrs_close(struct replay_winrs *w);
bool replay_winrs_is_closed(const struct replay_winrs *w);
void replay_winrs_free(struct replay_winrs *w);

/** @d->http is there when this gives ICM_OK. */
enum icm_code replay_driver_make_http(struct replay_driver *d, struct icm_error *err);

/** Send step @s as it was recorded, and tell what came of it. */
enum icm_code replay_driver_send_raw(struct replay_driver *d, size_t index, struct icm_error *err);

/** Read the answers that the recording has without their requests, and tell what they say. */
void replay_driver_read_answers(struct replay_driver *d);

/** An event of a session. */
void replay_driver_take(struct replay_driver *d, struct psrp_session *from, struct psrp_event *event);

/** In the end: write down what was asked and what came; and complain of what was given and has not come. */
void replay_driver_tell(struct replay_driver *d);
void replay_driver_check(struct replay_driver *d);

/** The target of the shell that @s is about. */
size_t replay_driver_shell_of(const struct replay_driver *d, const struct replay_step *s);

void replay_driver_complain(struct replay_driver *d, const char *format, ...) ICM_PRINTF(2, 3);

#endif
