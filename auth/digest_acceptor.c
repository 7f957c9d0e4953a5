/* Digest, the server's end. RFC 7616. */
#include "auth/context.h"
#include "auth/digest_nonces.h"
#include "auth/digest_params.h"
#include "auth/digest_response.h"
#include "base/text.h"

#include <stdlib.h>

#define REALM "WSMAN"

struct acceptor {
    struct auth_context context;
    const struct auth_acceptor_options *options;
    struct icm_slice method, uri, body;
};

static struct acceptor *of(struct auth_context *c)
{
    return (struct acceptor *)c;
}

static void free_acceptor(struct auth_context *c)
{
    free(c);
}

static void describe_request(struct auth_context *c, const char *method, const char *uri, struct icm_slice body)
{
    of(c)->method = icm_slice_text(method);
    of(c)->uri = icm_slice_text(uri);
    of(c)->body = body;
}

/* ---- the challenge ---- */

/* one for each algorithm that clients have, each on a line, the better first; RFC 7616 3.3, 3.7 */
static enum icm_code challenge(const struct acceptor *a, bool is_stale, struct icm_buf *out, struct icm_error *err)
{
    static const char *const algorithms[] = {"SHA-256", "MD5"};

    for (size_t i = 0; i < ICM_COUNT(algorithms); i++) {
        char nonce[AUTH_NONCE_TEXT + 1];
        enum icm_code code = auth_digest_nonces_issue(a->options->nonces, nonce, err);

        if (code != ICM_OK)
            return code;
        if (i > 0)
            icm_buf_add_u8(out, '\n');
        auth_params_add_quoted(out, "realm", icm_slice_text(REALM));
        auth_params_add_quoted(out, "qop", icm_slice_text("auth,auth-int"));
        auth_params_add_token(out, "algorithm", algorithms[i]);
        auth_params_add_quoted(out, "nonce", icm_slice_text(nonce));
        auth_params_add_token(out, "charset", "UTF-8");
        if (is_stale)
            auth_params_add_token(out, "stale", "true");
    }
    return icm_buf_check(out, err);
}

/* ---- the answer ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* "UTF-8''J%C3%A4s%C3%B8n", RFC 8187 3.2 */
static bool read_extended(const char *text, struct icm_buf *out)
{
    static const char charset[] = "UTF-8'";

    if (!icm_slice_equal_nocase(icm_slice_of(text, strnlen(text, 6)), icm_slice_text(charset)))
        return false;
    const char *at = strchr(text + 6, '\'');
    for (at = at ? at + 1 : ""; *at; at++) {
        int high = *at == '%' ? hex_digit(at[1]) : -1, low = high >= 0 ? hex_digit(at[2]) : -1;

        if (*at == '%' && low < 0)
            return false;
        icm_buf_add_u8(out, (uint8_t)(*at == '%' ? high << 4 | low : *at));
        at += *at == '%' ? 2 : 0;
    }
    return out->size > 0;
}

static bool read_user(const struct auth_params *p, struct icm_buf *out)
{
    const char *plain = auth_params_find(p, "username"), *extended = auth_params_find(p, "username*");

    if (extended && !plain)
        return read_extended(extended, out);
    icm_buf_add_text(out, plain ? plain : "");
    return out->size > 0;
}

static bool read_count(const char *text, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < 8; i++) {
        int digit = text ? hex_digit(text[i]) : -1;

        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return text[8] == '\0';
}

static bool same_path(const char *said, struct icm_slice asked)
{
    size_t size = strcspn(said, "?");

    return icm_slice_equal(icm_slice_of(said, size), asked);
}

