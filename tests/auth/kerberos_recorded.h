/* Recorded tickets in the place of a KDC: fixtures/kdc/recorded. Sets the process's environment, for one type of keys
 * at a time. */
#ifndef TESTS_AUTH_KERBEROS_RECORDED_H
#define TESTS_AUTH_KERBEROS_RECORDED_H

#include "auth/context.h"

/** Whether there are tickets with keys of @type (RFC 3961's number), which all contexts use from now on. */
bool kerberos_recorded(int type);

/** The same on a machine whose own realm is @realm; the tickets are still ICM.TEST's. */
bool kerberos_recorded_in(int type, const char *realm);

/** Two contexts that have shaken hands; false: what happened is in @err. Both options are filled in where they are
 * empty. */
bool kerberos_pair(struct auth_initiator_options *i, struct auth_acceptor_options *a, struct auth_context **client,
                   struct auth_context **server, struct icm_error *err);

#endif
