/* A server for lanes over real sockets: NTLM in earnest, sealed, with its acceptor; mechanisms of the test's own; Basic;
 * and TLS. It does to one of its answers what a row of the test has it do. */
#ifndef TESTS_WSMAN_LANE_SERVER_H
#define TESTS_WSMAN_LANE_SERVER_H

#include "tests/auth/tls_peer.h"
#include "tests/wsman/peers.h"
#include "wsman/seal.h"

#include <uv.h>

enum { LANE_CONNECTIONS_MAX = 16 };

enum lane_fault {
    NO_FAULT,
    CLEAR,          /* the envelope in clear, status 200 */
    CLEAR_FAULT,    /* ... and 500 */
    CLEAR_PAGE,     /* 503 and a page */
    LONG_PAGE,      /* ... of a megabyte */
    TAMPERED,       /* one bit of the sealed answer */
    TWICE,          /* the sealed answer, and another one behind it */
    FORGETS,        /* 401 in place of the answer, and the connection is closed */
    FORGETS_BEHIND, /* the same to all bodies behind it, too */
    FORGED,         /* 401 by somebody in between, and the body has been carried out */
    CUTS,           /* the connection is closed in place of the answer */
    CUTS_BEHIND,    /* ... and behind it */
    CUTS_LOGON,     /* ... in place of the answer to the first token */
    OFFERS_BASIC,   /* 401 with Basic in place of the answer to the first token */
    ACCEPTS_ALL,    /* 200 in place of the answer to the first token */
    SAYS_BASIC,     /* the body gets a 401 that offers Basic */
};

struct lane_connection {
    struct lane_server *server;
    uv_tcp_t tcp;
    struct tls_peer *tls; /* NULL: http */
    bool is_shaken;       /* the handshake is done */
    struct icm_buf in;
    struct auth_context *auth;
    bool is_established, is_closing;
    unsigned logons, bodies; /* what came on it */
    char user[32];           /* whose they were; "?" more than one user's */
};

struct lane_server {
    uv_loop_t *loop;
    uv_tcp_t tcp;
    unsigned port;
    const struct auth_mechanism *mechanism;
    struct auth_acceptor_options options;
    struct auth_credential accounts[2]; /* "tester" with "Secret 1", "other" with "Secret 2" */
    struct tls_peer tls;                /* what all connections have in common, where lane_server_use_tls was called */
    bool is_tls;
    enum lane_fault fault;
    unsigned at_body; /* the fault is for the answer to this one, from 1 */
    struct peers peers;
    struct wsman_unsealer *unsealer;
    struct lane_connection *connections[LANE_CONNECTIONS_MAX];
    unsigned connection_count, empties, bodies, clear_bytes, carried_out; /* what came */
};

/** On a free port of the loopback. */
void lane_server_start(struct lane_server *s, uv_loop_t *loop, const struct auth_mechanism *mechanism);
void lane_server_use_tls(struct lane_server *s, const struct tls_identity *identity, int version); /* 0: any */
void lane_server_hang_up(struct lane_connection *c);
void lane_server_stop(struct lane_server *s);  /* the loop has to run once more */
void lane_server_reset(struct lane_server *s); /* behind that */

#endif
