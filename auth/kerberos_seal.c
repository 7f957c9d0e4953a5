/* Messages under a Kerberos context: sealed in place, header in front, as a joined token is. RFC 4121 4.2, RFC
 * 4757 7.3. */
#include "auth/kerberos_private.h"

#include "auth/kerberos_token.h"

enum { HEADER, DATA, PADDING, PARTS };

static const struct {
    OM_uint32 bit; /* of the supplementary ones, or a routine error */
    const char *sentence;
} seal_failures[] = {
    {GSS_S_DUPLICATE_TOKEN, "a message that came before: a replay"},
    {GSS_S_OLD_TOKEN, "a message that is too old: a replay"},
    {GSS_S_UNSEQ_TOKEN, "a message out of order"},
    {GSS_S_GAP_TOKEN, "a message out of order: one before it is missing"},
};

/* GSS_S_COMPLETE alone is success: on a connection that keeps order, whatever is out of it was put there. */
static enum icm_code fail_sealed(struct icm_error *err, OM_uint32 major)
{
    const char *sentence = "a message that was tampered with, or is not the peer's";

    if (GSS_ROUTINE_ERROR(major) == GSS_S_CONTEXT_EXPIRED)
        return auth_remedy(err, icm_fail(err, ICM_DENIED, "RFC 4121 4.2", "the ticket of this connection has expired"),
                           "get a new one with kinit");
    for (size_t i = 0; i < ICM_COUNT(seal_failures) && !GSS_ERROR(major); i++)
        if (major & seal_failures[i].bit)
            sentence = seal_failures[i].sentence;
    return icm_fail(err, ICM_DENIED, "RFC 4121 4.2", "%s", sentence);
}

static enum icm_code fail_own(struct icm_error *err, const char *what, OM_uint32 major)
{
    return icm_fail(err, ICM_STATE, "RFC 4121 4.2", "a message cannot be %s: GSSAPI's status is %08x", what, major);
}

/* ---- sealing */

/* In @parts: what comes behind what, with its size, at @start. */
static void lay_out(gss_iov_buffer_desc parts[PARTS], uint8_t *start)
{
    for (int i = 0; i < PARTS; i++) {
        parts[i].buffer.value = start;
        start += parts[i].buffer.length;
    }
}

enum icm_code auth_kerberos_wrap(gss_ctx_id_t gss, struct icm_slice message, struct icm_buf *out,
                                 struct auth_sealed *sealed, struct icm_error *err)
{
    gss_iov_buffer_desc parts[PARTS] = {[HEADER].type = GSS_IOV_BUFFER_TYPE_HEADER,
                                        [DATA] = {GSS_IOV_BUFFER_TYPE_DATA, {message.size, NULL}},
                                        [PADDING].type = GSS_IOV_BUFFER_TYPE_PADDING};
    OM_uint32 minor, major = gss_wrap_iov_length(&minor, gss, 1, GSS_C_QOP_DEFAULT, NULL, parts, PARTS);
    int is_sealed = 0;

    if (major != GSS_S_COMPLETE)
        return fail_own(err, "sealed", major);
    size_t size = parts[HEADER].buffer.length + message.size + parts[PADDING].buffer.length;
    uint8_t *start = icm_buf_room(out, size);
    if (!start)
        return icm_nomem(err);
    lay_out(parts, start);
    if (message.size > 0)
        memcpy(parts[DATA].buffer.value, message.data, message.size);
    major = gss_wrap_iov(&minor, gss, 1, GSS_C_QOP_DEFAULT, &is_sealed, parts, PARTS);
    if (major != GSS_S_COMPLETE || !is_sealed) {
        explicit_bzero(start, size);
        return fail_own(err, "sealed", major);
    }
    out->size += size;
    *sealed = (struct auth_sealed){(uint32_t)parts[HEADER].buffer.length, (uint32_t)parts[PADDING].buffer.length};
    return ICM_OK;
}

/* ---- unsealing */

/* Header and data are one token; a copy of it, for the library turns it round where it lies. */
static enum icm_code unwrap_joined(gss_ctx_id_t gss, struct icm_slice bytes, struct icm_buf *out, struct icm_error *err)
{
    gss_buffer_desc message = GSS_C_EMPTY_BUFFER;
    struct icm_buf copy = {0};
    int is_sealed = 0;
    OM_uint32 minor, major;

