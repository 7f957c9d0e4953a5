/* A client's certificate: TLS has proved everything; what is left is to say so. The token is empty. MS-WSMV 2.2.9
 * (secprofile https/mutual); wsman.md 15. */
#include "auth/context.h"

#include <stdlib.h>

struct certificate {
    struct auth_context context;
    const char *user; /* the acceptor's: whom TLS has shown */
};

static void free_certificate(struct auth_context *c)
{
    free(c);
}

static enum icm_code say_so(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    (void)c, (void)in, (void)out, (void)err;
    return ICM_OK;
}

static enum icm_code look(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    const char *user = ((struct certificate *)c)->user;

    (void)in, (void)out;
    if (!user)
        return icm_fail(err, ICM_DENIED, "DSP0226 C.3.4", "no client certificate, or one that is mapped to nobody");
    icm_set_text(&c->user, user);
    return c->user ? ICM_OK : icm_nomem(err);
}

static const struct auth_ops initiator_ops = {.step = say_so, .free = free_certificate};
static const struct auth_ops acceptor_ops = {.step = look, .free = free_certificate};

static enum icm_code certificate_new(struct auth_context **out, const struct auth_ops *ops, const char *user,
                                     struct icm_error *err)
{
    struct certificate *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->context.ops = ops;
    c->user = user;
    *out = &c->context;
    return ICM_OK;
}

enum icm_code auth_certificate_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                             struct icm_error *err)
{
    (void)o;
    return certificate_new(out, &initiator_ops, NULL, err);
}

enum icm_code auth_certificate_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                            struct icm_error *err)
{
    return certificate_new(out, &acceptor_ops, o->certificate_user, err);
}
