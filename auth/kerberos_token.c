#include "auth/kerberos_token.h"

enum { SEALED_FLAG = 0x02, RC4_HEADER_SIZE = 32 };

static const uint8_t krb5_oid[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t spnego_oid[] = {0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02};

static bool begins_with(struct icm_slice bytes, const void *start, size_t size)
{
    return bytes.size >= size && memcmp(bytes.data, start, size) == 0;
}

/* DER's length, up to four bytes of it, in its shortest form or not: a frame is no signed value */
static bool read_length(struct icm_reader *r, size_t *length)
{
    uint8_t first = icm_read_u8(r);

    *length = first & 0x7F;
    if (first < 0x80)
        return !r->missing;
    if (*length == 0 || *length > 4)
        return false;
    size_t count = *length;
    for (*length = 0; count > 0; count--)
        *length = *length << 8 | icm_read_u8(r);
    return !r->missing;
}

/* What is in the frame; false: there is none, or it does not end where @bytes end. */
static bool open_frame(struct icm_slice bytes, struct icm_slice *inside)
{
    struct icm_reader r = icm_reader_on(bytes);
    size_t length;

    if (icm_read_u8(&r) != 0x60 || !read_length(&r, &length) || length != r.rest.size)
        return false;
    *inside = r.rest;
    return true;
}

static enum icm_code fail_other(struct icm_error *err, const char *mechanism)
{
    return icm_fail(err, ICM_DENIED, "RFC 4121 4.1", "a token of %s, where Kerberos was chosen", mechanism);
}

enum icm_code auth_kerberos_token_read(struct icm_slice bytes, enum auth_kerberos_token *out, struct icm_error *err)
{
    struct icm_slice inside;

    if (begins_with(bytes, "NTLMSSP", 8))
        return fail_other(err, "NTLM");
    if (bytes.size > 0 && bytes.data[0] == 0xA1)
        return fail_other(err, "SPNEGO");
    if (!open_frame(bytes, &inside))
        return icm_fail(err, ICM_SYNTAX, "RFC 4121 4.1", "a token without the frame of GSSAPI");
    if (begins_with(inside, spnego_oid, sizeof spnego_oid))
        return fail_other(err, "SPNEGO");
    if (!begins_with(inside, krb5_oid, sizeof krb5_oid))
        return fail_other(err, "an unknown mechanism");
    struct icm_reader r = icm_reader_on(icm_slice_from(inside, sizeof krb5_oid));
    unsigned id = (unsigned)icm_read_u8(&r) << 8;
    id |= icm_read_u8(&r);
    if (r.missing || (id != AUTH_KERBEROS_AP_REQ && id != AUTH_KERBEROS_AP_REP && id != AUTH_KERBEROS_ERROR))
        return icm_fail(err, ICM_SYNTAX, "RFC 4121 4.1", "a token of the kind %04x, which is none of a handshake", id);
    *out = (enum auth_kerberos_token)id;
    return ICM_OK;
}

/* the frame's length is the library's to judge: it counts the message too */
static enum icm_code check_rc4(struct icm_slice bytes, struct icm_error *err)
{
    struct icm_reader r = icm_reader_on(icm_slice_from(bytes, 1));
    size_t length;

    if (!read_length(&r, &length) || !begins_with(r.rest, krb5_oid, sizeof krb5_oid) ||
        r.rest.size < sizeof krb5_oid + RC4_HEADER_SIZE)
        return icm_fail(err, ICM_SYNTAX, "RFC 4757 7.3", "not the header of a sealed message");
    return ICM_OK;
}

enum icm_code auth_kerberos_sealed_check(struct icm_slice bytes, struct icm_error *err)
{
    struct icm_reader r = icm_reader_on(bytes);

    if (bytes.size > 0 && bytes.data[0] == 0x60)
        return check_rc4(bytes, err);
    uint32_t start = icm_read_be32(&r);
    uint32_t counts = icm_read_be32(&r);
    icm_read_be64(&r); /* the sequence number is the library's to judge */
    if (r.missing || start >> 16 != 0x0504 || (start & 0xFF) != 0xFF)
        return icm_fail(err, ICM_SYNTAX, "RFC 4121 4.2.6.2", "not the header of a sealed message");
    if (!(start >> 8 & SEALED_FLAG))
        return icm_fail(err, ICM_DENIED, "RFC 4121 4.2.2", "a message that is signed and not sealed");
    if (counts >> 16 != 0)
        return icm_fail(err, ICM_SYNTAX, "RFC 4121 4.2.3", "an extra count of %u, expected 0", counts >> 16);
    return ICM_OK;
}