    icm_buf_add(&copy, bytes);
    if (copy.failed)
        return icm_nomem(err);
    gss_buffer_desc in = {copy.size, copy.data};
    major = gss_unwrap(&minor, gss, &in, &message, &is_sealed, NULL);
    enum icm_code code = major == GSS_S_COMPLETE && is_sealed ? ICM_OK : fail_sealed(err, major);
    if (code == ICM_OK) {
        icm_buf_add(out, icm_slice_of(message.value, message.length));
        code = icm_buf_check(out, err);
    }
    if (message.value)
        explicit_bzero(message.value, message.length);
    gss_release_buffer(&minor, &message);
    icm_buf_reset(&copy);
    return code;
}

/* The header is opened where it is in a copy of its own: the library writes into it. */
static enum icm_code unwrap_parts(gss_ctx_id_t gss, struct icm_slice header, struct icm_slice data, struct icm_buf *out,
                                  struct icm_error *err)
{
    uint8_t *start = icm_buf_room(out, data.size + header.size);
    int is_sealed = 0;
    OM_uint32 minor;

    if (!start)
        return icm_nomem(err);
    if (data.size > 0)
        memcpy(start, data.data, data.size);
    memcpy(start + data.size, header.data, header.size);
    gss_iov_buffer_desc parts[PARTS] = {[HEADER] = {GSS_IOV_BUFFER_TYPE_HEADER, {header.size, start + data.size}},
                                        [DATA] = {GSS_IOV_BUFFER_TYPE_DATA, {data.size, start}},
                                        [PADDING].type = GSS_IOV_BUFFER_TYPE_PADDING};
    OM_uint32 major = gss_unwrap_iov(&minor, gss, &is_sealed, NULL, parts, PARTS);
    if (major == GSS_S_COMPLETE && is_sealed && parts[DATA].buffer.length <= data.size) {
        out->size += parts[DATA].buffer.length; /* less than it was where there is padding */
        return ICM_OK;
    }
    explicit_bzero(start, data.size + header.size);
    return fail_sealed(err, major);
}

enum icm_code auth_kerberos_unwrap(gss_ctx_id_t gss, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                                   struct icm_error *err)
{
    if (header_size > bytes.size)
        return icm_fail(err, ICM_SYNTAX, "MS-WSMV 2.2.9.1.1.2.2", "a header of %u bytes in a message of %zu",
                        header_size, bytes.size);
    struct icm_slice header = icm_slice_of(bytes.data, header_size);
    enum icm_code code = auth_kerberos_sealed_check(header_size > 0 ? header : bytes, err);

    if (code != ICM_OK)
        return code;
    bool is_rc4 = bytes.data[0] == 0x60; /* its padding can be told from data only in the joined token; RFC 4757 7.3 */
    return header_size > 0 && !is_rc4 ? unwrap_parts(gss, header, icm_slice_from(bytes, header_size), out, err)
                                      : unwrap_joined(gss, bytes, out, err);
}

/* ---- signing */

enum icm_code auth_kerberos_add_mic(gss_ctx_id_t gss, struct icm_slice message, struct icm_buf *out,
                                    struct icm_error *err)
{
    gss_buffer_desc in = auth_kerberos_buffer(message), mic = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major = gss_get_mic(&minor, gss, GSS_C_QOP_DEFAULT, &in, &mic);

    if (major != GSS_S_COMPLETE)
        return fail_own(err, "signed", major);
    icm_buf_add(out, icm_slice_of(mic.value, mic.length));
    gss_release_buffer(&minor, &mic);
    return icm_buf_check(out, err);
}

enum icm_code auth_kerberos_check_mic(gss_ctx_id_t gss, struct icm_slice message, struct icm_slice mic,
                                      struct icm_error *err)
{
    gss_buffer_desc in = auth_kerberos_buffer(message), token = auth_kerberos_buffer(mic);
    OM_uint32 minor, major = gss_verify_mic(&minor, gss, &in, &token, NULL);

    return major == GSS_S_COMPLETE ? ICM_OK : fail_sealed(err, major);
}
