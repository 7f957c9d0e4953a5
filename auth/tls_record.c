#include "auth/tls_record.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define SECTION "RFC 8446 5.2"

enum { HEADER = AUTH_TLS_RECORD_HEADER_SIZE, TAG = AUTH_TLS_RECORD_TAG_SIZE, IV = AUTH_TLS_IV_SIZE, SEQUENCE = 8 };

struct auth_tls_record {
    const struct auth_tls_suite *suite;
    EVP_CIPHER_CTX *cipher;
    uint8_t iv[IV];
    uint64_t sequence;
};

/* ---- life ---- */

static bool set_key(struct auth_tls_record *r, const struct auth_tls_key *key)
{
    memcpy(r->iv, key->iv, sizeof r->iv);
    return EVP_CipherInit_ex(r->cipher, NULL, NULL, key->key, NULL, -1) == 1;
}

static bool set_cipher(struct auth_tls_record *r, bool seals)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, r->suite->cipher, NULL);
    bool is_set = cipher && r->cipher && EVP_CipherInit_ex2(r->cipher, cipher, NULL, NULL, seals, NULL) == 1;

    EVP_CIPHER_free(cipher); /* the context has its own reference */
    return is_set;
}

void auth_tls_record_free(struct auth_tls_record *r)
{
    if (!r)
        return;
    EVP_CIPHER_CTX_free(r->cipher);
    explicit_bzero(r, sizeof *r);
    free(r);
}

enum icm_code auth_tls_record_new(struct auth_tls_record **out, const struct auth_tls_suite *suite,
                                  const struct auth_tls_key *key, bool seals, uint64_t sequence, struct icm_error *err)
{
    struct auth_tls_record *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    r->suite = suite;
    r->sequence = sequence;
    r->cipher = EVP_CIPHER_CTX_new();
    if (!set_cipher(r, seals) || !set_key(r, key)) {
        auth_tls_record_free(r);
        return icm_fail(err, ICM_UNSUPPORTED, SECTION, "OpenSSL does not let us use %s", suite->cipher);
    }
    *out = r;
    return ICM_OK;
}

enum icm_code auth_tls_record_rekey(struct auth_tls_record *r, const struct auth_tls_key *key, struct icm_error *err)
{
    r->sequence = 0;
    return set_key(r, key) ? ICM_OK : icm_fail(err, ICM_TLS, SECTION, "%s takes no new key", r->suite->cipher);
}

uint32_t auth_tls_record_trailer(const struct auth_tls_record *r)
{
    return r->suite->is_tls13 ? TAG + 1 : TAG;
}

/* ---- the nonce, and what is authenticated in clear ---- */

/* the only one that there may be; TLS 1.3's type is inside */
static void make_header(const struct auth_tls_record *r, uint8_t type, size_t rest, uint8_t out[HEADER])
{
    out[0] = r->suite->is_tls13 ? (uint8_t)AUTH_TLS_DATA : type;
    out[1] = 3;
    out[2] = 3;
    out[3] = (uint8_t)(rest >> 8);
    out[4] = (uint8_t)rest;
}

static void put_be64(uint8_t out[SEQUENCE], uint64_t value)
{
    for (size_t i = 0; i < SEQUENCE; i++)
        out[i] = (uint8_t)(value >> (8 * (SEQUENCE - 1 - i)));
}

/* The initialization vector with the sequence number over it (RFC 8446 5.3). In TLS 1.2 its last eight bytes are zero:
 * the record says them, and we say the sequence number (RFC 5288 3). OpenSSL's Finished, which the same key protects,
 * has a number drawn from 2^64, which we meet as little as another draw would. */
static void make_nonce(const struct auth_tls_record *r, uint8_t nonce[IV])
{
    uint8_t sequence[SEQUENCE];

    put_be64(sequence, r->sequence);
    memcpy(nonce, r->iv, IV);
    for (size_t i = 0; i < SEQUENCE; i++)
        nonce[IV - SEQUENCE + i] ^= sequence[i];
}

/* TLS 1.3: the header itself (RFC 8446 5.2); TLS 1.2: number, type, version, and how many bytes there are in clear (RFC
 * 5246 6.2.3.3) */
static bool authenticate(const struct auth_tls_record *r, const uint8_t *header, size_t content_size)
{
    uint8_t clear[SEQUENCE + HEADER];
    int size;

    if (r->suite->is_tls13)
        return EVP_CipherUpdate(r->cipher, NULL, &size, header, HEADER) == 1;
    put_be64(clear, r->sequence);
    memcpy(clear + SEQUENCE, header, HEADER - 2);
    clear[sizeof clear - 2] = (uint8_t)(content_size >> 8);
    clear[sizeof clear - 1] = (uint8_t)content_size;
    return EVP_CipherUpdate(r->cipher, NULL, &size, clear, sizeof clear) == 1;
}

static bool begin(struct auth_tls_record *r, const uint8_t nonce[IV], const uint8_t *header, size_t content_size)
{
    return EVP_CipherInit_ex(r->cipher, NULL, NULL, NULL, nonce, -1) == 1 && authenticate(r, header, content_size);
}

static bool update(struct auth_tls_record *r, uint8_t *out, struct icm_slice in)
{
    int size;

    return in.size == 0 || EVP_CipherUpdate(r->cipher, out, &size, in.data, (int)in.size) == 1;
}

/* An AEAD's last call gives no bytes; opening, it is the one that says whether the tag is right. */
static bool end(struct auth_tls_record *r)
{
    uint8_t none[TAG];
    int size;

    return EVP_CipherFinal_ex(r->cipher, none, &size) == 1;
}

