/* A client's pool and a server's machine, face to face: messages go to and fro until nothing moves, and an application
 * of the test's answers the server's events. */
#ifndef TESTS_PSRP_FACE_H
#define TESTS_PSRP_FACE_H

#include "tests/psrp/peers.h"

struct face {
    struct psrp_pool *pool;
    struct psrp_server *server;
    struct icm_buf events, sent; /* of the client; what it sent, as messages' names and their bytes */
    struct icm_buf names;
    void (*serve)(struct face *f, const struct psrp_server_event *event);
    void (*on_event)(struct face *f, const struct psrp_event *event); /* NULL: nobody listens */
    void *context;
    bool is_held_up; /* nothing of the server's arrives */
};

/** Begin with options of the caller's; the server's application accepts whoever comes. */
void face_begin(struct face *f, const struct psrp_pool_options *options);
void face_open(struct face *f, const char *protocol_version); /* … and open it, at that version at both ends */
void face_reset(struct face *f);

/** Until nothing moves. */
void face_run(struct face *f);

/** What the client has seen, and what it has sent, since last asked: "output:1 pipeline=Completed ", "CREATE_PIPELINE
 * ". */
void face_assert_events(struct face *f, const char *events);
void face_assert_sent(struct face *f, const char *names);

/** Whether @text, in UTF-16LE and base64, is in what the client sent. */
bool face_has_told(const struct face *f, const char *text);

/** Tell the client's pipeline this text, as output. */
void face_output(struct face *f, const struct psrp_server_event *event, struct icm_slice text);
void face_complete(struct face *f, const struct psrp_server_event *event);

/** A key pair made for the tests, so that each pool need not make one. */
void face_set_key_pair(struct psrp_pool *pool);

#endif
