#include "auth/ntlm_message.h"

static const uint8_t signature[8] = "NTLMSSP";

/* some servers insist on a version; MS-NLMP 2.2.2.10: Windows 10, build 17763, NTLMSSP_REVISION_W2K3 */
static const uint8_t version[8] = {10, 0, 0x63, 0x45, 0, 0, 0, 15};

/* a text's place: length, room, offset. What is not there has the offset of what follows. */
struct field {
    uint16_t size;
    uint32_t offset;
};

uint32_t auth_ntlm_message_type(struct icm_slice message)
{
    struct icm_reader r = icm_reader_on(message);
    struct icm_slice mark = icm_read_slice(&r, sizeof signature);
    uint32_t type = icm_read_le32(&r);
    bool is_one = !r.missing && memcmp(mark.data, signature, sizeof signature) == 0;

    return is_one && type >= 1 && type <= 3 ? type : 0;
}

static void add_start(struct icm_buf *out, uint32_t type)
{
    icm_buf_add(out, icm_slice_of(signature, sizeof signature));
    icm_buf_add_le32(out, type);
}

/* @payload is where the next text will lie */
static void add_field(struct icm_buf *out, struct icm_slice text, uint32_t *payload)
{
    icm_buf_add_le16(out, (uint16_t)text.size);
    icm_buf_add_le16(out, (uint16_t)text.size);
    icm_buf_add_le32(out, *payload);
    *payload += (uint32_t)text.size;
}

static enum icm_code read_start(struct icm_slice bytes, uint32_t type, const char *name, struct icm_reader *r,
                                struct icm_error *err)
{
    if (bytes.size > AUTH_NTLM_MESSAGE_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-NLMP 2.2.1", "an NTLM message of %zu bytes, at most %d", bytes.size,
                        AUTH_NTLM_MESSAGE_MAX);
    if (auth_ntlm_message_type(bytes) != type)
        return icm_fail(err, ICM_SYNTAX, "MS-NLMP 2.2.1", "this is no NTLM %s message", name);
    *r = icm_reader_on(icm_slice_from(bytes, sizeof signature + 4));
    return ICM_OK;
}

static struct field read_field(struct icm_reader *r)
{
    struct field f = {icm_read_le16(r), 0};

    icm_read_le16(r);
    f.offset = icm_read_le32(r);
    return f;
}

/* An empty text may have any offset. */
static bool take(struct icm_slice message, struct field f, struct icm_slice *out)
{
    if (f.size > 0 && (f.offset > message.size || f.size > message.size - f.offset))
        return false;
    *out = f.size > 0 ? icm_slice_of(message.data + f.offset, f.size) : icm_slice_of(NULL, 0);
    return true;
}

static enum icm_code short_message(const char *name, struct icm_error *err)
{
    return icm_fail(err, ICM_SYNTAX, "MS-NLMP 2.2.1", "the NTLM %s message is cut short", name);
}

/*      0           8      12      16       24            32
 *      | signature | type | flags | domain | workstation | version, 8 bytes */
void auth_ntlm_write_negotiate(struct icm_buf *out, const struct auth_ntlm_negotiate *m)
{
    uint32_t payload = 40;

    add_start(out, 1);
    icm_buf_add_le32(out, m->flags);
    add_field(out, icm_slice_of(NULL, 0), &payload);
    add_field(out, icm_slice_of(NULL, 0), &payload);
    icm_buf_add(out, icm_slice_of(version, sizeof version));
}

enum icm_code auth_ntlm_read_negotiate(struct icm_slice bytes, struct auth_ntlm_negotiate *out, struct icm_error *err)
{
    struct icm_reader r;
    enum icm_code code = read_start(bytes, 1, "NEGOTIATE", &r, err);

    if (code != ICM_OK)
        return code;
    uint32_t flags = icm_read_le32(&r);
    if (r.missing)
        return short_message("NEGOTIATE", err);
    out->flags = flags;
    return ICM_OK;
}

/*      12            20      24                 32          40            48
 *      | target name | flags | server challenge | reserved  | target info | version, 8 bytes */
void auth_ntlm_write_challenge(struct icm_buf *out, const struct auth_ntlm_challenge *m)
{
    static const uint8_t reserved[8];
    uint32_t payload = 56;

    add_start(out, 2);
    add_field(out, m->target_name, &payload);
    icm_buf_add_le32(out, m->flags);
    icm_buf_add(out, icm_slice_of(m->server_challenge, sizeof m->server_challenge));
    icm_buf_add(out, icm_slice_of(reserved, sizeof reserved));
    add_field(out, m->target_info, &payload);
    icm_buf_add(out, icm_slice_of(version, sizeof version));
    icm_buf_add(out, m->target_name);
    icm_buf_add(out, m->target_info);
}

enum icm_code auth_ntlm_read_challenge(struct icm_slice bytes, struct auth_ntlm_challenge *out, struct icm_error *err)
{
    struct auth_ntlm_challenge m = {0};
    struct icm_reader r;
    enum icm_code code = read_start(bytes, 2, "CHALLENGE", &r, err);

