/* What the mechanisms' own files give to the table in mechs.c; nobody else includes this. */
#ifndef AUTH_MECHS_H
#define AUTH_MECHS_H

#include "auth/auth.h"

/* basic.c, RFC 7617: the token is "user:password" */
enum icm_code auth_basic_client_step(void **state, const struct auth_credential *credential, struct icm_slice in,
                                     struct icm_buf *out, struct icm_error *err);
enum icm_code auth_basic_server_step(void **state, const struct auth_credential *accounts, size_t account_count,
                                     struct icm_slice in, struct icm_buf *out, const char **user,
                                     struct icm_error *err);
void auth_basic_state_free(void *state);

#endif
