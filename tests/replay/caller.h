/* WAITS: requests as another program's client sends them: plain HTTP, a head of the caller's own making, any number of
 * connections with one exchange on each. */
#ifndef TESTS_REPLAY_CALLER_H
#define TESTS_REPLAY_CALLER_H

#include "base/buf.h"
#include "base/error.h"

enum { REPLAY_CALLER_LINES = 64 };

/* one connection */
struct replay_line {
    unsigned number; /* of the recording; 0 where nobody took it down */
    int socket;      /* -1: not connected */
    bool is_waiting; /* for an answer */
    size_t tag;      /* the caller's name for what it waits for */
    struct icm_buf in;
};

struct replay_caller {
    uint16_t port; /* of the loopback */
    struct replay_line lines[REPLAY_CALLER_LINES];
    size_t line_count;
};
void replay_caller_init(struct replay_caller *c, uint16_t port);
void replay_caller_reset(struct replay_caller *c);

/** Send @request, head and body, on connection @number, which is opened where it is not. ICM_LIMIT: too many. */
enum icm_code replay_caller_send(struct replay_caller *c, unsigned number, size_t tag, struct icm_slice request,
                                 struct icm_error *err);

/* an answer; status 0: the connection ended without one */
struct replay_reply {
    size_t tag;
    unsigned status;
    struct icm_buf body;
};

/** The next answer of any connection. ICM_AGAIN: none came in @patience_ms. */
enum icm_code replay_caller_next(struct replay_caller *c, int patience_ms, struct replay_reply *out,
                                 struct icm_error *err);

/** Close connection @number: nobody waits there any more, or nothing more is said there. */
void replay_caller_hang_up(struct replay_caller *c, unsigned number);

#endif
