/* Negotiate's client: lets the server choose from the offer, once, and proves that nobody changed it. RFC 4178 3.2, 5;
 * MS-SPNG 3.1.5, 3.2.5. */
#include "auth/negotiate.h"

#include <stdio.h>

/* ---- the server's choice ---- */

static bool is_offered(const struct auth_negotiate *n, struct icm_slice mech)
{
    struct icm_slice rest = icm_buf_slice(&n->mechs), oid;

    while (auth_spnego_next_mech(&rest, &oid))
        if (icm_slice_equal(oid, mech))
            return true;
    return false;
}

static void add_offer(const struct auth_negotiate *n, struct icm_buf *out)
{
    struct icm_slice rest = icm_buf_slice(&n->mechs), oid;
    const char *between = "";

    while (auth_spnego_next_mech(&rest, &oid)) {
        icm_buf_add_text(out, between);
        auth_oid_add_name(out, oid);
        between = ", ";
    }
}

static enum icm_code fail_choice(const struct auth_negotiate *n, struct icm_slice mech, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf offer = {0}, chosen = {0};

    add_offer(n, &offer);
    auth_oid_add_name(&chosen, mech);
    return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "%s chooses %s, but we offer %s%s", auth_negotiate_host(n),
                    icm_buf_text(&chosen), icm_buf_text(&offer),
                    n->has_answered ? ", and it has chosen before" : ": somebody may be weakening the connection");
}

/* Take up the mechanism that the server names. @token: the first token of another one than the first of our offer. */
static enum icm_code follow_choice(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *token,
                                   struct icm_error *err)
{
    const struct auth_negotiable *row = t->mech.data ? auth_negotiate_find(n, t->mech) : n->chosen;
    bool is_first = !n->has_answered;

    if (t->mech.data && (!is_offered(n, t->mech) || (!is_first && row != n->chosen)))
        return fail_choice(n, t->mech, err);
    n->has_answered = true;
    if (is_first && t->state == AUTH_SPNEGO_REQUEST_MIC)
        n->needs_mic = true;
    if (row == n->chosen)
        return ICM_OK;
    n->needs_mic = true; /* not the first of the offer: RFC 4178 5 */
    return auth_negotiate_start(n, row, token, err);
}

/* ---- answers ---- */

/* What the server's no is about, the mechanism knows best, where it has a token to tell it or has done its part. */
static enum icm_code refused(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf ignored = {0}, offer = {0};
    bool is_established = auth_is_established(n->inner);

    if (is_established ? n->chosen->refuses_by_step : t->token.size > 0) {
        enum icm_code code = auth_step(n->inner, t->token, &ignored, err);

        if (code != ICM_OK && code != ICM_AGAIN)
            return code;
    }
    add_offer(n, &offer);
    icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "%s refuses us: we offer %s, and tried %s", auth_negotiate_host(n),
             icm_buf_text(&offer), auth_negotiate_inner_name(n));
    return auth_remedy(err, ICM_DENIED, "see which mechanisms the server allows, and whether the account may log on");
}

static enum icm_code unproven(const struct auth_negotiate *n, struct icm_error *err)
{
    return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "%s ends the negotiation before it has proved who it is (%s)",
                    auth_negotiate_host(n), auth_negotiate_inner_name(n));
}

static enum icm_code unsigned_list(const struct auth_negotiate *n, struct icm_error *err)
{
    return icm_fail(err, ICM_DENIED, "RFC 4178 5",
                    "%s sent no mechListMIC: nothing proves that nobody changed the list of mechanisms (%s)",
                    auth_negotiate_host(n), auth_negotiate_inner_name(n));
}

/* The mechanism's answer to the server's token; none where @token holds the first token of one just taken up. */
static enum icm_code feed(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *token,
                          struct icm_error *err)
{
    if (token->size > 0)
        return ICM_OK;
    if (auth_is_established(n->inner)) {
        if (t->token.size == 0)
            return ICM_OK;
        return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "%s sent a token that is one too many for %s",
                        auth_negotiate_host(n), n->chosen->name);
    }
    if (t->state == AUTH_SPNEGO_COMPLETED && !t->token.data)
        return unproven(n, err);
    enum icm_code code = auth_negotiate_inner_step(n, t->token, token, err);
    if (n->chosen->has_own_mic && n->chosen->has_own_mic(icm_buf_slice(token)))
        n->needs_mic = true;
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* The server is done: are we, and has it proved all it has to? */
static enum icm_code complete(struct auth_negotiate *n, bool has_token, struct icm_error *err)
{
    if (!auth_is_established(n->inner) || has_token)
        return unproven(n, err);
    if (n->needs_mic && !n->has_checked_mic)
        return unsigned_list(n, err);
    return ICM_OK;
}

