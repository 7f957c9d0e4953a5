#include "psrp/secret.h"

#include "base/crypto.h"
#include "base/random.h"
#include "base/text.h"

#include <stdlib.h>

#define KEY_SECTION "MS-PSRP 2.2.2.3"
#define SESSION_KEY_SECTION "MS-PSRP 2.2.2.4"

enum {
    OUR_BITS = 2048,
    TEXT_MAX = 8192, /* of the base64 of a key of ICM_RSA_BITS_MAX, which takes 2,760 */
};

/* a CAPI PUBLICKEYBLOB's BLOBHEADER (CALG_RSA_KEYX) and the RSAPUBKEY's mark; a SIMPLEBLOB's (CALG_AES_256 under
 * CALG_RSA_KEYX) */
static const uint8_t public_blob[] = {0x06, 0x02, 0x00, 0x00, 0x00, 0xa4, 0x00, 0x00, 'R', 'S', 'A', '1'};
static const uint8_t simple_blob[] = {0x01, 0x02, 0x00, 0x00, 0x10, 0x66, 0x00, 0x00, 0x00, 0xa4, 0x00, 0x00};

struct psrp_secret {
    struct icm_rsa *pair; /* the client's; NULL until it is asked for */
    bool has_session_key;
    uint8_t session_key[ICM_AES256_KEY];
};

/* ---- life ---- */

enum icm_code psrp_secret_new(struct psrp_secret **out, struct icm_error *err)
{
    struct psrp_secret *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    *out = s;
    return ICM_OK;
}

void psrp_secret_free(struct psrp_secret *s)
{
    if (!s)
        return;
    icm_rsa_free(s->pair);
    explicit_bzero(s, sizeof *s);
    free(s);
}

bool psrp_secret_has_session_key(const struct psrp_secret *s)
{
    return s->has_session_key;
}

enum icm_code psrp_secret_set_session_key(struct psrp_secret *s, struct icm_slice key, struct icm_error *err)
{
    if (key.size != sizeof s->session_key)
        return icm_fail(err, ICM_SYNTAX, SESSION_KEY_SECTION, "a session key of %zu bytes, not %d", key.size,
                        ICM_AES256_KEY);
    memcpy(s->session_key, key.data, key.size);
    s->has_session_key = true;
    return ICM_OK;
}

enum icm_code psrp_secret_set_key_pair(struct psrp_secret *s, struct icm_slice der, struct icm_error *err)
{
    struct icm_rsa *pair;
    enum icm_code code = icm_rsa_from_der(&pair, der, err);

    if (code != ICM_OK)
        return code;
    icm_rsa_free(s->pair);
    s->pair = pair;
    return ICM_OK;
}

/* ---- blobs ---- */

/* CAPI's numbers are little-endian */
static void add_reversed(struct icm_buf *out, struct icm_slice bytes)
{
    uint8_t *room = icm_buf_room(out, bytes.size);

    for (size_t i = 0; room && i < bytes.size; i++)
        room[i] = bytes.data[bytes.size - 1 - i];
    out->size += room ? bytes.size : 0;
}

static enum icm_code read_blob(struct icm_slice text, const char *section, const char *what, struct icm_buf *out,
                               struct icm_error *err)
{
    if (text.size > TEXT_MAX)
        return icm_fail(err, ICM_LIMIT, section, "%s of %zu characters, at most %d", what, text.size, TEXT_MAX);
    enum icm_code code = icm_base64_read(text, out, NULL);
    if (code == ICM_SYNTAX)
        return icm_fail(err, code, section, "%s that is not base64", what);
    return icm_buf_check(out, err);
}

/* ---- the client ---- */

static enum icm_code need_pair(struct psrp_secret *s, struct icm_error *err)
{
    return s->pair ? ICM_OK : icm_rsa_new(&s->pair, OUR_BITS, err);
}

