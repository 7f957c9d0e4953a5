/* What the files endpoint_synthetic*.c share: a session of the built-in engine. Not for others. */
#ifndef CLI_ENDPOINT_SYNTHETIC_H
#define CLI_ENDPOINT_SYNTHETIC_H

#include "cli/endpoint_engine.h"
#include "cli/endpoint_peek.h"
#include "cli/endpoint_script.h"

#include <uv.h>

struct synthetic_ticket {
    struct synthetic_ticket *next;
    uint64_t number;
};

struct synthetic_command {
    struct synthetic_command *next;
    struct icm_guid target;
    struct endpoint_script *script; /* NULL: its CREATE_PIPELINE has not come */
    bool is_stop_wanted;            /* before it could be carried out */
    enum endpoint_script_state state;
    int64_t wake_ms;
    struct endpoint_peek out;
    struct synthetic_ticket *held; /* who waits until the script has read some of its input */
};

struct synthetic {
    struct endpoint_session session;
    const struct endpoint_sink *sink; /* NULL: closed */
    void *up;
    uv_loop_t *loop;
    struct psrp_server *server;
    struct synthetic_command *commands;
    struct synthetic_ticket *released; /* held no longer, and not told yet */
    struct endpoint_peek out;
    uv_idle_t
        turn; /* runs once in each round of the loop, which a timer of 0 ms may do without end (libuv before 1.45) */
    uv_timer_t alarm; /* the next sleep's end */
    bool has_opened, is_paused, is_broken, has_told_why;
    struct icm_error why; /* it is broken */
};

/* ---- commands, and who waits for them: endpoint_synthetic_commands.c ---- */

struct synthetic_command *synthetic_find(struct synthetic *s, const struct icm_guid *target);
struct synthetic_command *synthetic_add(struct synthetic *s, const struct icm_guid *target); /* NULL: memory is short */
void synthetic_remove(struct synthetic *s, struct synthetic_command *gone);

/** false: memory is short; then nobody waits, which costs memory but loses nothing */
bool synthetic_hold(struct synthetic_command *c, uint64_t ticket);
void synthetic_release(struct synthetic *s, struct synthetic_command *c);
void synthetic_tell_released(struct synthetic *s);

/** The last thing that an operation does: whoever hears of it may close the session. */
void synthetic_finish(struct synthetic *s, uint64_t ticket);

/* ---- what comes in: endpoint_synthetic_in.c ---- */

/** Fragments for the pool (@pipeline_id NULL) or a pipeline. @bytes is empty afterwards. */
void synthetic_take_in(struct synthetic *s, const struct icm_guid *pipeline_id, bool is_prompt_response,
                       struct icm_buf *bytes);

/** What breaks the rules of PSRP breaks the session, as it closes a real engine's; whoever sent it has been served all
 * the same. */
void synthetic_break(struct synthetic *s, struct icm_error *why);

/** Answer GET_COMMAND_METADATA: the words are the commands. endpoint_synthetic_metadata.c */
enum icm_code synthetic_describe(struct psrp_server *server, const struct psrp_server_event *event,
                                 struct icm_error *err);

/* ---- what goes out, in turns of the loop: endpoint_synthetic_turn.c ---- */

void synthetic_want_turn(struct synthetic *s);

#endif
