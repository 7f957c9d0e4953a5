/* Negotiate's server: takes the first mechanism of the client's offer that it can serve. RFC 4178 3.2, 5;
 * MS-SPNG 3.2.5. */
#include "auth/negotiate.h"

/* ---- the choice ---- */

static enum icm_code nothing_in_common(const struct auth_negotiate *n, struct icm_error *err)
{
    struct icm_slice rest = icm_buf_slice(&n->mechs), oid;
    ICM_OWN(icm_buf_reset) struct icm_buf offer = {0};

    while (auth_spnego_next_mech(&rest, &oid)) {
        icm_buf_add_text(&offer, offer.size > 0 ? ", " : "");
        auth_oid_add_name(&offer, oid);
    }
    return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "the client offers %s, and none of it is served here%s%.*s",
                    offer.size > 0 ? icm_buf_text(&offer) : "nothing", n->failures.size > 0 ? ": " : "",
                    (int)n->failures.size, n->failures.data ? (const char *)n->failures.data : "");
}

/* ICM_UNSUPPORTED: it cannot be served, and why has been noted. */
static enum icm_code serve(struct auth_negotiate *n, const struct auth_negotiable *row, struct icm_error *err)
{
    struct auth_context *inner = NULL;
    struct icm_error why = {0};
    enum icm_code code = row->acceptor_new(&inner, n->accepts, &why);

    if (code == ICM_OK)
        auth_negotiate_choose(n, row, inner);
    else if (code == ICM_NOMEM)
        icm_nomem(err);
    else
        auth_negotiate_note(n, row, &why);
    icm_error_reset(&why);
    return code == ICM_OK || code == ICM_NOMEM ? code : ICM_UNSUPPORTED;
}

/* The first of the offer that can be served; @mech is the name by which the client calls it. Other names of the first
 * of the offer are the first, too: the token is for all of them. */
static enum icm_code choose(struct auth_negotiate *n, struct icm_slice *mech, struct icm_error *err)
{
    struct icm_slice rest = icm_buf_slice(&n->mechs), oid;
    const struct auth_negotiable *first = NULL, *failed = NULL;
    bool is_first = true;

    while (auth_spnego_next_mech(&rest, &oid)) {
        const struct auth_negotiable *row = auth_negotiate_find(n, oid);

        if (is_first)
            first = row;
        is_first = false;
        if (!row || row == failed)
            continue;
        enum icm_code code = serve(n, row, err);
        if (code == ICM_NOMEM)
            return code;
        if (code != ICM_OK) {
            failed = row;
            continue;
        }
        n->needs_mic = row != first;
        *mech = oid;
        return ICM_OK;
    }
    return n->failures.failed ? icm_nomem(err) : nothing_in_common(n, err);
}

/* ---- answers ---- */

static enum icm_code add_mic(struct auth_negotiate *n, struct icm_buf *mic, struct auth_spnego_token *t,
                             struct icm_error *err)
{
    enum icm_code code = auth_negotiate_add_mic(n, mic, err);

    t->mic = icm_buf_slice(mic);
    return code;
}

/* The mechanism is done: the client's mechListMIC decides whether all is. @t gets what there is to say. ICM_AGAIN: it
 * is still owed. */
static enum icm_code conclude(struct auth_negotiate *n, struct icm_slice mic, struct icm_buf *own_mic,
                              struct auth_spnego_token *t, struct icm_error *err)
{
    enum icm_code code = mic.data ? auth_negotiate_check_mic(n, mic, err) : ICM_OK;

