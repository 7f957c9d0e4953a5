/* WAITS: a recording behind a socket: the endpoint's HTTP server, whose answers are the recorded ones. */
#ifndef TESTS_REPLAY_SERVER_H
#define TESTS_REPLAY_SERVER_H

#include "tests/replay/dialogue.h"

struct uv_loop_s;

#define REPLAY_USER "replay"
#define REPLAY_PASSWORD "not-a-secret"

struct replay_server_options {
    uint16_t port;    /* 0: a free one */
    size_t piece;     /* answers reach the client in pieces of so many bytes, a segment each; 0: as they are */
    size_t piece_max; /* … of the first so many bytes of each answer; what is behind goes in larger ones; 0: all */
    size_t cut_at;    /* break each connection after so many bytes of its answer's body; 0: do not */
    bool twists;      /* write answers as another server might: twist.h */
    bool packs;       /* compress answers for who takes that */
    unsigned hurry;   /* delays are so many times shorter; 0: as recorded */
    void (*changed)(void *context); /* a request came, an answer went; may be NULL */
    void *context;
};

struct replay_server;
enum icm_code replay_server_new(struct replay_server **out, struct uv_loop_s *loop,
                                const struct replay_capture *capture, const struct replay_server_options *options,
                                struct icm_error *err);
void replay_server_free(struct replay_server *s); /* the loop has to run on until its handles are gone */

const char *replay_server_url(const struct replay_server *s);
struct replay_dialogue *replay_server_dialogue(struct replay_server *s);

#endif
