#include "cli/endpoint_admission.h"

#include "base/text.h"
#include "wsman/seal.h"

#include <stdlib.h>

struct endpoint_admission {
    const struct endpoint_policy *policy;
    struct auth_acceptor_options accepts;
    struct auth_context *context; /* of the connection; NULL before a token came */
    struct wsman_unsealer *unsealer;
    char *certificate_user;
    char *user;           /* of the connection, once a context was established */
    struct icm_error why; /* the last refusal */

    /* of the request under way */
    const struct auth_mechanism *per_request; /* whose credentials its head has */
    char *request_user;                       /* whom these showed */
    bool had_token, is_sealed;
    struct icm_buf token;                  /* of ours: for the answer … */
    const struct auth_mechanism *token_of; /* … and of which handshake; NULL: of none */
};

enum icm_code endpoint_admission_new(struct endpoint_admission **out, const struct endpoint_policy *policy,
                                     struct icm_error *err)
{
    struct endpoint_admission *a = calloc(1, sizeof *a);

    if (!a)
        return icm_nomem(err);
    a->policy = policy;
    a->accepts = policy->accepts;
    enum icm_code code = wsman_unsealer_new(&a->unsealer, err);
    if (code != ICM_OK) {
        free(a);
        return code;
    }
    *out = a;
    return ICM_OK;
}

void endpoint_admission_free(struct endpoint_admission *a)
{
    if (!a)
        return;
    auth_context_free(a->context);
    wsman_unsealer_free(a->unsealer);
    icm_error_reset(&a->why);
    icm_buf_reset(&a->token);
    free(a->certificate_user);
    free(a->request_user);
    free(a->user);
    free(a);
}

enum icm_code endpoint_admission_set_certificate_user(struct endpoint_admission *a, const char *user,
                                                      struct icm_error *err)
{
    icm_set_text(&a->certificate_user, user);
    a->accepts.certificate_user = a->certificate_user;
    return a->certificate_user ? ICM_OK : icm_nomem(err);
}

const char *endpoint_admission_user(const struct endpoint_admission *a)
{
    return a->request_user ? a->request_user : a->user ? a->user : "";
}

const char *endpoint_admission_why(const struct endpoint_admission *a)
{
    return a->why.text;
}

/* ---- credentials ---- */

/* "Negotiate YII…": the scheme is taken off the front */
static const struct auth_mechanism *offered_for(const struct endpoint_policy *policy, struct icm_slice *credentials)
{
    size_t size = 0;

    while (size < credentials->size && credentials->data[size] != ' ')
        size++;
    struct icm_slice scheme = icm_slice_of(credentials->data, size);
    for (size_t i = 0; i < policy->offered_count; i++)
        if (icm_slice_equal_nocase(scheme, icm_slice_text(policy->offered[i]->scheme))) {
            *credentials = icm_slice_trim(icm_slice_from(*credentials, size));
            return policy->offered[i];
        }
    return NULL;
}

/* Whoever a mechanism vouches for has to be one of the accounts as well. */
static enum icm_code take_user(struct endpoint_admission *a, const struct auth_context *c, char **user)
{
    const char *name = auth_user(c);

    if (!auth_account_find(&a->accepts, icm_slice_of(NULL, 0), icm_slice_text(name), AUTH_NAME_WHOLE))
        return icm_fail(&a->why, ICM_DENIED, NULL, "'%.100s' is no account of this endpoint", name ? name : "");
    icm_set_text(user, name);
    return *user ? ICM_OK : icm_nomem(&a->why);
}

static void forget_context(struct endpoint_admission *a)
{
    auth_context_free(a->context);
    a->context = NULL;
    free(a->user);
    a->user = NULL;
}

/* A connection is authenticated by steps; a token behind the last one begins anew. */
static enum icm_code step_connection(struct endpoint_admission *a, const struct auth_mechanism *mechanism,
                                     struct icm_slice token)
{
    ICM_OWN(icm_buf_reset) struct icm_buf in = {0};
    enum icm_code code = icm_base64_read(token, &in, &a->why);

    if (code != ICM_OK)
        return code;
    if (a->context && (auth_is_established(a->context) || auth_context_mechanism(a->context) != mechanism))
        forget_context(a);
    if (!a->context)
        code = auth_acceptor_new(&a->context, mechanism, &a->accepts, &a->why);
    if (code == ICM_OK)
        code = auth_step(a->context, icm_buf_slice(&in), &a->token, &a->why);
    if (code == ICM_OK)
        code = take_user(a, a->context, &a->user);
    if (code == ICM_DENIED && auth_is_established(a->context)) /* a token would say that all is well */
        icm_buf_reset(&a->token);
    return code;
}

static enum icm_code step_request(struct endpoint_admission *a, const struct auth_mechanism *mechanism,
                                  struct icm_slice token, const struct endpoint_head *head, struct icm_slice body)
{
    ICM_OWN(icm_buf_reset) struct icm_buf in = {0};
    struct auth_context *context = NULL;
    enum icm_code code = ICM_OK;

