#include "auth/spnego_token.h"

#include "auth/der.h"

#define OID(...)                                                                                                       \
    {                                                                                                                  \
        (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})                                         \
    }

const struct icm_slice auth_oid_spnego = OID(0x2B, 6, 1, 5, 5, 2);
const struct icm_slice auth_oid_kerberos = OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2);
const struct icm_slice auth_oid_ms_kerberos = OID(0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2);
const struct icm_slice auth_oid_ntlm = OID(0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10);

static const struct {
    struct icm_slice oid;
    const char *name;
} names[] = {
    {OID(0x2B, 6, 1, 5, 5, 2), "SPNEGO"},
    {OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2), "KRB5"},
    {OID(0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2), "MS-KRB5"},
    {OID(0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 3), "KRB5 user to user"},
    {OID(0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10), "NTLMSSP"},
    {OID(0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30), "NEGOEX"},
};

/* ---- object identifiers ---- */

void auth_oid_add_name(struct icm_buf *out, struct icm_slice oid)
{
    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (icm_slice_equal(names[i].oid, oid)) {
            icm_buf_add_text(out, names[i].name);
            return;
        }
    auth_oid_add_text(out, oid);
}

/* one number, seven bits a byte; the first carries two numbers. X.690 8.19. False: it does not end, or is larger than
 * 32 bits. */
