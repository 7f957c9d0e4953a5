/* Who speaks on one TCP connection, and how bodies are opened and sealed on it: the acceptor's side of HTTP
 * authentication. Every connection starts as nobody's (CVE-2021-38647 was a server that began with root). Pure. RFC
 * 7235; MS-WSMV 2.2.9, 3.2.4.1. */
#ifndef CLI_ENDPOINT_ADMISSION_H
#define CLI_ENDPOINT_ADMISSION_H

#include "auth/auth.h"
#include "cli/endpoint_gate.h"

enum { ENDPOINT_MECHANISMS_MAX = 8 };

/** Who may come in, and how; one for each listener. */
struct endpoint_policy {
    struct auth_acceptor_options accepts; /* @needs_sealing: a body in clear is refused from who could have sealed it */
    const struct auth_mechanism *offered[ENDPOINT_MECHANISMS_MAX]; /* in the order in which they are offered */
    size_t offered_count;
    size_t body_max; /* bytes of a body once it is opened */
};

struct endpoint_admission;
enum icm_code endpoint_admission_new(struct endpoint_admission **out, const struct endpoint_policy *policy,
                                     struct icm_error *err);
void endpoint_admission_free(struct endpoint_admission *a); /* NULL is fine */

/** TLS has shown a client's certificate of this user; copied. */
enum icm_code endpoint_admission_set_certificate_user(struct endpoint_admission *a, const char *user,
                                                      struct icm_error *err);

/** A request begins. 0: its body may come; else the HTTP status to refuse it with. */
unsigned endpoint_admission_begin(struct endpoint_admission *a, const struct endpoint_head *head);

/** The body is whole; it is opened in place. 0: it goes on to who serves; 200: that was all (the handshake has come to
 * its end); else the status to refuse it with. */
unsigned endpoint_admission_take(struct endpoint_admission *a, const struct endpoint_head *head, struct icm_buf *body);

/** Who sent the request that was let through; "" for nobody, who may only Identify. */
const char *endpoint_admission_user(const struct endpoint_admission *a);

/** Append the values of the header WWW-Authenticate that belong to an answer of @status, each on a line. */
void endpoint_admission_challenge(struct endpoint_admission *a, unsigned status, struct icm_buf *out);

/** Whether the connection closes behind an answer of @status: what was refused begins anew. Windows does so too;
 * windows-quirks.md */
bool endpoint_admission_closes(const struct endpoint_admission *a, unsigned status);

/** Seal @answer in place where its request was sealed, and set @content_type then. */
enum icm_code endpoint_admission_seal(struct endpoint_admission *a, struct icm_buf *answer,
                                      struct icm_buf *content_type, struct icm_error *err);

/** Why the last request was refused, for the log; "" where there is nothing to say. */
const char *endpoint_admission_why(const struct endpoint_admission *a);

#endif