    if (auth_mechanism_has(mechanism, AUTH_TEXT_TOKEN))
        icm_buf_add(&in, token);
    else
        code = icm_base64_read(token, &in, &a->why);
    if (code == ICM_OK)
        code = auth_acceptor_new(&context, mechanism, &a->accepts, &a->why);
    if (code != ICM_OK)
        return code;
    auth_describe_request(context, head->method, head->path, body);
    code = auth_step(context, icm_buf_slice(&in), &a->token, &a->why);
    if (code == ICM_OK)
        code = take_user(a, context, &a->request_user);
    auth_context_free(context);
    return code;
}

/* Digest may have counted the body in; the others need not wait for it. */
static bool waits_for_body(const struct auth_mechanism *mechanism)
{
    return auth_mechanism_has(mechanism, AUTH_TEXT_TOKEN);
}

/* 0, or the status of a refusal */
static unsigned judge_credentials(struct endpoint_admission *a, const struct endpoint_head *head)
{
    struct icm_slice credentials = icm_slice_text(head->authorization);
    const struct auth_mechanism *mechanism = offered_for(a->policy, &credentials);

    a->had_token = mechanism != NULL;
    if (!mechanism) {
        icm_fail(&a->why, ICM_DENIED, "RFC 7235 2.1", "the credentials are of a scheme that is not offered");
        return 401;
    }
    if (!auth_mechanism_has(mechanism, AUTH_PER_REQUEST)) {
        a->token_of = mechanism;
        enum icm_code code = step_connection(a, mechanism, credentials);
        if (code != ICM_OK && code != ICM_AGAIN)
            forget_context(a);
        return code == ICM_OK ? 0 : 401;
    }
    a->per_request = mechanism;
    if (waits_for_body(mechanism))
        return 0;
    return step_request(a, mechanism, credentials, head, icm_slice_of(NULL, 0)) == ICM_OK ? 0 : 401;
}

/* ---- a request ---- */

static void begin_request(struct endpoint_admission *a)
{
    icm_buf_reset(&a->token);
    icm_error_reset(&a->why);
    free(a->request_user);
    a->request_user = NULL;
    a->per_request = a->token_of = NULL;
    a->had_token = a->is_sealed = false;
}

static bool can_unseal(const struct endpoint_admission *a)
{
    return a->context && auth_is_established(a->context) &&
           auth_mechanism_has(auth_context_mechanism(a->context), AUTH_SEALS);
}

/* a handshake's request, which has no body to say the type of: pypsrp's says none */
static bool is_handshake(const struct endpoint_admission *a)
{
    return a->had_token && !a->per_request;
}

/* Who could have sealed the body, and was to, must have. MS-WSMV 3.2.4.1 */
static unsigned check_body(struct endpoint_admission *a, const struct endpoint_head *head)
{
    if (!head->content_type && is_handshake(a))
        return 0;
    a->is_sealed = wsman_is_sealed(head->content_type);
    if (a->is_sealed)
        return can_unseal(a) ? 0 : 415;
    return endpoint_gate_is_envelope(head->content_type) ? 0 : 415;
}

unsigned endpoint_admission_begin(struct endpoint_admission *a, const struct endpoint_head *head)
{
    unsigned status = endpoint_gate_check_address(head);

    begin_request(a);
    if (status)
        return status;
    if (endpoint_gate_is_anonymous(head) && !a->user)
        return endpoint_gate_is_envelope(head->content_type) ? 0 : 415;
    if (a->policy->offered_count == 0)
        return 403;
    if (head->authorization)
        status = judge_credentials(a, head);
    else if (!a->user)
        status = 401;
    return status ? status : check_body(a, head);
}

/* A request is one message, whatever lies behind its end. */
static enum icm_code unseal(struct endpoint_admission *a, struct icm_slice body, struct icm_buf *plain)
{
    size_t messages = 0;

    while (body.size > 0) {
        bool has_ended = false;
        size_t taken = 0;
        enum icm_code code = wsman_unsealer_feed(a->unsealer, body, &taken, &has_ended, plain, &a->why);

        if (code != ICM_OK)
            return code;
        messages += has_ended;
        body = icm_slice_from(body, taken);
        if (messages > 1 || taken == 0)
            return icm_fail(&a->why, ICM_SYNTAX, "MS-WSMV 2.2.9.1", "more than one message in a request");
    }
    return wsman_unsealer_finish(a->unsealer, &a->why);
}

static unsigned open_body(struct endpoint_admission *a, const struct endpoint_head *head, struct icm_buf *body)
{
    ICM_OWN(icm_buf_reset) struct icm_buf plain = {0};
    enum icm_code code =
        wsman_unsealer_restart(a->unsealer, a->context, head->content_type, a->policy->body_max, &a->why);

    if (code == ICM_OK)
        code = unseal(a, icm_buf_slice(body), &plain);
    if (code != ICM_OK) { /* what follows would not open either */
        forget_context(a);
        return code == ICM_LIMIT ? 413 : 400;
    }
    icm_buf_move(body, &plain);
    return 0;
}

