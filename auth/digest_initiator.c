/* Digest, the client's end: one challenge answered again and again, with a count that rises. RFC 7616. */
#include "auth/context.h"
#include "auth/digest_params.h"
#include "auth/digest_response.h"
#include "base/random.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENT_NONCE = 16 };

struct digest {
    struct auth_context context;
    const struct auth_credential *credential;
    struct icm_slice method, uri, body; /* of the request that is to be sent */
    struct auth_params challenge;       /* what is answered; empty before there is one */
    struct icm_buf challenge_text;      /* which the names borrow from */
    const struct auth_digest_algorithm *algorithm;
    enum auth_digest_qop qop;
    char client_nonce[2 * CLIENT_NONCE + 1];
    uint32_t count;
};

static struct digest *of(struct auth_context *c)
{
    return (struct digest *)c;
}

static void forget_challenge(struct digest *d)
{
    auth_params_reset(&d->challenge);
    icm_buf_reset(&d->challenge_text);
    d->algorithm = NULL;
}

static void free_digest(struct auth_context *c)
{
    forget_challenge(of(c));
    free(c);
}

static void describe_request(struct auth_context *c, const char *method, const char *uri, struct icm_slice body)
{
    of(c)->method = icm_slice_text(method);
    of(c)->uri = icm_slice_text(uri);
    of(c)->body = body;
}

/* ---- taking a challenge ---- */

static bool lists(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = list; at && *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
        struct icm_slice item = icm_slice_trim(icm_slice_of(at, strcspn(at, ",")));

        if (icm_slice_equal_nocase(item, icm_slice_of(word, size)))
            return true;
    }
    return false;
}

/* The body's integrity is worth a hash; a server that lists nothing we know cannot be answered. */
static bool choose_qop(const struct auth_params *p, enum auth_digest_qop *qop)
{
    const char *offered = auth_params_find(p, "qop");

    *qop = !offered                     ? AUTH_DIGEST_NO_QOP
           : lists(offered, "auth-int") ? AUTH_DIGEST_AUTH_INT
           : lists(offered, "auth")     ? AUTH_DIGEST_AUTH
                                        : AUTH_DIGEST_NO_QOP;
    return !offered || *qop != AUTH_DIGEST_NO_QOP;
}

static const struct auth_digest_algorithm *algorithm_of(const struct auth_params *p)
{
    const char *name = auth_params_find(p, "algorithm");

    return auth_digest_algorithm_find(name ? name : "MD5");
}

/* Of several challenges the strongest that we know: algorithm rows stand in that order. */
static bool is_better(const struct auth_params *p, const struct auth_digest_algorithm *than)
{
    const struct auth_digest_algorithm *algorithm = algorithm_of(p);
    enum auth_digest_qop qop;

    return algorithm && auth_params_find(p, "realm") && auth_params_find(p, "nonce") && choose_qop(p, &qop) &&
           (!than || algorithm < than);
}

/* each challenge has a line of its own */
static enum icm_code take_best(struct digest *d, struct icm_error *err)
{
    struct icm_slice rest = icm_buf_slice(&d->challenge_text);

    while (rest.size > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        struct icm_slice line = icm_slice_of(rest.data, end ? (size_t)(end - rest.data) : rest.size);
        struct auth_params params = {0};
        enum icm_code code = auth_params_read(line, &params, err);

        if (code != ICM_OK)
            return code;
        if (is_better(&params, d->algorithm)) {
            auth_params_reset(&d->challenge);
            d->challenge = params;
            d->algorithm = algorithm_of(&params);
        } else {
            auth_params_reset(&params);
        }
        rest = icm_slice_from(rest, line.size + (end != NULL));
    }
    if (!d->algorithm)
        return icm_fail(err, ICM_UNSUPPORTED, "RFC 7616 3.3",
                        "the server's Digest challenge has no algorithm and quality of protection that are known here");
    return ICM_OK;
}

static enum icm_code make_client_nonce(struct digest *d, struct icm_error *err)
{
    uint8_t random[CLIENT_NONCE];
    enum icm_code code = icm_random(random, sizeof random, err);

    for (size_t i = 0; i < sizeof random; i++)
        snprintf(d->client_nonce + 2 * i, 3, "%02x", random[i]);
    return code;
}

/* A second challenge says no, unless it says that only the nonce is too old. */
static enum icm_code take_challenge(struct digest *d, struct icm_slice in, struct icm_error *err)
{
    bool had_one = d->algorithm != NULL;

