/* Security contexts whose sealing anybody can follow, one for each way in which sealed data lies in a body. The text is masked, and a
 * signature holds its number and its sum. */
#ifndef TESTS_WSMAN_TOY_SEAL_H
#define TESTS_WSMAN_TOY_SEAL_H

#include "auth/context.h"

#include <stdlib.h>

enum { TOY_SIGNATURE = 16, TOY_MASK = 0x5A, TOY_PIECE = 100 };

struct toy_seal {
    struct auth_context context;
    uint32_t sent, received;
};

static inline struct toy_seal *toy_of(struct auth_context *c)
{
    return (struct toy_seal *)c;
}

static inline void toy_sign(struct icm_buf *out, uint32_t number, struct icm_slice text)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < text.size; i++)
        sum = sum * 31 + text.data[i];
    icm_buf_add_le32(out, number);
    icm_buf_add_le32(out, sum);
    icm_buf_add_le64(out, 0);
}

static inline void toy_mask(struct icm_buf *out, struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        icm_buf_add_u8(out, text.data[i] ^ TOY_MASK);
}

/* Whether @signature is that of @masked, the peer's next; then its text is appended. */
static inline enum icm_code toy_open(struct toy_seal *t, struct icm_slice signature, struct icm_slice masked,
                                     struct icm_buf *out, struct icm_error *err)
{
    struct icm_buf text = {0}, expected = {0};

    toy_mask(&text, masked);
    toy_sign(&expected, t->received++, icm_buf_slice(&text));
    bool is_right = icm_slice_equal(icm_buf_slice(&expected), signature);
    if (is_right)
        icm_buf_add(out, icm_buf_slice(&text));
    icm_buf_reset(&text);
    icm_buf_reset(&expected);
    return is_right ? ICM_OK : icm_fail(err, ICM_DENIED, NULL, "a bad signature");
}

/* ---- a header and data of the text's size, as NTLM and Kerberos with AES have it */

static inline enum icm_code toy_plain_wrap(struct auth_context *c, struct icm_slice text, struct icm_buf *out,
                                           struct auth_sealed *sealed, struct icm_error *err)
{
    (void)err;
    toy_sign(out, toy_of(c)->sent++, text);
    toy_mask(out, text);
    *sealed = (struct auth_sealed){.header_size = TOY_SIGNATURE};
    return ICM_OK;
}

static inline enum icm_code toy_plain_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes,
                                             struct icm_buf *out, struct icm_error *err)
{
    if (header_size != TOY_SIGNATURE || bytes.size < TOY_SIGNATURE)
        return icm_fail(err, ICM_DENIED, NULL, "no signature");
    return toy_open(toy_of(c), icm_slice_of(bytes.data, TOY_SIGNATURE), icm_slice_from(bytes, TOY_SIGNATURE), out, err);
}

/* ---- one byte more, as Kerberos with RC4 has it */

static inline enum icm_code toy_padded_wrap(struct auth_context *c, struct icm_slice text, struct icm_buf *out,
                                            struct auth_sealed *sealed, struct icm_error *err)
{
    enum icm_code code = toy_plain_wrap(c, text, out, sealed, err);

    icm_buf_add_u8(out, 1);
    sealed->padding = 1;
    return code;
}

static inline enum icm_code toy_padded_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes,
                                              struct icm_buf *out, struct icm_error *err)
{
    if (bytes.size == 0)
        return icm_fail(err, ICM_DENIED, NULL, "no padding");
    return toy_plain_unwrap(c, header_size, icm_slice_of(bytes.data, bytes.size - 1), out, err);
}

/* ---- records with a trailer, as CredSSP has it; as short as to need two of them for a piece */

static inline enum icm_code toy_records_wrap(struct auth_context *c, struct icm_slice text, struct icm_buf *out,
                                             struct auth_sealed *sealed, struct icm_error *err)
{
    (void)err;
    do {
        struct icm_slice part = icm_slice_of(text.data, text.size < TOY_PIECE - 20 ? text.size : TOY_PIECE - 20);
        size_t size = part.size + TOY_SIGNATURE;

        icm_buf_add(out, icm_slice_of((uint8_t[]){23, 3, 3, (uint8_t)(size >> 8), (uint8_t)size}, 5));
        toy_mask(out, part);
        toy_sign(out, toy_of(c)->sent++, part);
        text = icm_slice_from(text, part.size);
    } while (text.size > 0);
    *sealed = (struct auth_sealed){.header_size = TOY_SIGNATURE};
    return ICM_OK;
}

static inline enum icm_code toy_records_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes,
                                               struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = ICM_OK;

    (void)header_size;
    while (code == ICM_OK && bytes.size > 0) {
        size_t size = bytes.size >= 5 ? (size_t)(bytes.data[3] << 8 | bytes.data[4]) : 0;
        if (size < TOY_SIGNATURE || size > bytes.size - 5)
            code = icm_fail(err, ICM_DENIED, NULL, "a broken record");
        else
            code = toy_open(toy_of(c), icm_slice_of(bytes.data + 5 + size - TOY_SIGNATURE, TOY_SIGNATURE),
                            icm_slice_of(bytes.data + 5, size - TOY_SIGNATURE), out, err);
        if (code == ICM_OK)
            bytes = icm_slice_from(bytes, 5 + size);
    }
    if (code != ICM_OK)
        out->size = before;
    return code;
}

/* ---- the mechanisms */

static inline void toy_free(struct auth_context *c)
{
    free(c);
}

#define TOY_OPS(kind) {.wrap = toy_##kind##_wrap, .unwrap = toy_##kind##_unwrap, .free = toy_free}
static const struct auth_ops toy_ops[] = {TOY_OPS(plain), TOY_OPS(padded), TOY_OPS(records)};
static const struct auth_mechanism toy_mechanisms[] = {
    {.name = "Plain", .scheme = "Negotiate", .protocol = "application/HTTP-SPNEGO-session-encrypted"},
    {.name = "Padded", .scheme = "Kerberos", .protocol = "application/HTTP-Kerberos-session-encrypted"},
    {.name = "Records", .scheme = "CredSSP", .protocol = "application/HTTP-CredSSP-session-encrypted", .piece_max = TOY_PIECE},
};
enum { TOY_PLAIN, TOY_PADDED, TOY_RECORDS, TOY_COUNT };

static inline struct auth_context *toy_new(size_t kind)
{
    struct toy_seal *t = calloc(1, sizeof *t);

    if (!t)
        abort();
    t->context = (struct auth_context){.ops = &toy_ops[kind], .mechanism = &toy_mechanisms[kind], .is_established = true};
    return &t->context;
}

#endif
