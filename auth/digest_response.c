#include "auth/digest_response.h"

#include "base/text.h"

static const struct auth_digest_algorithm algorithms[] = {
    {"SHA-512-256-sess", ICM_SHA512_256, true},
    {"SHA-512-256", ICM_SHA512_256, false},
    {"SHA-256-sess", ICM_SHA256, true},
    {"SHA-256", ICM_SHA256, false},
    {"MD5-sess", ICM_MD5, true},
    {"MD5", ICM_MD5, false},
};

const struct auth_digest_algorithm *auth_digest_algorithm_at(size_t index)
{
    return index < ICM_COUNT(algorithms) ? &algorithms[index] : NULL;
}

const struct auth_digest_algorithm *auth_digest_algorithm_find(const char *name)
{
    for (size_t i = 0; i < ICM_COUNT(algorithms); i++)
        if (icm_slice_equal_nocase(icm_slice_text(algorithms[i].name), icm_slice_text(name)))
            return &algorithms[i];
    return NULL;
}

const char *auth_digest_qop_name(enum auth_digest_qop qop)
{
    static const char *const names[] = {"", "auth", "auth-int"};

    return names[qop];
}

/* H of the parts with colons between, in hexadecimal digits */
static enum icm_code hash_joined(enum icm_digest_type type, const struct icm_slice *parts, size_t count,
                                 struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice pieces[12], colon = icm_slice_text(":");
    uint8_t digest[ICM_DIGEST_MAX];
    size_t piece_count = 0;

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            pieces[piece_count++] = colon;
        pieces[piece_count++] = parts[i];
    }
    enum icm_code code = icm_digest(type, pieces, piece_count, digest, err);
    if (code == ICM_OK)
        icm_hex_write(out, icm_slice_of(digest, icm_digest_size(type)));
    explicit_bzero(digest, sizeof digest);
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

static enum icm_code hash_secret(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf first = {0};
    struct icm_slice parts[] = {f->user, f->realm, f->password};

    if (!f->algorithm->is_session)
        return hash_joined(f->algorithm->type, parts, 3, out, err);
    enum icm_code code = hash_joined(f->algorithm->type, parts, 3, &first, err);
    struct icm_slice session[] = {icm_buf_slice(&first), f->nonce, f->client_nonce};
    return code == ICM_OK ? hash_joined(f->algorithm->type, session, 3, out, err) : code;
}

static enum icm_code hash_request(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf body = {0};
    enum icm_code code = ICM_OK;
    bool has_body = f->qop == AUTH_DIGEST_AUTH_INT;

    if (has_body)
        code = hash_joined(f->algorithm->type, &f->body, 1, &body, err);
    struct icm_slice parts[] = {f->method, f->uri, icm_buf_slice(&body)};
    return code == ICM_OK ? hash_joined(f->algorithm->type, parts, has_body ? 3 : 2, out, err) : code;
}

enum icm_code auth_digest_respond(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf secret = {0}, request = {0};
    enum icm_code code = hash_secret(f, &secret, err);

    if (code == ICM_OK)
        code = hash_request(f, &request, err);
    if (code != ICM_OK)
        return code;
    struct icm_slice old[] = {icm_buf_slice(&secret), f->nonce, icm_buf_slice(&request)};
    struct icm_slice parts[] = {
        icm_buf_slice(&secret), f->nonce, f->nonce_count, f->client_nonce, icm_slice_text(auth_digest_qop_name(f->qop)),
        icm_buf_slice(&request)};
    return f->qop == AUTH_DIGEST_NO_QOP ? hash_joined(f->algorithm->type, old, ICM_COUNT(old), out, err)
                                        : hash_joined(f->algorithm->type, parts, ICM_COUNT(parts), out, err);
}

enum icm_code auth_digest_hash_user(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice parts[] = {f->user, f->realm};

    return hash_joined(f->algorithm->type, parts, 2, out, err);
}