    forget_challenge(d);
    icm_buf_add(&d->challenge_text, in);
    enum icm_code code = icm_buf_check(&d->challenge_text, err);
    if (code == ICM_OK)
        code = take_best(d, err);
    if (code != ICM_OK)
        return code;
    const char *stale = auth_params_find(&d->challenge, "stale");
    if (had_one && !(stale && icm_slice_equal_nocase(icm_slice_text(stale), icm_slice_text("true"))))
        return auth_remedy(
            err, icm_fail(err, ICM_DENIED, "RFC 7616 3.3", "Digest: the user name or the password was not accepted"),
            "check both; the user is written as the server has it");
    d->count = 0;
    choose_qop(&d->challenge, &d->qop);
    return make_client_nonce(d, err);
}

/* ---- answering it ---- */

static void add_pct_encoded(struct icm_buf *out, struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.';

        if (is_plain)
            icm_buf_add_u8(out, c);
        else
            icm_buf_add_format(out, "%%%02X", c);
    }
}

static bool is_ascii(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7E)
            return false;
    return true;
}

/* RFC 7616 3.4.4: hidden where the server can take it; other than ASCII in the form of RFC 8187 */
static enum icm_code add_user(struct digest *d, const struct auth_digest_facts *f, struct icm_buf *out,
                              struct icm_error *err)
{
    const char *userhash = auth_params_find(&d->challenge, "userhash");
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    if (userhash && icm_slice_equal_nocase(icm_slice_text(userhash), icm_slice_text("true"))) {
        enum icm_code code = auth_digest_hash_user(f, &text, err);
        if (code != ICM_OK)
            return code;
        auth_params_add_quoted(out, "username", icm_buf_slice(&text));
        auth_params_add_token(out, "userhash", "true");
        return ICM_OK;
    }
    if (is_ascii(f->user)) {
        auth_params_add_quoted(out, "username", f->user);
        return ICM_OK;
    }
    icm_buf_add_text(&text, "UTF-8''");
    add_pct_encoded(&text, f->user);
    auth_params_add_token(out, "username*", icm_buf_text(&text));
    return icm_buf_check(&text, err);
}

static enum icm_code add_response(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf response = {0};
    enum icm_code code = auth_digest_respond(f, &response, err);

    if (code == ICM_OK)
        auth_params_add_quoted(out, "response", icm_buf_slice(&response));
    return code;
}

static enum icm_code answer(struct digest *d, struct icm_buf *out, struct icm_error *err)
{
    const char *opaque = auth_params_find(&d->challenge, "opaque");
    char count[9];

    snprintf(count, sizeof count, "%08x", (unsigned)++d->count);
    struct auth_digest_facts f = {
        .algorithm = d->algorithm,
        .qop = d->qop,
        .user = icm_slice_text(d->credential->user),
        .realm = icm_slice_text(auth_params_find(&d->challenge, "realm")),
        .password = icm_buf_slice(&d->credential->password),
        .method = d->method,
        .uri = d->uri,
        .nonce = icm_slice_text(auth_params_find(&d->challenge, "nonce")),
        .nonce_count = icm_slice_text(count),
        .client_nonce = icm_slice_text(d->client_nonce),
        .body = d->body,
    };
    enum icm_code code = add_user(d, &f, out, err);
    if (code != ICM_OK)
        return code;
    auth_params_add_quoted(out, "realm", f.realm);
    auth_params_add_quoted(out, "nonce", f.nonce);
    auth_params_add_quoted(out, "uri", f.uri);
    auth_params_add_token(out, "algorithm", d->algorithm->name);
    if (d->qop != AUTH_DIGEST_NO_QOP || d->algorithm->is_session)
        auth_params_add_quoted(out, "cnonce", f.client_nonce);
    if (d->qop != AUTH_DIGEST_NO_QOP) {
        auth_params_add_token(out, "nc", count);
        auth_params_add_token(out, "qop", auth_digest_qop_name(d->qop));
    }
    if (opaque)
        auth_params_add_quoted(out, "opaque", icm_slice_text(opaque));
    code = add_response(&f, out, err);
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct digest *d = of(c);
    enum icm_code code = in.size > 0 ? take_challenge(d, in, err) : ICM_OK;

    if (code != ICM_OK)
        return code;
    return d->algorithm ? answer(d, out, err) : ICM_AGAIN; /* the server has to speak first */
}

static const struct auth_ops ops = {.step = step, .describe_request = describe_request, .free = free_digest};

enum icm_code auth_digest_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                        struct icm_error *err)
{
    if (!o->credential || !o->credential->user || !*o->credential->user)
        return auth_remedy(err, icm_fail(err, ICM_USAGE, "RFC 7616 3.4", "Digest needs a user name and a password"),
                           "give -Credential NAME");
    struct digest *d = calloc(1, sizeof *d);
    if (!d)
        return icm_nomem(err);
    d->context.ops = &ops;
    d->credential = o->credential;
    *out = &d->context;
    return ICM_OK;
}
