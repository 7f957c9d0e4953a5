/* What the files of the player share. Nobody else includes this. */
#ifndef TESTS_REPLAY_PLAYER_PRIVATE_H
#define TESTS_REPLAY_PLAYER_PRIVATE_H

#include "tests/replay/caller.h"
#include "tests/replay/heard.h"
#include "tests/replay/player.h"
#include "tests/replay/substitute.h"

/* a shell, or one of its commands */
struct player_target {
    struct icm_slice shell_id, command_id; /* as recorded */
    struct icm_slice resource_uri;
    bool is_powershell, is_deleted, is_created;
    struct replay_heard recorded, live;
};

/* one exchange of the recording */
struct player_step {
    const struct replay_row *row;
    struct replay_request request; /* the recorded one */
    struct replay_envelope answer; /* … and its answer */
    size_t target;
    bool is_left_open;
    enum { UNSENT, SENT, DONE } state;
    bool had_ended;     /* its command had told its end before this one was sent */
    bool is_complained; /* something was wrong with it */
    int64_t begun_ms;
    char message_id[128];
};

struct player {
    const struct replay_player_options *options;
    const struct replay_capture *capture;
    struct replay_played *out;
    struct replay_caller caller;
    struct player_step *steps;
    struct player_target *targets;
    size_t target_count;
    struct replay_ids ids;
    unsigned message_number;
    bool is_left;                                /* a shell was disconnected */
    struct icm_buf newest_shell, newest_command; /* their live ids */
};

/* ---- player_read.c: the recording, taken apart ---- */

/** The id that an answer gives to a shell, or to a command; no data: it gives none. */
struct icm_slice player_created_id(const struct replay_envelope *answer);
struct icm_slice player_started_id(const struct replay_envelope *answer);

/** The shell of a target, or NULL. */
struct player_target *player_shell_of(struct player *p, const struct player_target *t);

/** Whether row @earlier was answered before row @later was sent. Who took no times waited for each answer. */
bool player_is_before(const struct player *p, const struct replay_row *earlier, const struct replay_row *later);

/** Fill @p's steps and targets. */
enum icm_code player_take_apart(struct player *p, struct icm_error *err);

/* ---- player_say.c: requests, as they go out ---- */

/** The configuration that there is here, whatever the recorded one was. */
extern const char player_configuration[];

/** Append head and body of @s, with the live ids and a fresh MessageID. */
void player_write_request(struct player *p, struct player_step *s, struct icm_buf *out);

/** The login of @row, where it has one; and what else its recorder saw. */
void player_add_authorization(const struct player *p, const struct replay_row *row, struct icm_buf *out);
void player_add_headers(const struct replay_row *row, struct icm_buf *out);

/** An id that nobody gave and that was answered for all that: rows of two runs in one recording, as in pypsrp's
 * winrs_unicode. It stands for the newest. */
void player_adopt_ids(struct player *p, const struct player_step *s);

#endif
