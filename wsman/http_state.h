/* What the files of the HTTP client share. Nobody else includes this. */
#ifndef WSMAN_HTTP_STATE_H
#define WSMAN_HTTP_STATE_H

#include "wsman/handshake.h"
#include "wsman/http.h"
#include "wsman/http_login.h"
#include "wsman/http_worker.h"
#include "wsman/seal.h"

#include <curl/curl.h>
#include <uv.h>

enum {
    /* What curl reads into and sends from for as long as a transfer lasts, and most of them wait: small, unless much is
     * to be sent, or the last answer was long. 4 KB hold what a session at rest says; 64 KB are a twentieth faster than
     * 16 KB, which is the least that curl takes for sending. */
    WSMAN_BUFFER = 4 * 1024,
    WSMAN_BUFFER_SENT = 16 * 1024,
    WSMAN_BUFFER_LARGE = 64 * 1024,
    /* libxml2 looks for the last tag of each piece it gets, so it gets larger ones */
    WSMAN_PARSED_PIECE = 128 * 1024,
    WSMAN_CHALLENGES_MAX = 2 * AUTH_TOKEN_MAX, /* bytes of all WWW-Authenticate headers of a reply */
    WSMAN_IGNORED_MAX = 64 * 1024,             /* of a reply that says nothing but its status */
    WSMAN_HEADER_COUNT = 5,
};

struct wsman_store;
struct wsman_seen;
struct wsman_resumption;
struct ssl_st;
struct ssl_ctx_st;
struct x509_store_st;

struct wsman_http {
    uv_loop_t *loop;
    unsigned users;    /* its owner, and who calls a lane's done, in which the owner may free it */
    CURLM *multi;      /* runs the transfers of all lanes; the connections are their lanes' */
    uv_timer_t *timer; /* curl's own time-outs */
    uv_timer_t *drain; /* what ended while somebody else was at work */
    struct wsman_worker *worker;
    struct wsman_inlet *inlets; /* http_inlet.c: spare ones */
    unsigned inlet_count;
    struct wsman_store *stores;           /* http_tls.c: the authorities of a file, loaded once */
    struct wsman_resumption *resumptions; /* http_tls_session.c */
    struct wsman_seen *seen;              /* http_tls.c: what the servers' certificates were, for channel bindings */
};

/* What reads a reply's body. Most lanes wait or rest at any time, so a lane has one from the first byte to the end. */
struct wsman_inlet {
    struct wsman_inlet *next;
    struct wsman_reader *reader;
    struct wsman_unsealer *unsealer; /* NULL: nothing sealed has come yet */
    struct icm_buf unparsed;
};

/* Through a proxy. */
struct wsman_way {
    char *proxy; /* host and port */
    char *user;  /* NULL: nobody */
    struct icm_buf password;
    enum wsman_proxy_scheme scheme;
};

struct wsman_lane {
    struct wsman_http *http;
    struct wsman_way *way; /* NULL: straight */
    CURLSH *share;     /* of this lane alone: it holds the connection, which is so never another's */
    CURL *easy;        /* NULL: no exchange is under way */
    uv_timer_t *timer; /* the exchange's time while a logon's step waits; and for what posting found wrong */
    wsman_lane_done done;
    void *context;
    unsigned port;
    char *url, *host, *authority, *path; /* authority: host and port, for messages; path: as the request line has it */
    uint32_t connect_timeout_ms, connect_retries;
    char *ca_file;
    bool checks_authority, checks_name;
    bool keeps_easy; /* it knows our certificate's key */
    bool is_busy, keeps_body;
    struct wsman_login *login;

    /* the connection's logon */
    struct wsman_handshake *handshake; /* NULL: none has begun; not ours while @job has it */
    struct wsman_job *job;
    bool knows_certificate; /* what the logon is bound to over TLS */
    curl_socket_t socket;   /* of the last transfer */
    bool is_bound;          /* the handshake has its connection: another one is none for it */

    /* of the exchange that is under way */
    struct wsman_request request;
    uint64_t deadline_ms;
    unsigned body_count; /* how often its body may have reached the server */
    unsigned renewals;   /* of the logon */
    uint32_t retries;    /* to connect */
    bool has_sent;       /* a transfer has begun: curl's status is this exchange's */

    /* of the transfer: one HTTP request */
    bool is_running, sends_body;
    unsigned sent_count; /* how often curl has begun to send it */
    bool goes_again;     /* it was stopped before it was sent: see what is due */
    struct icm_buf sealed, content_type, authorization;
    struct curl_slist headers[WSMAN_HEADER_COUNT]; /* our own nodes: curl only reads them, and we can wipe them */

    /* of its reply */
    struct icm_buf challenges;
    bool is_judged;        /* the handshake has seen its head ... */
    enum icm_code verdict; /* ... and says whether it is the request's */
    bool reads_body, opens_body, has_ended;
    struct wsman_inlet *inlet;
    struct icm_buf body; /* all of it, when the wire log wants it */
    size_t body_size;

    enum icm_code code; /* what we found wrong */
    struct icm_error err;
    char curl_text[CURL_ERROR_SIZE];
};

/* --- http_lane.c: what is due --- */

/** A transfer has ended, sent or not. */
void wsman_lane_transfer_ended(struct wsman_lane *l, CURLcode result);

