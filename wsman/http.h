/* The HTTP exchange: envelopes go out on lanes, replies come back read. One loop, many lanes; only a logon that has to
 * ask a KDC has a thread. What waits in this folder is in the files http_*.c behind this. RFC 9110, 9112;
 * MS-WSMV 2.1, 2.2.9. */
#ifndef WSMAN_HTTP_H
#define WSMAN_HTTP_H

#include "auth/auth.h"
#include "wsman/message.h"
#include "wsman/proxy.h"
#include "wsman/shell.h"

struct uv_loop_s;
struct wsman_http; /* what all lanes of a loop share: names that were looked up, certificate stores, what reads */
enum icm_code wsman_http_new(struct wsman_http **out, struct uv_loop_s *loop, struct icm_error *err);

/** All lanes must be freed before. The loop has to run once more to let go of its handles. Allowed inside a done. */
void wsman_http_free(struct wsman_http *h);

/** Where a session's lanes go and who asks. Copied. */
struct wsman_target {
    const char *url;      /* http:// or https:// */
    const char *computer; /* as the user named it: for messages */
    const struct auth_mechanism *mechanism;
    const struct auth_credential *credential; /* NULL, or without a user: who we are already */
    const char *spn_service, *spn_host;       /* NULL: auth.h's choice */
    bool port_in_spn;                         /* the address's, or its scheme's */
    bool delegates, allows_ntlm,
        allows_old_credssp; /* auth.h; TLS with its checks, and this machine, allow NTLM by themselves */
    const char *ccache, *keytab;
    /* https: who we are, shown by a certificate: the name of a file (PEM, or PKCS#12 by its ending) or a pkcs11:
     * address */
    const char *certificate, *certificate_key; /* key NULL: in the same place */
    struct icm_slice key_password;
    bool skip_ca_check, skip_cn_check; /* https: do not ask who signed the certificate; nor whom it names */
    bool no_encryption;     /* http: bodies go in clear, though the mechanism could seal them */
    bool allow_unencrypted; /* what nothing seals may go over http to another machine */
    const char *ca_file;               /* PEM of the authorities to trust; NULL: the system's */
    struct wsman_proxy proxy;          /* by none unless told: the environment is not asked */
    uint32_t connect_timeout_ms;       /* 0: limits.h */
    /* how often a request that opens something (Create, Connect, Identify) tries again to connect, each time after a longer
     * wait, within its own time; never one of which anything may have been received. 0: the first failure is told at once */
    uint32_t connect_retries;
};

/** How an exchange went. @code ICM_OK: @reply is whole (a fault too) and valid during the call. Else @err says why, and
 * @status may still be an HTTP status. */
struct wsman_exchange {
    enum icm_code code;
    unsigned status;
    const struct wsman_request *request;
    struct wsman_message *reply;
    const struct icm_error *err;
    struct icm_slice body; /* the reply's bytes, where wsman_lane_keep_body asked for them */
    size_t body_size;
};
typedef void (*wsman_lane_done)(void *context, const struct wsman_exchange *exchange);

/** One request at a time, in order, over a connection that is kept and is nobody else's: one security context. */
struct wsman_lane;

/** ICM_DENIED: a body that nothing seals would go over http to another machine, which nobody allowed. */
enum icm_code wsman_lane_new(struct wsman_lane **out, struct wsman_http *h, const struct wsman_target *target,
                             wsman_lane_done done, void *context, struct icm_error *err);
void wsman_lane_free(struct wsman_lane *l); /* what is in flight is cut off; allowed inside its own done */

/** Send @request, which becomes the lane's. It is on its way when this returns, as far as the network takes it.
 * ICM_STATE: one is in flight. @done is never called from inside. */
enum icm_code wsman_lane_post(struct wsman_lane *l, struct wsman_request *request, struct icm_error *err);

/** An idle lane goes on for somebody else, with its connection and its logon. */
void wsman_lane_assign(struct wsman_lane *l, wsman_lane_done done, void *context);

bool wsman_lane_is_busy(const struct wsman_lane *l);

/** Whether exchanges carry a copy of the reply's bytes: for the wire log. */
void wsman_lane_keep_body(struct wsman_lane *l, bool keep);

/** Cut off what is in flight; its done is not called. */
void wsman_lane_cancel(struct wsman_lane *l);

/** Whether @host means this machine: localhost, 127.0.0.0/8, ::1. */
bool wsman_host_is_loopback(const char *host);

#endif
