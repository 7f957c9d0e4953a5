/* A recording as a server sees it: each live request is given the recorded answer of the same action and order.
 * Sans-IO.
 *
 * Requests go on several lanes at once, and clients differ in how they share them out; so the order that counts is that
 * of the recording: an answer is given once every request that stands in front of it has come, but for those that a
 * client may leave out. captures/README.md, "How a replay server should match a request". */
#ifndef TESTS_REPLAY_DIALOGUE_H
#define TESTS_REPLAY_DIALOGUE_H

#include "tests/replay/capture.h"
#include "tests/replay/substitute.h"

/* a whole message that a client sent, of a recording or live */
struct replay_message {
    struct icm_buf bytes;
};

/* What was sent to a shell, or to one of its commands: fragments joined, or plain bytes. */
struct replay_sent {
    struct psrp_defragmenter *joined;
    struct replay_message *messages;
    size_t count, bytes;
    struct icm_buf plain;
};

struct replay_target {
    struct icm_slice shell_id, command_id; /* as recorded */
    bool is_powershell;
    struct replay_sent recorded, live;
    size_t refused; /* of the recorded messages: the live client does not say them */
    bool is_over;   /* an answer said that it has ended */
    bool is_left;   /* a shell's: it was disconnected, and nobody has come back */
};

enum replay_lane { REPLAY_CONTROL, REPLAY_POOL_RECEIVE, REPLAY_COMMAND_RECEIVE };

/* one exchange of the recording, and what became of it */
struct replay_step {
    const struct replay_row *row;
    struct replay_request request;
    struct replay_envelope answer; /* without what it means where there was none */
    enum replay_lane lane;
    size_t target;                     /* of the request's shell and command */
    size_t first_message, end_message; /* those of the target that become whole by it */
    size_t bytes_after;                /* of the target's, with it */
    size_t due_after;                  /* the answer came when this one had been asked */
    bool is_optional;                  /* a client may leave it out */
    bool ends_target;                  /* its answer says so */
    bool is_taken, is_answered;
    uint64_t live;               /* the request that took it */
    struct replay_request asked; /* what the live client sent */
};

/* How an answer goes out. */
enum replay_manner {
    REPLAY_WHOLE,
    REPLAY_BROKEN, /* the connection breaks instead */
};

struct replay_dialogue_sink {
    /** @body becomes the sink's. @row: the recorded one; NULL: an answer of our own. */
    void (*answer)(void *up, uint64_t request, unsigned status, struct icm_buf *body, enum replay_manner manner,
                   const struct replay_row *row);
};

struct replay_dialogue {
    const struct replay_capture *capture;
    struct replay_step *steps;
    size_t count;
    struct replay_target *targets;
    size_t target_count;
    struct replay_ids ids;
    struct replay_dialogue_sink sink;
    void *up;
    struct replay_waiting *waiting; /* live requests that no step stands for */
    struct icm_buf complaints;      /* requests that are not as recorded, a line each */
    struct icm_buf extras;          /* "Signal" …: requests that the recording has not, answered all the same */
};

enum icm_code replay_dialogue_new(struct replay_dialogue **out, const struct replay_capture *capture,
                                  const struct replay_dialogue_sink *sink, void *up, struct icm_error *err);
void replay_dialogue_free(struct replay_dialogue *d);

/** A live request has come; its answer comes by the sink, from inside this or a later call, or never. */
void replay_dialogue_request(struct replay_dialogue *d, uint64_t request, struct icm_slice body);

/** Nobody waits for its answer any more. */
void replay_dialogue_hung_up(struct replay_dialogue *d, uint64_t request);

/** Whether all that stands in front of step @index has been asked and answered, as far as it was before that one. */
bool replay_dialogue_has_reached(const struct replay_dialogue *d, size_t index);

/** Whether the live client has sent all that the recorded one had by step @index, in whatever pieces. */
bool replay_dialogue_is_sent(const struct replay_dialogue *d, size_t index);

/** Whether somebody waits for output of @target that the recording has no more of. */
bool replay_dialogue_is_waited_for(const struct replay_dialogue *d, size_t target);

/** Compare what was sent live with what was recorded; a line for each difference goes to the complaints. */
void replay_dialogue_compare(struct replay_dialogue *d);

#endif