    if (code != ICM_OK)
        return code;
    struct field target_name = read_field(&r);
    m.flags = icm_read_le32(&r);
    struct icm_slice challenge = icm_read_slice(&r, sizeof m.server_challenge);
    icm_read_slice(&r, 8);
    bool has_info = m.flags & AUTH_NTLM_TARGET_INFO;
    struct field target_info = has_info ? read_field(&r) : (struct field){0};
    if (r.missing || !take(bytes, target_name, &m.target_name) || !take(bytes, target_info, &m.target_info))
        return short_message("CHALLENGE", err);
    memcpy(m.server_challenge, challenge.data, challenge.size);
    *out = m;
    return ICM_OK;
}

/*      12   20   28       36     44            52            60      64        72
 *      | LM | NT | domain | user | workstation | session key | flags | version | MIC, 16 bytes, or the payload
 * The payload has another order, which is Windows' own. */
void auth_ntlm_write_authenticate(struct icm_buf *out, const struct auth_ntlm_authenticate *m)
{
    const struct icm_slice texts[] = {m->domain,      m->user,        m->workstation,
                                      m->lm_response, m->nt_response, m->session_key};
    static const size_t fields[] = {3, 4, 0, 1, 2, 5}; /* which of the texts each is of */
    uint32_t payload = AUTH_NTLM_MIC_AT + AUTH_NTLM_MIC_SIZE, offsets[ICM_COUNT(texts)];

    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        offsets[i] = payload;
        payload += (uint32_t)texts[i].size;
    }
    add_start(out, 3);
    for (size_t i = 0; i < ICM_COUNT(fields); i++)
        add_field(out, texts[fields[i]], &offsets[fields[i]]);
    icm_buf_add_le32(out, m->flags);
    icm_buf_add(out, icm_slice_of(version, sizeof version));
    icm_buf_add(out, icm_slice_of(m->mic, sizeof m->mic));
    for (size_t i = 0; i < ICM_COUNT(texts); i++)
        icm_buf_add(out, texts[i]);
}

/* the AV pairs of an NTLMv2 response follow proof, versions, time, challenge; MS-NLMP 2.2.2.7 */
static bool says_mic(struct icm_slice nt_response)
{
    enum { PAIRS_AT = 16 + 28 };
    struct icm_slice flags;

    if (nt_response.size < PAIRS_AT ||
        !auth_ntlm_av_find(icm_slice_from(nt_response, PAIRS_AT), AUTH_NTLM_AV_FLAGS, &flags))
        return false;
    struct icm_reader r = icm_reader_on(flags);
    return icm_read_le32(&r) & AUTH_NTLM_AV_FLAG_MIC;
}

enum icm_code auth_ntlm_read_authenticate(struct icm_slice bytes, struct auth_ntlm_authenticate *out,
                                          struct icm_error *err)
{
    struct auth_ntlm_authenticate m = {0};
    struct icm_slice *const texts[] = {&m.lm_response, &m.nt_response, &m.domain,
                                       &m.user,        &m.workstation, &m.session_key};
    struct icm_reader r;
    enum icm_code code = read_start(bytes, 3, "AUTHENTICATE", &r, err);
    bool is_whole = code == ICM_OK;

    if (code != ICM_OK)
        return code;
    for (size_t i = 0; i < ICM_COUNT(texts); i++)
        is_whole = take(bytes, read_field(&r), texts[i]) && is_whole;
    m.flags = icm_read_le32(&r);
    m.has_mic = is_whole && says_mic(m.nt_response);
    icm_read_slice(&r, m.has_mic ? sizeof version : 0);
    struct icm_slice mic = icm_read_slice(&r, m.has_mic ? sizeof m.mic : 0);
    if (r.missing || !is_whole)
        return short_message("AUTHENTICATE", err);
    if (m.has_mic)
        memcpy(m.mic, mic.data, mic.size);
    *out = m;
    return ICM_OK;
}

enum icm_code auth_ntlm_av_next(struct icm_slice *pairs, uint16_t *id, struct icm_slice *value, struct icm_error *err)
{
    struct icm_reader r = icm_reader_on(*pairs);
    uint16_t read_id = icm_read_le16(&r), size = icm_read_le16(&r);
    struct icm_slice read_value = icm_read_slice(&r, size);

    if (r.missing)
        return icm_fail(err, ICM_SYNTAX, "MS-NLMP 2.2.2.1", "the target information is cut short");
    if (read_id == AUTH_NTLM_AV_EOL)
        return ICM_AGAIN;
    *pairs = r.rest;
    *id = read_id;
    *value = read_value;
    return ICM_OK;
}

bool auth_ntlm_av_find(struct icm_slice pairs, enum auth_ntlm_av wanted, struct icm_slice *value)
{
    struct icm_slice found;
    uint16_t id;

    while (auth_ntlm_av_next(&pairs, &id, &found, NULL) == ICM_OK)
        if (id == wanted) {
            *value = found;
            return true;
        }
    return false;
}

void auth_ntlm_av_add(struct icm_buf *out, enum auth_ntlm_av id, struct icm_slice value)
{
    icm_buf_add_le16(out, (uint16_t)id);
    icm_buf_add_le16(out, (uint16_t)value.size);
    icm_buf_add(out, value);
}