enum icm_code psrp_secret_public_key(struct psrp_secret *s, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf modulus = {0}, blob = {0};
    uint32_t exponent;

    enum icm_code code = need_pair(s, err);
    if (code == ICM_OK)
        code = icm_rsa_public(s->pair, &modulus, &exponent, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(&blob, icm_slice_of(public_blob, sizeof public_blob));
    icm_buf_add_le32(&blob, (uint32_t)modulus.size * 8);
    icm_buf_add_le32(&blob, exponent);
    add_reversed(&blob, icm_buf_slice(&modulus));
    code = icm_buf_check(&blob, err);
    if (code == ICM_OK)
        icm_base64_write(out, icm_buf_slice(&blob));
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

/* Whatever is wrong with it is told in the same words: a peer must not learn which padding our key takes. */
static enum icm_code refuse_session_key(struct icm_error *err)
{
    return icm_fail(err, ICM_SYNTAX, SESSION_KEY_SECTION,
                    "the server's ENCRYPTED_SESSION_KEY is no AES-256 key for our public key");
}

enum icm_code psrp_secret_take_session_key(struct psrp_secret *s, struct icm_slice text, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf blob = {0}, sealed = {0};
    uint8_t key[ICM_AES256_KEY];

    enum icm_code code = read_blob(text, SESSION_KEY_SECTION, "a session key", &blob, err);
    if (code != ICM_OK)
        return code;
    struct icm_reader r = icm_reader_on(icm_buf_slice(&blob));
    struct icm_slice head = icm_read_slice(&r, sizeof simple_blob);
    if (!s->pair || r.missing || memcmp(head.data, simple_blob, sizeof simple_blob) != 0)
        return refuse_session_key(err);
    add_reversed(&sealed, r.rest);
    code = icm_buf_check(&sealed, err);
    if (code != ICM_OK)
        return code;
    if (icm_rsa_decrypt(s->pair, icm_buf_slice(&sealed), key, sizeof key, NULL) != ICM_OK)
        return refuse_session_key(err);
    code = psrp_secret_set_session_key(s, icm_slice_of(key, sizeof key), err);
    explicit_bzero(key, sizeof key);
    return code;
}

/* ---- the server ---- */

enum icm_code psrp_secret_make_session_key(struct psrp_secret *s, struct icm_error *err)
{
    if (s->has_session_key)
        return ICM_OK;
    enum icm_code code = icm_random(s->session_key, sizeof s->session_key, err);
    s->has_session_key = code == ICM_OK;
    return code;
}

static enum icm_code read_public_key(struct icm_slice text, struct icm_rsa **out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf blob = {0}, modulus = {0};

    enum icm_code code = read_blob(text, KEY_SECTION, "a public key", &blob, err);
    if (code != ICM_OK)
        return code;
    struct icm_reader r = icm_reader_on(icm_buf_slice(&blob));
    struct icm_slice head = icm_read_slice(&r, sizeof public_blob);
    uint32_t bits = icm_read_le32(&r), exponent = icm_read_le32(&r);
    if (r.missing || memcmp(head.data, public_blob, sizeof public_blob) != 0)
        return icm_fail(err, ICM_SYNTAX, KEY_SECTION, "a public key that is no RSA PUBLICKEYBLOB");
    if (bits % 8 != 0 || bits / 8 != r.rest.size)
        return icm_fail(err, ICM_SYNTAX, KEY_SECTION, "a public key of %u bits in %zu bytes", bits, r.rest.size);
    add_reversed(&modulus, r.rest);
    code = icm_buf_check(&modulus, err);
    return code == ICM_OK ? icm_rsa_from_public(out, icm_buf_slice(&modulus), exponent, err) : code;
}

enum icm_code psrp_secret_answer(struct psrp_secret *s, struct icm_slice text, struct icm_buf *out,
                                 struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf sealed = {0}, blob = {0};
    struct icm_rsa *theirs = NULL;

    enum icm_code code = read_public_key(text, &theirs, err);
    if (code == ICM_OK)
        code = psrp_secret_make_session_key(s, err);
    if (code == ICM_OK)
        code = icm_rsa_encrypt(theirs, icm_slice_of(s->session_key, sizeof s->session_key), &sealed, err);
    icm_rsa_free(theirs);
    if (code != ICM_OK)
        return code;
    icm_buf_add(&blob, icm_slice_of(simple_blob, sizeof simple_blob));
    add_reversed(&blob, icm_buf_slice(&sealed));
    code = icm_buf_check(&blob, err);
    if (code == ICM_OK)
        icm_base64_write(out, icm_buf_slice(&blob));
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

/* ---- SecureStrings ---- */

static enum icm_code need_session_key(const struct psrp_secret *s, struct icm_error *err)
{
    if (s->has_session_key)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, "MS-PSRP 3.1.1.1.3", "a SecureString while there is no session key");
}

enum icm_code psrp_secret_seal(const struct psrp_secret *s, struct icm_slice text, struct icm_buf *out,
                               struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf units = {0};

    if (!s)
        return icm_utf16_from_utf8(out, text, err);
    enum icm_code code = need_session_key(s, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&units, text, err);
    return code == ICM_OK ? icm_aes_encrypt(s->session_key, icm_buf_slice(&units), out, err) : code;
}

enum icm_code psrp_secret_open(const struct psrp_secret *s, struct icm_slice sealed, struct icm_buf *out,
                               struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf units = {0};

    if (!s)
        return icm_utf8_from_utf16(out, sealed, err);
    enum icm_code code = need_session_key(s, err);
    if (code == ICM_OK)
        code = icm_aes_decrypt(s->session_key, sealed, &units, err);
    return code == ICM_OK ? icm_utf8_from_utf16(out, icm_buf_slice(&units), err) : code;
}
