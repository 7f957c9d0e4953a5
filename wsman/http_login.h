/* Who asks, and how: what a lane's security contexts are made of. Shared with threads, so counted. */
#ifndef WSMAN_HTTP_LOGIN_H
#define WSMAN_HTTP_LOGIN_H

#include "base/arena.h"
#include "wsman/http.h"

struct wsman_login {
    const struct auth_mechanism *mechanism;
    struct auth_initiator_options options; /* borrows from the rest */
    struct auth_credential credential;
    struct icm_buf binding; /* of the server's certificate, once one was seen */
    struct icm_arena texts;
    bool is_tls;
    int users; /* atomic */
};

/** A copy of what @target says; @host and @port are of its address. */
enum icm_code wsman_login_new(struct wsman_login **out, const struct wsman_target *target, const char *host,
                              unsigned port, bool is_tls, struct icm_error *err);
struct wsman_login *wsman_login_share(struct wsman_login *l);
void wsman_login_release(struct wsman_login *l); /* NULL is fine */

/** From now on contexts are bound to @binding. Who shares *@at keeps it as it is, and *@at becomes another one. No
 * handshake of the old one may be left here. */
enum icm_code wsman_login_bind(struct wsman_login **at, struct icm_slice binding, struct icm_error *err);

#endif