/* A number that came again would be a nonce that came again. */
static enum icm_code check_sequence(const struct auth_tls_record *r, struct icm_error *err)
{
    return r->sequence < UINT64_MAX
               ? ICM_OK
               : icm_fail(err, ICM_LIMIT, "RFC 8446 5.3", "the last record that one key protects has been used");
}

/* ---- sealing ---- */

enum icm_code auth_tls_record_seal(struct auth_tls_record *r, uint8_t type, struct icm_slice content,
                                   struct icm_buf *out, struct icm_error *err)
{
    size_t inner = content.size + r->suite->is_tls13, rest = r->suite->explicit_size + inner + TAG;
    uint8_t nonce[IV], *at;
    enum icm_code code = check_sequence(r, err);

    if (code != ICM_OK)
        return code;
    if (content.size > AUTH_TLS_RECORD_CONTENT_MAX)
        return icm_fail(err, ICM_LIMIT, SECTION, "%zu bytes for one record, at most %d", content.size,
                        AUTH_TLS_RECORD_CONTENT_MAX);
    if (!(at = icm_buf_room(out, HEADER + rest)))
        return icm_nomem(err);
    make_nonce(r, nonce);
    make_header(r, type, rest, at);
    memcpy(at + HEADER, nonce + IV - r->suite->explicit_size, r->suite->explicit_size);
    uint8_t *sealed = at + HEADER + r->suite->explicit_size;
    if (!begin(r, nonce, at, content.size) || !update(r, sealed, content) ||
        !update(r, sealed + content.size, icm_slice_of(&type, inner - content.size)) || !end(r) ||
        EVP_CIPHER_CTX_ctrl(r->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, sealed + inner) != 1)
        return icm_fail(err, ICM_TLS, SECTION, "a record could not be sealed with %s", r->suite->cipher);
    out->size += HEADER + rest;
    r->sequence++;
    return ICM_OK;
}

/* ---- opening ---- */

/* a record's parts, which borrow; the header as it has to be */
struct parts {
    uint8_t header[HEADER];
    struct icm_slice nonce, sealed, tag;
};

static enum icm_code split(const struct auth_tls_record *r, struct icm_slice *in, struct parts *out,
                           struct icm_error *err)
{
    struct icm_reader reader = icm_reader_on(*in);
    size_t inner_max = r->suite->is_tls13 ? AUTH_TLS_RECORD_INNER_MAX : AUTH_TLS_RECORD_CONTENT_MAX;
    struct icm_slice header = icm_read_slice(&reader, HEADER);
    size_t size = reader.missing ? 0 : (size_t)(header.data[3] << 8 | header.data[4]);
    size_t extra = r->suite->explicit_size + TAG;

    if (size >= extra)
        make_header(r, header.data[0], size, out->header);
    if (size < extra || size - extra > inner_max || memcmp(header.data, out->header, HEADER) != 0)
        return icm_fail(err, ICM_DENIED, SECTION, "a sealed message that is no TLS record");
    out->nonce = icm_read_slice(&reader, r->suite->explicit_size);
    out->sealed = icm_read_slice(&reader, size - extra);
    out->tag = icm_read_slice(&reader, TAG);
    if (reader.missing)
        return icm_fail(err, ICM_DENIED, SECTION, "a sealed message is cut short inside of a TLS record");
    *in = reader.rest;
    return ICM_OK;
}

static bool decrypt(struct auth_tls_record *r, const struct parts *p, uint8_t *out)
{
    uint8_t nonce[IV];

    make_nonce(r, nonce);
    memcpy(nonce + IV - p->nonce.size, p->nonce.data, p->nonce.size);
    return begin(r, nonce, p->header, p->sealed.size) && update(r, out, p->sealed) &&
           EVP_CIPHER_CTX_ctrl(r->cipher, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(uintptr_t)p->tag.data) == 1 && end(r);
}

/* TLS 1.3: zeroes may pad, and in front of them is the type. RFC 8446 5.4 */
static enum icm_code strip(const uint8_t *inner, size_t *size, uint8_t *type, struct icm_error *err)
{
    size_t end_of_type = *size;

    while (end_of_type > 0 && inner[end_of_type - 1] == 0)
        end_of_type--;
    if (end_of_type == 0)
        return icm_fail(err, ICM_DENIED, "RFC 8446 5.4", "a TLS record that has no type");
    *type = inner[end_of_type - 1];
    *size = end_of_type - 1;
    return ICM_OK;
}

enum icm_code auth_tls_record_open(struct auth_tls_record *r, struct icm_slice *in, struct icm_buf *out, uint8_t *type,
                                   struct icm_error *err)
{
    struct parts p;
    enum icm_code code = check_sequence(r, err);

    if (code == ICM_OK)
        code = split(r, in, &p, err);
    if (code != ICM_OK)
        return code;
    uint8_t *room = icm_buf_room(out, p.sealed.size);
    if (!room)
        return icm_nomem(err);
    if (!decrypt(r, &p, room)) {
        explicit_bzero(room, p.sealed.size); /* nobody has vouched for it */
        return icm_fail(err, ICM_DENIED, SECTION,
                        "a sealed message does not open: it was tampered with, comes again, or is out of order");
    }
    size_t size = p.sealed.size;
    *type = p.header[0];
    if (r->suite->is_tls13)
        code = strip(room, &size, type, err);
    if (code != ICM_OK)
        return code;
    out->size += size;
    r->sequence++;
    return ICM_OK;
}