/* The server waits: for the mechanism's @token, our mechListMIC, or both. */
static enum icm_code answer(struct auth_negotiate *n, struct icm_slice token, struct icm_buf *out,
                            struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf mic = {0};
    bool is_done = auth_is_established(n->inner);
    struct auth_spnego_token t = {.kind = AUTH_SPNEGO_RESPONSE, .state = AUTH_SPNEGO_NO_STATE};

    if (is_done && token.size == 0 && n->has_sent_mic)
        return icm_fail(err, ICM_DENIED, "RFC 4178 4.2.2", "%s waits for more than %s has to say",
                        auth_negotiate_host(n), n->chosen->name);
    if (is_done && (n->needs_mic || token.size == 0)) {
        enum icm_code code = auth_negotiate_add_mic(n, &mic, err);

        if (code != ICM_OK)
            return code;
    }
    bool is_last = n->has_sent_mic && n->has_checked_mic;
    if (is_last)
        t.state = AUTH_SPNEGO_COMPLETED;
    t.token = token;
    t.mic = icm_buf_slice(&mic);
    enum icm_code code = auth_negotiate_respond(out, &t, err);
    if (code != ICM_OK)
        return code;
    n->context.can_seal = is_done && (n->has_sent_mic || !n->needs_mic);
    return is_last ? ICM_OK : ICM_AGAIN;
}

static enum icm_code on_response(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *out,
                                 struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf token = {0};
    bool is_copy = t->mic.size > 0 && icm_slice_equal(t->mic, t->token); /* an old server's; MS-SPNG 3.1.5.1 */

    if (t->state == AUTH_SPNEGO_REJECTED)
        return refused(n, t, err);
    enum icm_code code = follow_choice(n, t, &token, err);
    if (code == ICM_OK)
        code = feed(n, t, &token, err);
    if (code == ICM_OK && auth_is_established(n->inner) && t->mic.data && !is_copy)
        code = auth_negotiate_check_mic(n, t->mic, err);
    if (code != ICM_OK)
        return code;
    bool says_enough = t->state == AUTH_SPNEGO_NO_STATE && !t->mic.data && !n->needs_mic && token.size == 0;
    if (t->state == AUTH_SPNEGO_COMPLETED || (says_enough && auth_is_established(n->inner)))
        return complete(n, token.size > 0, err);
    return answer(n, icm_buf_slice(&token), out, err);
}

/* The server knows no SPNEGO, and has taken our first token out of it: the two mechanisms speak for themselves from
 * here on. */
static enum icm_code on_raw(struct auth_negotiate *n, const struct auth_spnego_token *t, struct icm_buf *out,
                            struct icm_error *err)
{
    if ((n->has_answered && !n->is_raw) || auth_negotiate_find(n, t->mech) != n->chosen)
        return fail_choice(n, t->mech, err);
    n->has_answered = n->is_raw = true;
    return auth_negotiate_inner_step(n, t->token, out, err);
}

/* The server had no token: that is enough only where it owes us nothing. */
static enum icm_code on_silence(struct auth_negotiate *n, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf ignored = {0};

    if (auth_is_established(n->inner) && (n->needs_mic || n->is_raw) && n->chosen->refuses_by_step)
        return auth_step(n->inner, icm_slice_of(NULL, 0), &ignored, err);
    return complete(n, false, err);
}

static enum icm_code on_token(struct auth_negotiate *n, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_spnego_token t;

    if (in.size == 0)
        return on_silence(n, err);
    enum icm_code code = auth_spnego_read(in, &t, err);
    if (code != ICM_OK)
        return code;
    if (t.kind == AUTH_SPNEGO_RAW)
        return on_raw(n, &t, out, err);
    if (t.kind == AUTH_SPNEGO_INIT || n->is_raw)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 4.2", "%s answers with another kind of token than it has to",
                        auth_negotiate_host(n));
    return on_response(n, &t, out, err);
}

/* Whatever fails in the end, what was tried before it is told too. */
static enum icm_code tell_what_was_tried(const struct auth_negotiate *n, enum icm_code code, struct icm_error *err)
{
    size_t size = err ? strlen(err->text) : 0;

    if (err && n->failures.size > 0)
        snprintf(err->text + size, sizeof err->text - size, " (not used: %.*s)", (int)n->failures.size,
                 n->failures.data);
    return code;
}

static bool is_row_offered(const struct auth_negotiate *n, const struct auth_negotiable *row)
{
    return row->oids[0] && is_offered(n, *row->oids[0]);
}

/* The server may choose any that was offered; before that, any that may be used is tried. */
bool auth_negotiate_initiator_may_wait(const struct auth_context *c)
{
    const struct auth_negotiate *n = (const struct auth_negotiate *)c;

    for (size_t i = 0; i < n->row_count; i++) {
        const struct auth_negotiable *row = &n->rows[i];
        bool is_possible = n->chosen ? is_row_offered(n, row) : row->check(&n->initiates, NULL) == ICM_OK;

        if (is_possible && row->may_wait)
            return true;
    }
    return false;
}

enum icm_code auth_negotiate_initiator_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                            struct icm_error *err)
{
    struct auth_negotiate *n = auth_negotiate_of(c);

    if (n->steps++ >= AUTH_NEGOTIATE_STEPS_MAX)
        return icm_fail(err, ICM_LIMIT, "RFC 4178 3", "%s goes on negotiating after %d tokens", auth_negotiate_host(n),
                        AUTH_NEGOTIATE_STEPS_MAX);
    if (!n->chosen && in.size > 0)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 3.2", "the server sent a token before SPNEGO's first");
    enum icm_code code = n->chosen ? on_token(n, in, out, err) : auth_negotiate_offer(n, out, err);
    return code == ICM_OK || code == ICM_AGAIN ? code : tell_what_was_tried(n, code, err);
}
