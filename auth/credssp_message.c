#include "auth/credssp_message.h"

#include "auth/der.h"

enum { PASSWORD_CREDENTIALS = 1 /* MS-CSSP 2.2.1.2 */ };

/* ---- TSRequest ----
 *
 *      SEQUENCE { [0] version INTEGER, [1] negoTokens SEQUENCE OF SEQUENCE { [0] OCTET STRING }, [2] authInfo OCTET
 * STRING, [3] pubKeyAuth OCTET STRING, [4] errorCode INTEGER, [5] clientNonce OCTET STRING }; all but the version may
 * be missing */

static void add_octets(struct icm_buf *out, unsigned field, struct icm_slice bytes)
{
    if (bytes.size == 0)
        return;
    size_t begun = auth_der_begin(out, AUTH_DER_CONTEXT + field);
    auth_der_add(out, AUTH_DER_OCTET_STRING, bytes);
    auth_der_end(out, begun);
}

static void add_integer(struct icm_buf *out, unsigned field, int64_t value)
{
    size_t begun = auth_der_begin(out, AUTH_DER_CONTEXT + field);
    auth_der_add_integer(out, AUTH_DER_INTEGER, value);
    auth_der_end(out, begun);
}

static void add_nego_token(struct icm_buf *out, struct icm_slice token)
{
    if (token.size == 0)
        return;
    size_t field = auth_der_begin(out, AUTH_DER_CONTEXT + 1);
    size_t list = auth_der_begin(out, AUTH_DER_SEQUENCE), item = auth_der_begin(out, AUTH_DER_SEQUENCE);
    add_octets(out, 0, token);
    auth_der_end(out, item);
    auth_der_end(out, list);
    auth_der_end(out, field);
}

void auth_ts_request_write(struct icm_buf *out, const struct auth_ts_request *m)
{
    size_t begun = auth_der_begin(out, AUTH_DER_SEQUENCE);

    add_integer(out, 0, m->version);
    add_nego_token(out, m->nego_token);
    add_octets(out, 2, m->auth_info);
    add_octets(out, 3, m->pub_key_auth);
    if (m->error_code)
        add_integer(out, 4, (int32_t)m->error_code); /* as Windows writes it: 32 bits, with a sign */
    add_octets(out, 5, m->client_nonce);
    auth_der_end(out, begun);
}

static struct icm_slice take_octets(struct auth_der *r, unsigned field)
{
    if (!auth_der_at(r, AUTH_DER_CONTEXT + field))
        return icm_slice_of(NULL, 0);
    struct auth_der in = auth_der_enter(r, AUTH_DER_CONTEXT + field);
    return auth_der_take(&in, AUTH_DER_OCTET_STRING);
}

static int64_t take_integer(struct auth_der *r, unsigned field)
{
    struct auth_der in = auth_der_enter(r, AUTH_DER_CONTEXT + field);

    return auth_der_take_integer(&in, AUTH_DER_INTEGER);
}

/* the one token; *@count says of how many */
static struct icm_slice take_nego_token(struct auth_der *r, size_t *count)
{
    struct icm_slice token = {0};

    if (!auth_der_at(r, AUTH_DER_CONTEXT + 1))
        return token;
    struct auth_der field = auth_der_enter(r, AUTH_DER_CONTEXT + 1);
    struct auth_der list = auth_der_enter(&field, AUTH_DER_SEQUENCE);
    for (*count = 0; list.rest.size > 0; ++*count) {
        struct auth_der item = auth_der_enter(&list, AUTH_DER_SEQUENCE);
        token = take_octets(&item, 0);
    }
    return token;
}

enum icm_code auth_ts_request_read(struct icm_slice bytes, struct auth_ts_request *out, struct icm_error *err)
{
    struct auth_der whole = auth_der_on(bytes), r = auth_der_enter(&whole, AUTH_DER_SEQUENCE);
    struct auth_ts_request m = {0};
    size_t token_count = 0;