/* --- http_curl.c: a transfer on curl --- */

enum icm_code wsman_lane_set_up(struct wsman_lane *l, const struct wsman_target *target, struct icm_error *err);

/** Send what is due: the request's body or an empty one. */
enum icm_code wsman_transfer_start(struct wsman_lane *l, bool sends_body, struct icm_error *err);
bool wsman_transfer_is_cut(const struct wsman_lane *l); /* between two: the connection is gone */
void wsman_transfer_authorize(struct wsman_lane *l);
unsigned wsman_transfer_status(const struct wsman_lane *l);

/** Cut off what is under way, and let go of all that only an exchange needs. */
void wsman_transfer_rest(struct wsman_lane *l);

/** In front of sending, on a connection that stands. false: it is not to be sent, and @l knows why. */
bool wsman_lane_is_sending(struct wsman_lane *l, bool is_new);

/* --- http_easy.c: curl's handle of a lane --- */

/** Make it, unless it is there. @target: of a new lane; NULL: one whose options have served before. */
CURLcode wsman_easy_open(struct wsman_lane *l, const struct wsman_target *target);

/** The connection stays in the lane's share. */
void wsman_easy_close(struct wsman_lane *l);

/* --- http_reply.c: what comes back --- */

void wsman_reply_begin(struct wsman_lane *l);
void wsman_reply_header(struct wsman_lane *l, struct icm_slice line);
bool wsman_reply_body(struct wsman_lane *l, struct icm_slice piece); /* false: enough; @l knows why */

/** The reply is whole: judged, or read into *@reply. ICM_AGAIN: it was about the logon. */
enum icm_code wsman_reply_finish(struct wsman_lane *l, struct wsman_message **reply, struct icm_error *err);

/* --- http_inlet.c: what reads a body --- */

/** A spare one, or a new one, at the beginning of a message of at most @bytes_max bytes. */
enum icm_code wsman_inlet_take(struct wsman_inlet **out, struct wsman_http *h, size_t bytes_max, struct icm_error *err);
void wsman_inlet_give(struct wsman_http *h, struct wsman_inlet *i); /* NULL is fine */
void wsman_inlets_free(struct wsman_http *h);

/* --- http_loop.c: curl on libuv --- */

bool wsman_loop_attach(struct wsman_http *h); /* false: out of memory */
void wsman_loop_detach(struct wsman_http *h);

/** Let curl do what it can, and look later for what has ended. */
void wsman_loop_kick(struct wsman_http *h);

uv_timer_t *wsman_timer_new(uv_loop_t *loop, void *data);
void wsman_timer_free(uv_timer_t *timer); /* NULL is fine */

/* --- http_tls.c: certificates --- */

/** What the handshake wants of curl's handle; and our own certificate, where @target has one. */
CURLcode wsman_tls_set_up(struct wsman_lane *l);
CURLcode wsman_tls_set_certificate(struct wsman_lane *l, const struct wsman_target *target);
void wsman_tls_free(struct wsman_http *h);

/** Whether the connection, which stands, was verified as its lane wants, by itself: libcurl has caches. */
enum icm_code wsman_tls_check(struct wsman_lane *l, struct icm_error *err);

/** The binding of the connection's certificate, appended to @out. */
enum icm_code wsman_tls_binding(struct wsman_lane *l, struct icm_buf *out, struct icm_error *err);

/** What was seen of a server before, so that a logon that may wait can be made ready (false: nothing was); and what was
 * seen now. */
bool wsman_tls_recall(const struct wsman_http *h, const char *authority, struct icm_slice *out);
void wsman_tls_remember(struct wsman_http *h, const char *authority, struct icm_slice binding);

/* --- http_tls_session.c: what a handshake may resume --- */

/** A connection that is going to be made with @config, and verified with @store (NULL: with none). */
void wsman_tls_resume(struct wsman_lane *l, struct ssl_ctx_st *config, const struct x509_store_st *store);

/** Whether a connection that stands is a new session, or resumes one that was verified as @l wants. */
bool wsman_tls_may_be_resumed(const struct wsman_lane *l, const struct ssl_st *ssl, const struct x509_store_st *store);
void wsman_tls_sessions_free(struct wsman_http *h);

/* --- http_proxy.c: the way through a proxy --- */

/** *@out stays NULL where @host is reached without one. ICM_USAGE: no address of a proxy. */
enum icm_code wsman_way_new(struct wsman_way **out, const struct wsman_proxy *proxy, const char *host,
                            struct icm_error *err);
void wsman_way_free(struct wsman_way *w); /* wipes the password; NULL is fine */
CURLcode wsman_way_set_up(struct wsman_way *w, CURL *easy);

/** What a lane's proxy has to do with curl's failure, in words. ICM_OK: nothing, the tunnel stands. */
enum icm_code wsman_way_fail(const struct wsman_lane *l, CURLcode curl, struct icm_error *err);

/* --- http_error.c --- */

/** Whether it may be well the next time: no connection was made, or it was cut. */
bool wsman_failure_passes(CURLcode curl);

/** What curl found wrong, in words. */
enum icm_code wsman_fail_as_curl(const struct wsman_lane *l, CURLcode curl, struct icm_error *err);

#endif
