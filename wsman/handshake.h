/* How one TCP connection is authenticated, the client's side, pure: what to send next, and what a reply means for it.
 * The scheme that was chosen is the only one; no request's body is sent before the logon is complete; where the
 * mechanism seals and there is no TLS the body is sealed or not sent (unless who asks has said NoEncryption). MS-WSMV 2.2.9, 3.1.4; RFC 9110 11. */
#ifndef WSMAN_HANDSHAKE_H
#define WSMAN_HANDSHAKE_H

#include "auth/auth.h"

struct wsman_handshake;

/** @options are borrowed for its life; needs_sealing of them says that bodies are sealed. */
enum icm_code wsman_handshake_new(struct wsman_handshake **out, const struct auth_mechanism *mechanism,
                                  const struct auth_initiator_options *options, struct icm_error *err);
void wsman_handshake_free(struct wsman_handshake *h); /* wipes tokens and keys; NULL is fine */

enum wsman_handshake_due {
    WSMAN_DUE_STEP,  /* wsman_handshake_step */
    WSMAN_DUE_EMPTY, /* send a POST without a body */
    WSMAN_DUE_BODY,  /* send the request's body */
    WSMAN_DUE_ANEW,  /* the server has forgotten us: another handshake, on another connection, and then the same body */
};
enum wsman_handshake_due wsman_handshake_due(const struct wsman_handshake *h);

/** A request is to be sent; borrowed until its reply. */
void wsman_handshake_request(struct wsman_handshake *h, const char *method, const char *uri, struct icm_slice body);

/** Whether the step that is due may wait for the network. */
bool wsman_handshake_may_wait(const struct wsman_handshake *h);

/** Let the mechanism think. May run on any thread, alone. ICM_DENIED: refused, by the server or by us. */
enum icm_code wsman_handshake_step(struct wsman_handshake *h, struct icm_error *err);

/** The Authorization header's value for what is due to be sent; no data: none. A secret. */
struct icm_slice wsman_handshake_authorization(const struct wsman_handshake *h);

/** What was due has been answered: HTTP's @status, and the values of all WWW-Authenticate headers, a line each. ICM_OK:
 * the reply is that of the request. ICM_AGAIN: it was about the logon alone, see what is due. */
enum icm_code wsman_handshake_replied(struct wsman_handshake *h, unsigned status, struct icm_slice challenges,
                                      struct icm_error *err);

/** The context that seals bodies; NULL: they go as they are. */
struct auth_context *wsman_handshake_sealer(struct wsman_handshake *h);

/** Whether the connection is authenticated: it carries bodies, and a new connection would have to begin anew. */
bool wsman_handshake_is_complete(const struct wsman_handshake *h);

#endif