static bool next_arc(struct icm_slice *oid, uint32_t *arc)
{
    uint64_t value = 0;

    for (size_t i = 0; i < oid->size && i < 5; i++) {
        value = value << 7 | (oid->data[i] & 0x7F);
        if (!(oid->data[i] & 0x80)) {
            *oid = icm_slice_from(*oid, i + 1);
            *arc = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return false;
}

void auth_oid_add_text(struct icm_buf *out, struct icm_slice oid)
{
    size_t before = out->size;
    uint32_t arc;

    for (struct icm_slice rest = oid; rest.size > 0;) {
        if (!next_arc(&rest, &arc)) {
            out->size = before;
            icm_buf_add_u8(out, '?');
            return;
        }
        if (out->size > before)
            icm_buf_add_format(out, ".%u", arc);
        else
            icm_buf_add_format(out, "%u.%u", arc < 80 ? arc / 40 : 2, arc < 80 ? arc % 40 : arc - 80);
    }
    if (oid.size == 0)
        icm_buf_add_u8(out, '?');
}

/* ---- the list of mechanisms ---- */

bool auth_spnego_next_mech(struct icm_slice *mechs, struct icm_slice *oid)
{
    struct auth_der r = auth_der_on(*mechs);

    if (auth_der_at(&r, AUTH_DER_SEQUENCE))
        r.rest = auth_der_take(&r, AUTH_DER_SEQUENCE);
    if (r.rest.size == 0)
        return false;
    struct icm_slice found = auth_der_take(&r, AUTH_DER_OID);
    if (r.failed)
        return false;
    *mechs = r.rest;
    *oid = found;
    return true;
}

void auth_spnego_add_mechs(struct icm_buf *out, const struct icm_slice *oids, size_t count)
{
    size_t list = auth_der_begin(out, AUTH_DER_SEQUENCE);

    for (size_t i = 0; i < count; i++)
        auth_der_add(out, AUTH_DER_OID, oids[i]);
    auth_der_end(out, list);
}

/* ---- reading ---- */

/* [number] around one element @tag, where it is there */
static struct icm_slice take_field(struct auth_der *r, unsigned number, unsigned tag)
{
    if (!auth_der_at(r, AUTH_DER_CONTEXT + number))
        return icm_slice_of(NULL, 0);
    struct auth_der field = auth_der_enter(r, AUTH_DER_CONTEXT + number);
    return auth_der_take(&field, tag);
}

static size_t count_mechs(struct auth_der *field)
{
    struct auth_der list = auth_der_enter(field, AUTH_DER_SEQUENCE);
    size_t count = 0;

    while (list.rest.size > 0) {
        auth_der_take(&list, AUTH_DER_OID);
        count++;
    }
    return count;
}

/* NegHints ::= SEQUENCE { hintName [0] GeneralString OPTIONAL, hintAddress [1] OCTET STRING OPTIONAL }; MS-SPNG 2.2.1
 */
static void read_hints(struct auth_der *field, struct auth_spnego_token *t)
{
    struct auth_der hints = auth_der_enter(field, AUTH_DER_SEQUENCE);

    t->hint = take_field(&hints, 0, AUTH_DER_GENERAL_STRING);
}

/* In [3] a NegTokenInit has its mechListMIC, and a NegTokenInit2 its hints, with the MIC in [4]. */
static void read_third_field(struct auth_der *r, struct auth_spnego_token *t)
{
    if (auth_der_at(r, AUTH_DER_CONTEXT + 3)) {
        struct auth_der field = auth_der_enter(r, AUTH_DER_CONTEXT + 3);

        if (auth_der_at(&field, AUTH_DER_SEQUENCE))
            read_hints(&field, t);
        else
            t->mic = auth_der_take(&field, AUTH_DER_OCTET_STRING);
    }
    if (!t->mic.data)
        t->mic = take_field(r, 4, AUTH_DER_OCTET_STRING);
}

/* [0] SEQUENCE { mechTypes [0], reqFlags [1] OPTIONAL, mechToken [2] OPTIONAL, ... } */
static enum icm_code read_init(struct auth_der *r, struct auth_spnego_token *t, struct icm_error *err)
{
    struct auth_der choice = auth_der_enter(r, AUTH_DER_CONTEXT);
    struct auth_der fields = auth_der_enter(&choice, AUTH_DER_SEQUENCE);
    struct auth_der mechs = auth_der_enter(&fields, AUTH_DER_CONTEXT);
    struct auth_der again = mechs;

    t->kind = AUTH_SPNEGO_INIT;
    if (count_mechs(&mechs) > AUTH_SPNEGO_MECHS_MAX)
        return icm_fail(err, ICM_LIMIT, "RFC 4178 4.1", "a NegTokenInit with more than %d mechanisms",
                        AUTH_SPNEGO_MECHS_MAX);
    t->mechs = auth_der_take_whole(&again, AUTH_DER_SEQUENCE);
    if (auth_der_at(&fields, AUTH_DER_CONTEXT + 1))
        auth_der_skip(&fields); /* reqFlags: not protected, to be ignored; RFC 4178 4.2.1 */
    t->token = take_field(&fields, 2, AUTH_DER_OCTET_STRING);
    read_third_field(&fields, t);
    return ICM_OK;
}

static enum auth_spnego_state read_state(struct auth_der *r)
{
    if (!auth_der_at(r, AUTH_DER_CONTEXT))
        return AUTH_SPNEGO_NO_STATE;
    struct auth_der field = auth_der_enter(r, AUTH_DER_CONTEXT);
    int64_t state = auth_der_take_integer(&field, AUTH_DER_ENUMERATED);
    if (state >= AUTH_SPNEGO_COMPLETED && state <= AUTH_SPNEGO_REQUEST_MIC)
        return (enum auth_spnego_state)state;
    auth_der_fail(&field);
    return AUTH_SPNEGO_NO_STATE;
}

/* [1] SEQUENCE { negState [0], supportedMech [1], responseToken [2], mechListMIC [3] }, each of them OPTIONAL */
static void read_response(struct auth_der *r, struct auth_spnego_token *t)
{
    struct auth_der choice = auth_der_enter(r, AUTH_DER_CONTEXT + 1);
    struct auth_der fields = auth_der_enter(&choice, AUTH_DER_SEQUENCE);

    t->kind = AUTH_SPNEGO_RESPONSE;
    t->state = read_state(&fields);
    t->mech = take_field(&fields, 1, AUTH_DER_OID);
    t->token = take_field(&fields, 2, AUTH_DER_OCTET_STRING);
    t->mic = take_field(&fields, 3, AUTH_DER_OCTET_STRING);
}

/* [APPLICATION 0] { OID, the mechanism's own bytes }: RFC 2743 3.1 */
static enum icm_code read_framed(struct icm_slice bytes, struct auth_der *r, struct auth_spnego_token *t,
                                 struct icm_error *err)
{
    struct auth_der frame = auth_der_enter(r, AUTH_DER_APPLICATION);

    t->mech = auth_der_take(&frame, AUTH_DER_OID);
    if (!r->failed && icm_slice_equal(t->mech, auth_oid_spnego)) {
        t->mech = icm_slice_of(NULL, 0);
        return read_init(&frame, t, err);
    }
    t->kind = AUTH_SPNEGO_RAW;
    t->token = bytes;
    return ICM_OK;
}

enum icm_code auth_spnego_read(struct icm_slice bytes, struct auth_spnego_token *out, struct icm_error *err)
{
    static const struct icm_slice ntlm_mark = {(const uint8_t *)"NTLMSSP", 8};
    struct auth_spnego_token t = {.state = AUTH_SPNEGO_NO_STATE};
    struct auth_der r = auth_der_on(bytes);
    enum icm_code code = ICM_OK;

    if (bytes.size >= ntlm_mark.size && memcmp(bytes.data, ntlm_mark.data, ntlm_mark.size) == 0) {
        *out = (struct auth_spnego_token){
            .kind = AUTH_SPNEGO_RAW, .state = AUTH_SPNEGO_NO_STATE, .mech = auth_oid_ntlm, .token = bytes};
        return ICM_OK;
    }
    if (auth_der_at(&r, AUTH_DER_APPLICATION))
        code = read_framed(bytes, &r, &t, err);
    else if (auth_der_at(&r, AUTH_DER_CONTEXT))
        code = read_init(&r, &t, err); /* old clients leave the framing out */
    else
        read_response(&r, &t);
    if (code != ICM_OK)
        return code;
    if (r.failed || r.rest.size > 0)
        return icm_fail(err, ICM_SYNTAX, "RFC 4178 4.2", "this is no SPNEGO token, or a broken one");
    *out = t;
    return ICM_OK;
}

/* ---- writing ---- */

/* [number] around one element, where there is something to say */
static void add_field(struct icm_buf *out, unsigned number, unsigned tag, struct icm_slice contents)
{
    if (!contents.data)
        return;
    size_t field = auth_der_begin(out, AUTH_DER_CONTEXT + number);
    auth_der_add(out, tag, contents);
    auth_der_end(out, field);
}

static void add_hints(struct icm_buf *out, struct icm_slice hint)
{
    size_t field = auth_der_begin(out, AUTH_DER_CONTEXT + 3);
    size_t hints = auth_der_begin(out, AUTH_DER_SEQUENCE);

    add_field(out, 0, AUTH_DER_GENERAL_STRING, hint);
    auth_der_end(out, hints);
    auth_der_end(out, field);
}

static void write_init(struct icm_buf *out, const struct auth_spnego_token *t)
{
    size_t frame = auth_der_begin(out, AUTH_DER_APPLICATION);

    auth_der_add(out, AUTH_DER_OID, auth_oid_spnego);
    size_t choice = auth_der_begin(out, AUTH_DER_CONTEXT);
    size_t fields = auth_der_begin(out, AUTH_DER_SEQUENCE);
    auth_der_add(out, AUTH_DER_CONTEXT, t->mechs);
    add_field(out, 2, AUTH_DER_OCTET_STRING, t->token);
    if (t->hint.data)
        add_hints(out, t->hint);
    add_field(out, t->hint.data ? 4 : 3, AUTH_DER_OCTET_STRING, t->mic);
    auth_der_end(out, fields);
    auth_der_end(out, choice);
    auth_der_end(out, frame);
}

static void write_response(struct icm_buf *out, const struct auth_spnego_token *t)
{
    size_t choice = auth_der_begin(out, AUTH_DER_CONTEXT + 1);
    size_t fields = auth_der_begin(out, AUTH_DER_SEQUENCE);
    uint8_t state = (uint8_t)t->state;

    add_field(out, 0, AUTH_DER_ENUMERATED,
              icm_slice_of(t->state == AUTH_SPNEGO_NO_STATE ? NULL : &state, sizeof state));
    add_field(out, 1, AUTH_DER_OID, t->mech);
    add_field(out, 2, AUTH_DER_OCTET_STRING, t->token);
    add_field(out, 3, AUTH_DER_OCTET_STRING, t->mic);
    auth_der_end(out, fields);
    auth_der_end(out, choice);
}

void auth_spnego_write(struct icm_buf *out, const struct auth_spnego_token *t)
{
    if (t->kind == AUTH_SPNEGO_INIT)
        write_init(out, t);
    else if (t->kind == AUTH_SPNEGO_RESPONSE)
        write_response(out, t);
    else
        icm_buf_add(out, t->token);
}
