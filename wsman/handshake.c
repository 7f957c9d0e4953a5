#include "wsman/handshake.h"

#include "base/text.h"
#include "wsman/challenge.h"
#include "wsman/fault.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 20 /* CredSSP has the most, nine; a server that goes on for ever is stopped */ };

struct wsman_handshake {
    const struct auth_mechanism *mechanism;
    const struct auth_initiator_options *options;
    struct auth_context *auth;
    enum wsman_handshake_due due;
    bool is_complete; /* the connection carries bodies */
    bool was_refused; /* the last reply was 401, and had nothing for the mechanism */
    bool is_last;     /* the last reply was a 200: the server has nothing more to say */
    unsigned rounds;
    struct icm_buf input, token, header;
};

enum icm_code wsman_handshake_new(struct wsman_handshake **out, const struct auth_mechanism *mechanism,
                                  const struct auth_initiator_options *options, struct icm_error *err)
{
    struct wsman_handshake *h = calloc(1, sizeof *h);

    if (!h)
        return icm_nomem(err);
    h->mechanism = mechanism;
    h->options = options;
    h->due = WSMAN_DUE_STEP;
    enum icm_code code = auth_initiator_new(&h->auth, mechanism, options, err);
    if (code != ICM_OK) {
        wsman_handshake_free(h);
        return code;
    }
    *out = h;
    return ICM_OK;
}

void wsman_handshake_free(struct wsman_handshake *h)
{
    if (!h)
        return;
    auth_context_free(h->auth);
    icm_buf_reset(&h->input);
    icm_buf_reset(&h->token);
    icm_buf_reset(&h->header);
    free(h);
}

enum wsman_handshake_due wsman_handshake_due(const struct wsman_handshake *h)
{
    return h->due;
}

bool wsman_handshake_may_wait(const struct wsman_handshake *h)
{
    return auth_may_wait(h->auth);
}

struct icm_slice wsman_handshake_authorization(const struct wsman_handshake *h)
{
    return icm_buf_slice(&h->header);
}

struct auth_context *wsman_handshake_sealer(struct wsman_handshake *h)
{
    return auth_mechanism_has(h->mechanism, AUTH_SEALS) && h->options->needs_sealing ? h->auth : NULL;
}

bool wsman_handshake_is_complete(const struct wsman_handshake *h)
{
    return h->is_complete;
}

static bool is_per_request(const struct wsman_handshake *h)
{
    return auth_mechanism_has(h->mechanism, AUTH_PER_REQUEST);
}

void wsman_handshake_request(struct wsman_handshake *h, const char *method, const char *uri, struct icm_slice body)
{
    auth_describe_request(h->auth, method, uri, body);
    if (is_per_request(h))
        h->due = WSMAN_DUE_STEP;
    icm_buf_clear(&h->input);
    h->rounds = 0;
    h->was_refused = false;
}

/* ---- refusals ---- */

static enum icm_code add_words(struct icm_error *err, const char *remedy)
{
    struct icm_fault *fault = icm_error_fault(err);

    if (fault) {
        fault->http_status = 401;
        fault->wsman_code = WSMAN_CODE_ACCESS_DENIED;
        icm_set_text(&fault->remedy, remedy);
    }
    return ICM_DENIED;
}

/* A server that insists on channel bindings says no more than 401, so it is said whether there was one. */
static const char *binding_of(const struct wsman_handshake *h)
{
    if (auth_mechanism_has(h->mechanism, AUTH_PER_REQUEST))
        return "";
    if (h->options->channel_binding.size == 0)
        return "; channel binding sent: no";
    return auth_mechanism_has(h->mechanism, AUTH_UNBOUND)
               ? "; channel binding sent: no, it has none, and a server may insist on one"
               : "; channel binding sent: yes";
}