/* What the client says it answers; false: something is missing, or for another request. */
static bool read_facts(const struct acceptor *a, const struct auth_params *p, struct auth_digest_facts *f)
{
    const char *algorithm = auth_params_find(p, "algorithm"), *qop = auth_params_find(p, "qop");
    const char *realm = auth_params_find(p, "realm"), *uri = auth_params_find(p, "uri");

    f->algorithm = auth_digest_algorithm_find(algorithm ? algorithm : "MD5");
    f->qop = qop && strcmp(qop, "auth-int") == 0 ? AUTH_DIGEST_AUTH_INT : AUTH_DIGEST_AUTH;
    f->realm = icm_slice_text(REALM);
    f->method = a->method;
    f->body = a->body;
    f->uri = icm_slice_text(uri);
    f->nonce = icm_slice_text(auth_params_find(p, "nonce"));
    f->nonce_count = icm_slice_text(auth_params_find(p, "nc"));
    f->client_nonce = icm_slice_text(auth_params_find(p, "cnonce"));
    return f->algorithm && qop && strcmp(qop, auth_digest_qop_name(f->qop)) == 0 && realm &&
           strcmp(realm, REALM) == 0 && uri && same_path(uri, a->uri) && f->client_nonce.size > 0;
}

/* A user who is unknown costs what a wrong password does. */
static enum icm_code check_response(const struct acceptor *a, struct auth_digest_facts *f, const char *given,
                                    const struct auth_credential **account, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf expected = {0};
    const struct auth_credential *found =
        auth_account_find(a->options, icm_slice_of(NULL, 0), f->user, AUTH_NAME_CLAIMS);

    f->password = found ? icm_buf_slice(&found->password) : icm_slice_text("");
    enum icm_code code = auth_digest_respond(f, &expected, err);
    if (code != ICM_OK)
        return code;
    if (!found || !given || strlen(given) != expected.size || !icm_same_bytes(given, expected.data, expected.size))
        return icm_fail(err, ICM_DENIED, "RFC 7616 3.4.1", "wrong user name or password");
    *account = found;
    return ICM_OK;
}

static enum icm_code let_in(struct acceptor *a, const struct auth_credential *account, struct icm_error *err)
{
    icm_set_text(&a->context.user, account->user);
    return a->context.user ? ICM_OK : icm_nomem(err);
}

/* The nonce is used up only by who knows the password: nobody can use up somebody else's. */
static enum icm_code check(struct acceptor *a, const struct auth_params *p, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf user = {0};
    const struct auth_credential *account = NULL;
    struct auth_digest_facts f = {0};
    uint32_t count;

    if (!read_facts(a, p, &f) || !read_user(p, &user) || !read_count(auth_params_find(p, "nc"), &count))
        return icm_fail(err, ICM_SYNTAX, "RFC 7616 3.4",
                        "Digest credentials that lack something, or are for another request");
    f.user = icm_buf_slice(&user);
    enum icm_code code = check_response(a, &f, auth_params_find(p, "response"), &account, err);
    if (code != ICM_OK)
        return code;
    enum auth_nonce_use use = auth_digest_nonces_use(a->options->nonces, f.nonce, count);
    if (use == AUTH_NONCE_FRESH)
        return let_in(a, account, err);
    if (use == AUTH_NONCE_USED)
        return icm_fail(err, ICM_DENIED, "RFC 7616 5.12", "these Digest credentials were used before");
    code = challenge(a, true, out, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_params params = {0};

    icm_set_text(&c->user, NULL);
    if (in.size == 0) {
        enum icm_code code = challenge(of(c), false, out, err);
        return code == ICM_OK ? ICM_AGAIN : code;
    }
    enum icm_code code = auth_params_read(in, &params, err);
    if (code != ICM_OK)
        return code;
    code = check(of(c), &params, out, err);
    auth_params_reset(&params);
    return code;
}

static const struct auth_ops ops = {.step = step, .describe_request = describe_request, .free = free_acceptor};

enum icm_code auth_digest_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                       struct icm_error *err)
{
    struct acceptor *a = o->nonces ? calloc(1, sizeof *a) : NULL;

    if (!o->nonces)
        return icm_fail(err, ICM_USAGE, "RFC 7616 3.3", "a Digest acceptor needs a memory of its nonces");
    if (!a)
        return icm_nomem(err);
    a->context.ops = &ops;
    a->options = o;
    *out = &a->context;
    return ICM_OK;
}
