/* What is the same in both of Negotiate's roles. */
#include "auth/negotiate.h"

#include <stdio.h>
#include <stdlib.h>

const struct auth_negotiable *auth_negotiate_find(const struct auth_negotiate *n, struct icm_slice oid)
{
    for (size_t i = 0; i < n->row_count; i++)
        for (size_t k = 0; k < AUTH_NEGOTIATE_OIDS_MAX && n->rows[i].oids[k]; k++)
            if (icm_slice_equal(*n->rows[i].oids[k], oid))
                return &n->rows[i];
    return NULL;
}

void auth_negotiate_note(struct auth_negotiate *n, const struct auth_negotiable *row, const struct icm_error *why)
{
    struct icm_slice name = icm_slice_text(row->name), text = icm_slice_text(why->text);
    bool names_itself = text.size > name.size && memcmp(text.data, name.data, name.size) == 0;

    icm_buf_add_text(&n->failures, n->failures.size > 0 ? "; " : "");
    if (!names_itself)
        icm_buf_add_format(&n->failures, "%s: ", row->name);
    icm_buf_add(&n->failures, text);
}

/* ---- the mechanism inside ---- */

void auth_negotiate_choose(struct auth_negotiate *n, const struct auth_negotiable *row, struct auth_context *inner)
{
    auth_context_free(n->inner);
    n->inner = inner;
    n->chosen = row;
}

const char *auth_negotiate_inner_name(const struct auth_negotiate *n)
{
    const char *described = auth_describe(n->inner);

    return *described ? described : n->chosen->name;
}

static enum icm_code describe(struct auth_negotiate *n, struct icm_error *err)
{
    char text[200];

    snprintf(text, sizeof text, "Negotiate: %s", auth_negotiate_inner_name(n));
    icm_set_text(&n->context.description, text);
    if (auth_user(n->inner))
        icm_set_text(&n->context.user, auth_user(n->inner));
    bool is_whole = n->context.description && !auth_user(n->inner) == !n->context.user;
    return is_whole ? ICM_OK : icm_nomem(err);
}

enum icm_code auth_negotiate_inner_step(struct auth_negotiate *n, struct icm_slice in, struct icm_buf *out,
                                        struct icm_error *err)
{
    enum icm_code code = auth_step(n->inner, in, out, err);

    if (code != ICM_OK && code != ICM_AGAIN)
        return code;
    enum icm_code described = describe(n, err);
    return described == ICM_OK ? code : described;
}

/* ---- mechListMICs ---- */

enum icm_code auth_negotiate_add_mic(struct auth_negotiate *n, struct icm_buf *mic, struct icm_error *err)
{
    if (!n->inner->ops->add_mic)
        return icm_fail(err, ICM_DENIED, "RFC 4178 5", "%s cannot prove that nobody changed the list of mechanisms",
                        n->chosen->name);
    enum icm_code code = n->inner->ops->add_mic(n->inner, icm_buf_slice(&n->mechs), mic, err);
    if (code != ICM_OK)
        return code;
    n->has_sent_mic = true;
    if (n->inner->ops->rewind)
        n->inner->ops->rewind(n->inner, true);
    return ICM_OK;
}

enum icm_code auth_negotiate_check_mic(struct auth_negotiate *n, struct icm_slice mic, struct icm_error *err)
{
    enum icm_code code =
        n->inner->ops->check_mic ? n->inner->ops->check_mic(n->inner, icm_buf_slice(&n->mechs), mic, err) : ICM_DENIED;

    if (code == ICM_OK) {
        n->has_checked_mic = true;
        if (n->inner->ops->rewind)
            n->inner->ops->rewind(n->inner, false);
        return ICM_OK;
    }
    if (code == ICM_NOMEM)
        return code;
    return icm_fail(err, ICM_DENIED, "RFC 4178 5",
                    "the mechListMIC is not right: somebody changed the list of mechanisms, or the token (%s)",
                    n->chosen->name);
}

enum icm_code auth_negotiate_respond(struct icm_buf *out, const struct auth_spnego_token *t, struct icm_error *err)
{
    auth_spnego_write(out, t);
    return icm_buf_check(out, err);
}

/* ---- messages: the inner context's ---- */

static enum icm_code no_sealing(const struct auth_negotiate *n, struct icm_error *err)
{
    return icm_fail(err, ICM_STATE, NULL, "%s seals no messages", auth_describe(&n->context));
}

static enum icm_code wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                          struct auth_sealed *sealed, struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);

    if (!n->inner || !n->inner->ops->wrap)
        return no_sealing(n, err);
    return n->inner->ops->wrap(n->inner, message, out, sealed, err);
}

/* @header_size may be 0 inside of CredSSP: the inner mechanism knows */
static enum icm_code unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                            struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);

    if (!n->inner || !n->inner->ops->unwrap)
        return no_sealing(n, err);
    return n->inner->ops->unwrap(n->inner, header_size, bytes, out, err);
}

static enum icm_code check_signing(const struct auth_negotiate *n, bool can, struct icm_error *err)
{
    if (can && auth_is_established(&n->context))
        return ICM_OK;
    return icm_fail(err, ICM_STATE, NULL, "%s signs no messages, or not yet", auth_describe(&n->context));
}

static enum icm_code add_mic(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);
    enum icm_code code = check_signing(n, n->inner && n->inner->ops->add_mic, err);

    return code == ICM_OK ? n->inner->ops->add_mic(n->inner, message, out, err) : code;
}

static enum icm_code check_mic(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                               struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);
    enum icm_code code = check_signing(n, n->inner && n->inner->ops->check_mic, err);

    return code == ICM_OK ? n->inner->ops->check_mic(n->inner, message, mic, err) : code;
}

/* ---- life ---- */

static void free_negotiate(struct auth_context *c)
{
    struct auth_negotiate *n = auth_negotiate_of(c);

    auth_context_free(n->inner);
    icm_buf_reset(&n->mechs);
    icm_buf_reset(&n->failures);
    free(n);
}

static const struct auth_ops initiator_ops = {
    .step = auth_negotiate_initiator_step,
    .may_wait = auth_negotiate_initiator_may_wait,
    .wrap = wrap,
    .unwrap = unwrap,
    .add_mic = add_mic,
    .check_mic = check_mic,
    .free = free_negotiate,
};

static const struct auth_ops acceptor_ops = {
    .step = auth_negotiate_acceptor_step,
    .wrap = wrap,
    .unwrap = unwrap,
    .add_mic = add_mic,
    .check_mic = check_mic,
    .free = free_negotiate,
};

static struct auth_negotiate *make(const struct auth_ops *ops, const struct auth_negotiable *rows, size_t count)
{
    struct auth_negotiate *n = calloc(1, sizeof *n);

    if (!n)
        return NULL;
    n->context.ops = ops;
    n->rows = rows;
    n->row_count = count;
    return n;
}

enum icm_code auth_negotiate_initiator_from(struct auth_context **out, const struct auth_negotiable *rows, size_t count,
                                            const struct auth_initiator_options *o, struct icm_error *err)
{
    struct auth_negotiate *n = make(&initiator_ops, rows, count);

    if (!n)
        return icm_nomem(err);
    n->initiates = *o;
    *out = &n->context;
    return ICM_OK;
}

enum icm_code auth_negotiate_acceptor_from(struct auth_context **out, const struct auth_negotiable *rows, size_t count,
                                           const struct auth_acceptor_options *o, struct icm_error *err)
{
    struct auth_negotiate *n = make(&acceptor_ops, rows, count);

    if (!n)
        return icm_nomem(err);
    n->accepts = o;
    *out = &n->context;
    return ICM_OK;
}
