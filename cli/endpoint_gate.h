/* What an HTTP request must be before its body is looked at: where it goes, what it carries, and who sends it. Every request starts
 * as nobody's (CVE-2021-38647 was a server that began with root). Pure. */
#ifndef CLI_ENDPOINT_GATE_H
#define CLI_ENDPOINT_GATE_H

#include "auth/auth.h"

enum { ENDPOINT_USER_MAX = 255 };

/** The head of a request; what was not there is NULL. */
struct endpoint_head {
    const char *method, *path, *content_type, *authorization;
    const char *identify; /* the header WSMANIDENTIFY */
};

/** Who may come in. */
struct endpoint_gate {
    const struct auth_credential *accounts;
    size_t account_count;
    bool takes_passwords; /* nobody can listen: TLS, loopback, or --allow-unencrypted */
};

/** 0: go on, as @user, "" for nobody (who may only Identify); else the HTTP status to answer with. */
unsigned endpoint_gate_judge(const struct endpoint_gate *gate, const struct endpoint_head *head,
                             char user[ENDPOINT_USER_MAX + 1]);

#endif
