/* An NTLM client and an NTLM server, and the three messages between them. */
#ifndef TESTS_AUTH_NTLM_PAIR_H
#define TESTS_AUTH_NTLM_PAIR_H

#include "auth/ntlm.h"

struct ntlm_pair {
    struct auth_credential credential, account;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct auth_context *client, *server;
    struct icm_buf messages[3]; /* NEGOTIATE, CHALLENGE, AUTHENTICATE: what each was sent as, and may be changed to
                                   before it comes */
    struct icm_error err;       /* of the first step that failed */
};

static inline void ntlm_credential(struct auth_credential *c, const char *user, const char *password)
{
    icm_set_text(&c->user, user);
    icm_buf_add_text(&c->password, password);
}

/** Sealing needed, NTLM allowed, "ana" with "secret" on both sides; to be changed before the first step. */
static inline void ntlm_pair_init(struct ntlm_pair *p)
{
    memset(p, 0, sizeof *p);
    ntlm_credential(&p->credential, "ana", "secret");
    ntlm_credential(&p->account, "ana", "secret");
    p->initiates = (struct auth_initiator_options){
        .credential = &p->credential, .host = "srv1.corp.example", .needs_sealing = true, .allows_ntlm = true};
    p->accepts = (struct auth_acceptor_options){
        .accounts = &p->account, .account_count = 1, .computer = "srv1.corp.example", .needs_sealing = true};
}

static inline enum icm_code ntlm_pair_new(struct ntlm_pair *p)
{
    const struct auth_mechanism *ntlm = auth_mechanism_find("Ntlm");
    enum icm_code code = auth_initiator_new(&p->client, ntlm, &p->initiates, &p->err);

    return code == ICM_OK ? auth_acceptor_new(&p->server, ntlm, &p->accepts, &p->err) : code;
}

static inline void ntlm_pair_reset(struct ntlm_pair *p)
{
    auth_context_free(p->client);
    auth_context_free(p->server);
    auth_credential_reset(&p->credential);
    auth_credential_reset(&p->account);
    for (size_t i = 0; i < ICM_COUNT(p->messages); i++)
        icm_buf_reset(&p->messages[i]);
    icm_error_reset(&p->err);
}

/** Step @step of four: NEGOTIATE, CHALLENGE, AUTHENTICATE, and its check. */
static inline enum icm_code ntlm_pair_step(struct ntlm_pair *p, size_t step)
{
    struct icm_slice in = step > 0 ? icm_buf_slice(&p->messages[step - 1]) : icm_slice_of(NULL, 0);
    struct icm_buf none = {0};

    return auth_step(step % 2 == 0 ? p->client : p->server, in, step < 3 ? &p->messages[step] : &none, &p->err);
}

/** All steps from @step on. ICM_OK: both are established. */
static inline enum icm_code ntlm_pair_run(struct ntlm_pair *p, size_t step)
{
    enum icm_code code = ICM_AGAIN;

    for (; step < 4 && (code == ICM_AGAIN || step == 3); step++) {
        code = ntlm_pair_step(p, step);
        if (code != ICM_OK && code != ICM_AGAIN)
            break;
    }
    return code;
}

/** One message from one to the other, sealed; into @opened, in place of what was there. */
static inline enum icm_code ntlm_pair_say(struct auth_context *from, struct auth_context *to, struct icm_slice text,
                                          struct icm_buf *opened)
{
    struct icm_buf sealed = {0};
    struct auth_sealed how = {0};
    enum icm_code code = auth_wrap(from, text, &sealed, &how, NULL);

    icm_buf_clear(opened);
    if (code == ICM_OK)
        code = auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), opened, NULL);
    icm_buf_reset(&sealed);
    return code;
}

#endif
