/* Who we are, and how a message is protected: the one interface of all mechanisms, in both roles, without I/O. A step takes the
 * peer's token and gives ours; HTTP's headers and base64 are the caller's. RFC 7235; MS-WSMV 2.2.9. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/buf.h"

/** A user and a password, UTF-8. The password's buffer wipes itself. */
struct auth_credential {
    char *user;
    struct icm_buf password;
};
void auth_credential_reset(struct auth_credential *c);

/** What there is to know of a mechanism: one row of the table in mechs.c. */
struct auth_mechanism {
    const char *name;    /* -Authentication's value, "Basic" */
    const char *scheme;  /* HTTP's, "Basic" */
    bool shows_password; /* the peer, and who listens, learns the password: only over TLS, or to ourselves */
    bool can_seal;       /* wrap and unwrap protect bodies */
    enum icm_code (*client_step)(void **state, const struct auth_credential *credential, struct icm_slice in,
                                 struct icm_buf *out, struct icm_error *err);
    enum icm_code (*server_step)(void **state, const struct auth_credential *accounts, size_t account_count,
                                 struct icm_slice in, struct icm_buf *out, const char **user, struct icm_error *err);
    void (*state_free)(void *state);
};

/** The row of @name, any case; NULL: there is none. @index walks all rows, NULL behind the last. */
const struct auth_mechanism *auth_mechanism_find(const char *name);
const struct auth_mechanism *auth_mechanism_at(size_t index);

/** One security context, the client's end; one for each TCP connection. */
struct auth_client;
enum icm_code auth_client_new(struct auth_client **out, const struct auth_mechanism *mechanism,
                              const struct auth_credential *credential, struct icm_error *err);
void auth_client_free(struct auth_client *c);

/** Append our next token to @out. ICM_OK: done, what was appended is the last. ICM_AGAIN: the peer's answer is needed.
 *  ICM_DENIED: the peer, or our policy, says no. */
enum icm_code auth_client_step(struct auth_client *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err);

/** The acceptor's end. @accounts is borrowed for its life. ICM_OK: *@user is who it is, the context's own text. */
struct auth_server;
enum icm_code auth_server_new(struct auth_server **out, const struct auth_mechanism *mechanism,
                              const struct auth_credential *accounts, size_t account_count, struct icm_error *err);
void auth_server_free(struct auth_server *s);
enum icm_code auth_server_step(struct auth_server *s, struct icm_slice in, struct icm_buf *out, const char **user,
                               struct icm_error *err);

#endif