static enum icm_code fail_refused(const struct wsman_handshake *h, struct icm_error *err)
{
    if (auth_mechanism_has(h->mechanism, AUTH_BY_CERTIFICATE)) {
        icm_fail(err, ICM_DENIED, "RFC 9110 15.5.2", "the server did not accept the certificate");
        return add_words(err, "check that the server trusts who issued it, and maps it to an account");
    }
    icm_fail(err, ICM_DENIED, "RFC 9110 15.5.2", "the server did not accept the user name and password (%s%s)",
             auth_describe(h->auth), binding_of(h));
    return add_words(err, "check the user name, the password, and that the account may use remote management");
}

/* What the server offers instead is said and not tried: the scheme that was chosen is the only one. */
static enum icm_code fail_not_offered(const struct wsman_handshake *h, struct icm_slice challenges,
                                      struct icm_error *err)
{
    bool is_certificate = auth_mechanism_has(h->mechanism, AUTH_BY_CERTIFICATE);
    struct icm_buf offered = {0};

    wsman_challenge_list(challenges, &offered);
    icm_fail(err, ICM_DENIED, "RFC 9110 11.6.1", "the server does not take %s; it offers %s",
             is_certificate ? h->mechanism->name : h->mechanism->scheme,
             offered.size > 0 ? icm_buf_text(&offered) : "nothing");
    bool wants_certificate = offered.size > 0 && strcmp(icm_buf_text(&offered), "Certificate") == 0;
    icm_buf_reset(&offered);
    return add_words(err, wants_certificate
                              ? "show it a certificate of yours: -CertificateThumbprint or -Certificate"
                              : "let the server offer it, or choose another -Authentication: none is tried that was "
                                "not chosen");
}

/* ---- our turn ---- */

static enum icm_code write_header(struct wsman_handshake *h, bool has_one, struct icm_error *err)
{
    icm_buf_reset(&h->header); /* a connection that has logged on needs none for the rest of its life */
    if (has_one) {
        bool is_text = auth_mechanism_has(h->mechanism, AUTH_TEXT_TOKEN);

        icm_buf_add_text(&h->header, h->mechanism->scheme);
        if (h->token.size > 0)
            icm_buf_add_u8(&h->header, ' ');
        if (is_text)
            icm_buf_add(&h->header, icm_buf_slice(&h->token));
        else
            icm_base64_write(&h->header, icm_buf_slice(&h->token));
    }
    icm_buf_reset(&h->token);
    return icm_buf_check(&h->header, err);
}

/* Each request has a token of its own; Digest's first has none, and so no body either: the challenge comes first. */
static enum icm_code after_request_step(struct wsman_handshake *h, enum icm_code code, struct icm_error *err)
{
    h->due = code == ICM_OK ? WSMAN_DUE_BODY : WSMAN_DUE_EMPTY;
    return write_header(h, code == ICM_OK || h->token.size > 0, err);
}

/* The connection's logon: tokens go until neither side has one more. */
static enum icm_code after_connection_step(struct wsman_handshake *h, enum icm_code code, struct icm_error *err)
{
    bool has_token = h->token.size > 0;

    if (h->is_last && (code == ICM_AGAIN || has_token))
        return icm_fail(err, ICM_DENIED, "RFC 4559 4.2", "the server ends the logon before it is complete (%s)",
                        auth_describe(h->auth));
    if (code == ICM_AGAIN && !has_token)
        return icm_fail(err, ICM_DENIED, "RFC 4559 4.2", "the logon came to a halt: no side has a token to send (%s)",
                        auth_describe(h->auth));
    h->due = has_token ? WSMAN_DUE_EMPTY : WSMAN_DUE_BODY;
    h->is_complete = !has_token;
    return write_header(h, has_token, err);
}

enum icm_code wsman_handshake_step(struct wsman_handshake *h, struct icm_error *err)
{
    if (++h->rounds > ROUNDS_MAX)
        return icm_fail(err, ICM_LIMIT, "RFC 4559 4.2", "the logon goes on after %d rounds", ROUNDS_MAX);
    icm_buf_reset(&h->token);
    enum icm_code code = auth_step(h->auth, icm_buf_slice(&h->input), &h->token, err);
    icm_buf_reset(&h->input);
    if (h->was_refused && code != ICM_DENIED) /* the mechanism has no words of its own for it */
        return fail_refused(h, err);
    if (code == ICM_UNSUPPORTED) { /* no ticket, no such service: Negotiate could go on to NTLM, and we cannot */
        if (err)
            err->code = ICM_DENIED;
        return ICM_DENIED;
    }
    if (code != ICM_OK && code != ICM_AGAIN)
        return code;
    return is_per_request(h) ? after_request_step(h, code, err) : after_connection_step(h, code, err);
}

