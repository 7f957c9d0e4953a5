/* What is the same for all mechanisms: a context's life, and when it may do what. */
#include "auth/context.h"

#include <stdlib.h>

void auth_credential_reset(struct auth_credential *c)
{
    free(c->user);
    icm_buf_reset(&c->password);
    memset(c, 0, sizeof *c);
}

enum icm_code auth_initiator_new(struct auth_context **out, const struct auth_mechanism *mechanism,
                                 const struct auth_initiator_options *options, struct icm_error *err)
{
    struct auth_context *c = NULL;
    enum icm_code code = mechanism->initiator_new(&c, options, err);

    if (code != ICM_OK)
        return code;
    c->mechanism = mechanism;
    *out = c;
    return ICM_OK;
}

/* Digest's response fits any TLS connection (RFC 7616 5.8). CredSSP is bound to the TLS inside of it (MS-CSSP 3.1.5)
 * and not to the one around it; and as over TLS bodies are not sealed, who is in between, with a certificate that the
 * client took for good, could go on in its name. (Windows' own CbtHardeningLevel Strict seems not to ask CredSSP:
 * clients that bind nothing are tested against it.) */
static enum icm_code check_binding(const struct auth_mechanism *m, const struct auth_acceptor_options *o,
                                   struct icm_error *err)
{
    if (!o->requires_binding || !auth_mechanism_has(m, AUTH_UNBOUND))
        return ICM_OK;
    return auth_remedy(err,
                       icm_fail(err, ICM_UNSUPPORTED, "RFC 5929 4",
                                "%s cannot prove over which TLS connection it came, which is asked for", m->scheme),
                       "offer Negotiate or Kerberos there");
}

enum icm_code auth_acceptor_new(struct auth_context **out, const struct auth_mechanism *mechanism,
                                const struct auth_acceptor_options *options, struct icm_error *err)
{
    struct auth_context *c = NULL;
    enum icm_code code = check_binding(mechanism, options, err);

    if (code == ICM_OK)
        code = mechanism->acceptor_new(&c, options, err);
    if (code != ICM_OK)
        return code;
    c->mechanism = mechanism;
    *out = c;
    return ICM_OK;
}

void auth_context_free(struct auth_context *c)
{
    if (!c)
        return;
    free(c->user);
    free(c->description);
    c->ops->free(c);
}

const struct auth_mechanism *auth_context_mechanism(const struct auth_context *c)
{
    return c->mechanism;
}

static enum icm_code fail_as_before(struct icm_error *err)
{
    return icm_fail(err, ICM_STATE, NULL, "the security context has failed before and is of no more use");
}

enum icm_code auth_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    if (c->has_failed)
        return fail_as_before(err);
    if (in.size > AUTH_TOKEN_MAX) {
        c->has_failed = true;
        return icm_fail(err, ICM_LIMIT, NULL, "a token of %zu bytes, at most %d", in.size, AUTH_TOKEN_MAX);
    }
    enum icm_code code = c->ops->step(c, in, out, err);
    if (code == ICM_OK)
        c->is_established = true;
    else if (code != ICM_AGAIN)
        c->has_failed = true;
    return code;
}

bool auth_may_wait(const struct auth_context *c)
{
    return auth_mechanism_has(c->mechanism, AUTH_MAY_WAIT) && (!c->ops->may_wait || c->ops->may_wait(c));
}

void auth_describe_request(struct auth_context *c, const char *method, const char *uri, struct icm_slice body)
{
    if (c->ops->describe_request)
        c->ops->describe_request(c, method, uri, body);
}

bool auth_is_established(const struct auth_context *c)
{
    return c->is_established && !c->has_failed;
}

const char *auth_user(const struct auth_context *c)
{
    return c->user;
}

const char *auth_describe(const struct auth_context *c)
{
    if (c->description)
        return c->description;
    return c->mechanism ? c->mechanism->name : "";
}

/* Whether it may seal or unseal now. */
static enum icm_code check_sealing(const struct auth_context *c, bool can, struct icm_error *err)
{
    if (c->has_failed)
        return fail_as_before(err);
    if (!can)
        return icm_fail(err, ICM_STATE, NULL, "%s protects no messages", auth_describe(c));
    return c->is_established ? ICM_OK : icm_fail(err, ICM_STATE, NULL, "the security context is not established yet");
}

enum icm_code auth_wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                        struct auth_sealed *sealed, struct icm_error *err)
{
    enum icm_code code = check_sealing(c, c->ops->wrap != NULL, err);
    struct auth_sealed how = {0};

    if (code != ICM_OK)
        return code;
    code = c->ops->wrap(c, message, out, &how, err);
    if (code == ICM_OK)
        *sealed = how;
    else
        c->has_failed = true;
    return code;
}

enum icm_code auth_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                          struct icm_error *err)
{
    enum icm_code code = check_sealing(c, c->ops->unwrap != NULL, err);

    if (code != ICM_OK)
        return code;
    if (header_size == 0) /* which would leave it to the mechanism */
        code = icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9.1.1", "a sealed message whose header has 0 bytes");
    else
        code = c->ops->unwrap(c, header_size, bytes, out, err);
    if (code != ICM_OK)
        c->has_failed = true;
    return code;
}

enum icm_code auth_inner_seal(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                              struct icm_error *err)
{
    struct auth_sealed how;

    if (!c->ops->wrap)
        return icm_fail(err, ICM_STATE, NULL, "%s protects no messages", auth_describe(c));
    return c->ops->wrap(c, message, out, &how, err);
}

enum icm_code auth_inner_unseal(struct auth_context *c, struct icm_slice sealed, struct icm_buf *out,
                                struct icm_error *err)
{
    if (!c->ops->unwrap)
        return icm_fail(err, ICM_STATE, NULL, "%s protects no messages", auth_describe(c));
    return c->ops->unwrap(c, 0, sealed, out, err);
}

enum icm_code auth_remedy(struct icm_error *err, enum icm_code code, const char *remedy)
{
    struct icm_fault *fault = icm_error_fault(err);

    if (fault)
        icm_set_text(&fault->remedy, remedy);
    return code;
}