    if (code != ICM_OK)
        return code;
    if (n->has_checked_mic && !n->has_sent_mic)
        code = add_mic(n, own_mic, t, err);
    if (code != ICM_OK)
        return code;
    if (n->has_checked_mic || !n->needs_mic) {
        t->state = AUTH_SPNEGO_COMPLETED;
        return ICM_OK;
    }
    if (t->token.size == 0 || n->has_sent_mic)
        return icm_fail(
            err, ICM_DENIED, "RFC 4178 5",
            "the client sent no mechListMIC: nothing proves that nobody changed its list of mechanisms (%s)",
            auth_negotiate_inner_name(n));
    code = add_mic(n, own_mic, t, err); /* the last token was ours: the client's comes next */
    t->state = AUTH_SPNEGO_INCOMPLETE;
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* The mechanism's own words about its failure, as Kerberos has them: the client may know what to do. */
static enum icm_code reject(enum icm_code code, const struct icm_buf *token, struct icm_buf *out)
{
    if (token->size > 0)
        auth_spnego_write(out, &(struct auth_spnego_token){.kind = AUTH_SPNEGO_RESPONSE,
                                                           .state = AUTH_SPNEGO_REJECTED,
                                                           .token = icm_buf_slice(token)});
    return code;
}

/* Answer a token whose mechanism's part has been taken in; @answer says by which name we call the mechanism, and our
 * @token. */
static enum icm_code reply(struct auth_negotiate *n, struct icm_slice mic, struct auth_spnego_token *answer,
                           struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf own_mic = {0};
    enum icm_code code = ICM_AGAIN;

    answer->kind = AUTH_SPNEGO_RESPONSE;
    answer->state = n->needs_mic && answer->mech.data ? AUTH_SPNEGO_REQUEST_MIC : AUTH_SPNEGO_INCOMPLETE;
    if (auth_is_established(n->inner))
        code = conclude(n, mic, &own_mic, answer, err);
    if (code != ICM_OK && code != ICM_AGAIN)
        return code;
    enum icm_code written = auth_negotiate_respond(out, answer, err);
    return written == ICM_OK ? code : written;
}

static enum icm_code on_init(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *out,
                             struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf token = {0};
    struct auth_spnego_token answer = {0};

    icm_buf_add(&n->mechs, t->mechs);
    enum icm_code code = icm_buf_check(&n->mechs, err);
    if (code == ICM_OK)
        code = choose(n, &answer.mech, err);
    if (code == ICM_OK && t->token.data && !n->needs_mic) /* else the token is another mechanism's */
        code = auth_negotiate_inner_step(n, t->token, &token, err);
    if (code != ICM_OK && code != ICM_AGAIN)
        return reject(code, &token, out);
    answer.token = icm_buf_slice(&token);
    return reply(n, t->mic, &answer, out, err);
}

static enum icm_code on_response(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *out,
                                 struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf token = {0};
    struct auth_spnego_token answer = {0};
    enum icm_code code = ICM_OK;

    if (t->state == AUTH_SPNEGO_REJECTED)
        return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "the client gives up");
    if (auth_is_established(n->inner) && t->token.size > 0)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 4.2.2", "the client sent a token that is one too many for %s",
                        n->chosen->name);
    if (!auth_is_established(n->inner))
        code = auth_negotiate_inner_step(n, t->token, &token, err);
    if (code != ICM_OK && code != ICM_AGAIN)
        return reject(code, &token, out);
    if (n->chosen->has_own_mic && n->chosen->has_own_mic(t->token))
        n->needs_mic = true;
    if (t->state == AUTH_SPNEGO_COMPLETED && n->has_sent_mic && t->mic.data) { /* its last word: none is owed */
        return auth_negotiate_check_mic(n, t->mic, err);
    }
    answer.token = icm_buf_slice(&token);
    return reply(n, t->mic, &answer, out, err);
}

/* curl and others put NTLM into the header as it is. */
static enum icm_code on_raw(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *out,
                            struct icm_error *err)
{
    const struct auth_negotiable *row = auth_negotiate_find(n, t->mech);

    if (!n->chosen) {
        auth_spnego_add_mechs(&n->mechs, &t->mech, 1);
        enum icm_code code = icm_buf_check(&n->mechs, err);
        struct icm_slice mech;

        if (code == ICM_OK)
            code = choose(n, &mech, err);
        if (code != ICM_OK)
            return code;
        n->is_raw = true;
    }
    if (!n->is_raw || row != n->chosen)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 4.2", "the client left SPNEGO, or the mechanism, on its way");
    return auth_negotiate_inner_step(n, t->token, out, err);
}

enum icm_code auth_negotiate_acceptor_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                           struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);
    struct auth_spnego_token t;

    if (in.size == 0 && !n->chosen)
        return ICM_AGAIN; /* the challenge is the scheme's name alone */
    if (n->steps++ >= AUTH_NEGOTIATE_STEPS_MAX)
        return icm_fail(err, ICM_LIMIT, "RFC 4178 3", "the client goes on negotiating after %d tokens",
                        AUTH_NEGOTIATE_STEPS_MAX);
    enum icm_code code = auth_spnego_read(in, &t, err);
    if (code != ICM_OK)
        return code;
    if (t.kind == AUTH_SPNEGO_RAW)
        return on_raw(n, &t, out, err);
    if (n->is_raw || (t.kind == AUTH_SPNEGO_INIT) != !n->chosen)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 4.2", "the client sent another kind of token than it has to");
    return t.kind == AUTH_SPNEGO_INIT ? on_init(n, &t, out, err) : on_response(n, &t, out, err);
}