/* ---- the server's turn ---- */

static bool is_token(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool is_digit = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '/';
        if (!is_digit && !(c == '=' && i + 2 >= text.size))
            return false;
    }
    return text.size > 0;
}

/* What the reply has for the mechanism: text as it is, or the first token; parameters are no token. */
static enum icm_code take_input(struct wsman_handshake *h, struct icm_slice challenges, bool *is_offered,
                                struct icm_error *err)
{
    struct icm_buf rests = {0};
    enum icm_code code = ICM_OK;

    icm_buf_reset(&h->input);
    *is_offered = wsman_challenge_find(challenges, h->mechanism->scheme, &rests);
    struct icm_slice all = icm_buf_slice(&rests);
    if (auth_mechanism_has(h->mechanism, AUTH_TEXT_TOKEN)) {
        icm_buf_add(&h->input, all);
    } else if (all.size > 0) {
        const uint8_t *end = memchr(all.data, '\n', all.size);
        struct icm_slice first = icm_slice_of(all.data, end ? (size_t)(end - all.data) : all.size);
        if (is_token(first))
            code = icm_base64_read(first, &h->input, err);
    }
    if (code == ICM_OK && (rests.failed || h->input.failed))
        code = icm_nomem(err);
    icm_buf_reset(&rests);
    return code;
}

static enum icm_code on_refusal(struct wsman_handshake *h, struct icm_slice challenges, struct icm_error *err)
{
    bool is_offered;
    enum icm_code code = take_input(h, challenges, &is_offered, err);

    if (code != ICM_OK)
        return code;
    if (!is_offered && h->rounds <= 1)
        return fail_not_offered(h, challenges, err);
    h->was_refused = h->input.size == 0;
    if (h->was_refused && is_per_request(h))
        return fail_refused(h, err);
    h->due = WSMAN_DUE_STEP;
    return ICM_AGAIN;
}

static enum icm_code on_accepted(struct wsman_handshake *h, struct icm_slice challenges, struct icm_error *err)
{
    bool is_offered;

    if (is_per_request(h))
        return icm_fail(err, ICM_DENIED, "RFC 7616 3.3", "the server asks for no %s and would take anybody",
                        h->mechanism->scheme);
    enum icm_code code = take_input(h, challenges, &is_offered, err);
    if (code != ICM_OK)
        return code;
    h->is_last = true;
    h->due = h->input.size > 0 ? WSMAN_DUE_STEP : WSMAN_DUE_BODY;
    if (h->due == WSMAN_DUE_BODY && !auth_is_established(h->auth))
        return icm_fail(err, ICM_DENIED, "RFC 4559 4.2",
                        "the server accepts the logon without having shown who it is (%s)", auth_describe(h->auth));
    h->is_complete = h->due == WSMAN_DUE_BODY;
    icm_buf_reset(&h->header); /* bodies go without; MS-WSMV 3.1.4 */
    return ICM_AGAIN;
}

static bool is_success(unsigned status)
{
    return status >= 200 && status <= 299;
}

enum icm_code wsman_handshake_replied(struct wsman_handshake *h, unsigned status, struct icm_slice challenges,
                                      struct icm_error *err)
{
    bool sent_body = h->due == WSMAN_DUE_BODY;

    if (status == 401 && sent_body && !is_per_request(h)) {
        h->due = WSMAN_DUE_ANEW;
        h->is_complete = false;
        return ICM_AGAIN;
    }
    if (status == 401)
        return on_refusal(h, challenges, err);
    if (sent_body)
        return ICM_OK;
    return is_success(status) ? on_accepted(h, challenges, err) : wsman_fault_http_status(err, status);
}