static unsigned judge_late(struct endpoint_admission *a, const struct endpoint_head *head, struct icm_slice body)
{
    struct icm_slice credentials = icm_slice_text(head->authorization);
    const struct auth_mechanism *mechanism = offered_for(a->policy, &credentials);

    return mechanism && step_request(a, mechanism, credentials, head, body) == ICM_OK ? 0 : 401;
}

unsigned endpoint_admission_take(struct endpoint_admission *a, const struct endpoint_head *head, struct icm_buf *body)
{
    if (a->per_request && waits_for_body(a->per_request))
        return judge_late(a, head, icm_buf_slice(body));
    if (a->per_request || !a->user)
        return 0; /* in clear, from who is known already, or from nobody */
    if (a->had_token && body->size == 0)
        return 200;
    if (!head->content_type)
        return 415;
    if (a->is_sealed)
        return open_body(a, head, body);
    if (!a->policy->accepts.needs_sealing)
        return 0;
    icm_fail(&a->why, ICM_DENIED, "MS-WSMV 3.2.4.1", "a body in clear on a connection that was to be sealed");
    forget_context(a);
    return 400;
}

/* ---- the answer ---- */

static void add_line(struct icm_buf *out, const char *scheme, struct icm_slice rest)
{
    if (out->size > 0)
        icm_buf_add_u8(out, '\n');
    icm_buf_add_text(out, scheme);
    if (rest.size > 0)
        icm_buf_add_u8(out, ' ');
    icm_buf_add(out, rest);
}

/* our token of the connection's handshake */
static void add_token(const struct endpoint_admission *a, struct icm_buf *out)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    icm_base64_write(&text, icm_buf_slice(&a->token));
    add_line(out, a->token_of->scheme, icm_buf_slice(&text));
}

/* several challenges of one scheme, each a line of @challenges */
static void add_challenges(struct icm_buf *out, const char *scheme, struct icm_slice challenges)
{
    while (challenges.size > 0) {
        const uint8_t *end = memchr(challenges.data, '\n', challenges.size);
        size_t size = end ? (size_t)(end - challenges.data) : challenges.size;

        add_line(out, scheme, icm_slice_of(challenges.data, size));
        challenges = icm_slice_from(challenges, size + (end != NULL));
    }
}

static void offer(const struct endpoint_admission *a, const struct auth_mechanism *mechanism, struct icm_buf *out)
{
    ICM_OWN(icm_buf_reset) struct icm_buf challenge = {0};
    struct auth_context *context = NULL;

    if (auth_mechanism_has(mechanism, AUTH_SHOWS_PASSWORD)) {
        add_line(out, mechanism->scheme, icm_slice_text("realm=\"WSMAN\""));
        return;
    }
    if (!auth_mechanism_has(mechanism, AUTH_TEXT_TOKEN)) {
        add_line(out, mechanism->scheme, icm_slice_of(NULL, 0));
        return;
    }
    if (mechanism == a->per_request && a->token.size > 0) { /* it has one already: the nonce was too old */
        add_challenges(out, mechanism->scheme, icm_buf_slice(&a->token));
        return;
    }
    if (auth_acceptor_new(&context, mechanism, &a->accepts, NULL) == ICM_OK &&
        auth_step(context, icm_slice_of(NULL, 0), &challenge, NULL) == ICM_AGAIN)
        add_challenges(out, mechanism->scheme, icm_buf_slice(&challenge));
    auth_context_free(context);
}

static bool is_in_handshake(const struct endpoint_admission *a)
{
    return a->context && !a->user;
}

/* A handshake's own token goes alone, an error's too; else everything is offered from which a client can begin. */
void endpoint_admission_challenge(struct endpoint_admission *a, unsigned status, struct icm_buf *out)
{
    if (a->token_of && a->token.size > 0) {
        add_token(a, out);
        return;
    }
    for (size_t i = 0; status == 401 && i < a->policy->offered_count; i++)
        offer(a, a->policy->offered[i], out);
}

bool endpoint_admission_closes(const struct endpoint_admission *a, unsigned status)
{
    return (status == 401 && !is_in_handshake(a)) || status == 400;
}

enum icm_code endpoint_admission_seal(struct endpoint_admission *a, struct icm_buf *answer,
                                      struct icm_buf *content_type, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf sealed = {0};

    if (!a->is_sealed || answer->size == 0)
        return ICM_OK;
    enum icm_code code = (wsman_unsealer_saw_tabs(a->unsealer) ? wsman_seal_with_tabs : wsman_seal)(
        a->context, icm_buf_slice(answer), &sealed, content_type, err); /* in the request's own form */
    if (code == ICM_OK)
        icm_buf_move(answer, &sealed);
    return code;
}
