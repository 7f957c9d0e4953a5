/* Negotiate's first token: what policy and credentials allow, with a token of the first that has one. RFC
 * 4178 3.2, 4.2.1; MS-SPNG 3.1.5. */
#include "auth/negotiate.h"

/* Whether another mechanism may be tried after this failure: only where nobody has said no to the user or the password.
 * A second try with the same ones would be the step towards a locked account. */
static bool may_fall_back(enum icm_code code)
{
    return code == ICM_UNSUPPORTED || code == ICM_IO || code == ICM_TIMEOUT;
}

enum icm_code auth_negotiate_start(struct auth_negotiate *n, const struct auth_negotiable *row, struct icm_buf *token,
                                   struct icm_error *err)
{
    struct auth_context *inner = NULL;
    enum icm_code code = row->initiator_new(&inner, &n->initiates, err);

    if (code != ICM_OK)
        return code;
    auth_negotiate_choose(n, row, inner);
    code = auth_negotiate_inner_step(n, icm_slice_of(NULL, 0), token, err);
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* What the rows that are not offered leave behind, for the error where none is. */
struct reasons {
    enum icm_code code; /* the first one's; ICM_OK: there is none */
    struct icm_buf remedies;
};

static void note(struct auth_negotiate *n, const struct auth_negotiable *row, struct reasons *reasons,
                 const struct icm_error *why)
{
    auth_negotiate_note(n, row, why);
    if (reasons->code == ICM_OK)
        reasons->code = why->code;
    const char *remedy = why->fault ? why->fault->remedy : NULL;
    bool is_said = remedy && reasons->remedies.size > 0 && strstr(icm_buf_text(&reasons->remedies), remedy);
    if (remedy && !is_said)
        icm_buf_add_format(&reasons->remedies, "%s%s", reasons->remedies.size > 0 ? "; or " : "", remedy);
}

/* ICM_UNSUPPORTED: the row cannot be offered, and why has been noted; other codes end it all. */
static enum icm_code consider(struct auth_negotiate *n, const struct auth_negotiable *row, struct icm_buf *token,
                              struct reasons *reasons, struct icm_error *err)
{
    ICM_OWN(icm_error_reset) struct icm_error why = {0};
    enum icm_code code = row->check(&n->initiates, &why);
    bool is_tried = code == ICM_OK && !n->chosen;

    if (is_tried && (code = auth_negotiate_start(n, row, token, &why)) != ICM_OK) {
        auth_negotiate_choose(n, NULL, NULL);
        icm_buf_reset(token);
    }
    if (code == ICM_OK)
        return ICM_OK;
    if (is_tried && !may_fall_back(code)) {
        icm_error_copy(err, &why);
        return code;
    }
    note(n, row, reasons, &why);
    return ICM_UNSUPPORTED;
}

static enum icm_code nothing_to_offer(const struct auth_negotiate *n, struct reasons *reasons, struct icm_error *err)
{
    enum icm_code code = reasons->code == ICM_OK ? ICM_UNSUPPORTED : reasons->code;

    icm_fail(err, code, "RFC 4178 3.1", "Negotiate has no mechanism to offer to %s", auth_negotiate_host(n));
    return reasons->remedies.size > 0 ? auth_remedy(err, code, icm_buf_text(&reasons->remedies)) : code;
}

static size_t add_oids(const struct auth_negotiable *row, struct icm_slice *oids, size_t count)
{
    for (size_t k = 0; k < AUTH_NEGOTIATE_OIDS_MAX && row->oids[k]; k++)
        oids[count++] = *row->oids[k];
    return count;
}

/* The list and the first token. What cannot even begin is not offered, as Windows does. */
static enum icm_code make_offer(struct auth_negotiate *n, struct icm_buf *token, struct reasons *reasons,
                                struct icm_error *err)
{
    struct icm_slice oids[AUTH_SPNEGO_MECHS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < n->row_count && count + AUTH_NEGOTIATE_OIDS_MAX <= ICM_COUNT(oids); i++) {
        enum icm_code code = consider(n, &n->rows[i], token, reasons, err);

        if (code == ICM_OK)
            count = add_oids(&n->rows[i], oids, count);
        else if (code != ICM_UNSUPPORTED)
            return code;
    }
    if (n->failures.failed || reasons->remedies.failed)
        return icm_nomem(err);
    if (count == 0)
        return nothing_to_offer(n, reasons, err);
    auth_spnego_add_mechs(&n->mechs, oids, count);
    return icm_buf_check(&n->mechs, err);
}

enum icm_code auth_negotiate_offer(struct auth_negotiate *n, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf token = {0};
    struct reasons reasons = {0};
    enum icm_code code = make_offer(n, &token, &reasons, err);

    icm_buf_reset(&reasons.remedies);
    if (code != ICM_OK)
        return code;
    auth_spnego_write(out, &(struct auth_spnego_token){.kind = AUTH_SPNEGO_INIT,
                                                       .mechs = icm_buf_slice(&n->mechs),
                                                       .token = icm_buf_slice(&token)});
    code = icm_buf_check(out, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}