    int64_t version = take_integer(&r, 0);
    m.nego_token = take_nego_token(&r, &token_count);
    m.auth_info = take_octets(&r, 2);
    m.pub_key_auth = take_octets(&r, 3);
    if (auth_der_at(&r, AUTH_DER_CONTEXT + 4))
        m.error_code = (uint32_t)take_integer(&r, 4); /* with a sign, or as a positive number of five bytes */
    m.client_nonce = take_octets(&r, 5);
    while (r.rest.size > 0 && r.rest.data[0] > AUTH_DER_CONTEXT + 5)
        auth_der_skip(&r);
    if (whole.failed || whole.rest.size > 0 || r.rest.size > 0 || version < 0 || version > UINT32_MAX)
        return icm_fail(err, ICM_SYNTAX, "MS-CSSP 2.2.1", "%zu bytes that are no TSRequest", bytes.size);
    if (token_count > 1)
        return icm_fail(err, ICM_SYNTAX, "MS-CSSP 2.2.1.1", "a TSRequest with %zu negoTokens, at most one",
                        token_count);
    m.version = (uint32_t)version;
    *out = m;
    return ICM_OK;
}

/* ---- TSCredentials ----
 *
 *      SEQUENCE { [0] credType INTEGER, [1] credentials OCTET STRING }, whose octets are for a password
 *      SEQUENCE { [0] domainName OCTET STRING, [1] userName OCTET STRING, [2] password OCTET STRING } */

static void add_text(struct icm_buf *out, unsigned field, struct icm_slice text)
{
    size_t begun = auth_der_begin(out, AUTH_DER_CONTEXT + field);

    auth_der_add(out, AUTH_DER_OCTET_STRING, text);
    auth_der_end(out, begun);
}

void auth_ts_password_write(struct icm_buf *out, const struct auth_ts_password *m)
{
    size_t whole = auth_der_begin(out, AUTH_DER_SEQUENCE);

    add_integer(out, 0, PASSWORD_CREDENTIALS);
    size_t field = auth_der_begin(out, AUTH_DER_CONTEXT + 1), octets = auth_der_begin(out, AUTH_DER_OCTET_STRING);
    size_t inner = auth_der_begin(out, AUTH_DER_SEQUENCE);
    add_text(out, 0, m->domain);
    add_text(out, 1, m->user);
    add_text(out, 2, m->password);
    auth_der_end(out, inner);
    auth_der_end(out, octets);
    auth_der_end(out, field);
    auth_der_end(out, whole);
}

static struct icm_slice take_text(struct auth_der *r, unsigned field)
{
    struct auth_der in = auth_der_enter(r, AUTH_DER_CONTEXT + field);

    return auth_der_take(&in, AUTH_DER_OCTET_STRING);
}

enum icm_code auth_ts_password_read(struct icm_slice bytes, struct auth_ts_password *out, struct icm_error *err)
{
    struct auth_der whole = auth_der_on(bytes), r = auth_der_enter(&whole, AUTH_DER_SEQUENCE);
    int64_t type = take_integer(&r, 0);
    struct auth_der octets = auth_der_on(take_text(&r, 1)), in;
    struct auth_ts_password m;

    if (!whole.failed && type != PASSWORD_CREDENTIALS)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-CSSP 2.2.1.2",
                        "credentials of type %lld, only passwords (1) are taken", (long long)type);
    in = auth_der_enter(&octets, AUTH_DER_SEQUENCE);
    m.domain = take_text(&in, 0);
    m.user = take_text(&in, 1);
    m.password = take_text(&in, 2);
    if (whole.failed || octets.failed || whole.rest.size > 0 || octets.rest.size > 0)
        return icm_fail(err, ICM_SYNTAX, "MS-CSSP 2.2.1.2", "%zu bytes that are no TSCredentials", bytes.size);
    *out = m;
    return ICM_OK;
}
