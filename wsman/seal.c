/* Sealing: the body that Windows writes, and the one that the specification has, with tabs before the part headers. */
#include "wsman/seal.h"

#include "wsman/encoding.h"
#include "wsman/seal_form.h"

/* ---- the Content-Type ---- */

static size_t find(struct icm_slice in, char c)
{
    const uint8_t *at = in.size > 0 ? memchr(in.data, c, in.size) : NULL;

    return at ? (size_t)(at - in.data) : in.size;
}

static struct icm_slice unquote(struct icm_slice value)
{
    bool is_quoted = value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"';

    return is_quoted ? icm_slice_of(value.data + 1, value.size - 2) : value;
}

struct icm_slice wsman_seal_parameter(struct icm_slice parameters, const char *name)
{
    while (parameters.size > 0) {
        size_t end = find(parameters, ';');
        struct icm_slice item = icm_slice_trim(icm_slice_of(parameters.data, end));
        size_t equals = find(item, '=');

        if (equals < item.size && icm_slice_equal_nocase(icm_slice_of(item.data, equals), icm_slice_text(name)))
            return unquote(icm_slice_from(item, equals + 1));
        parameters = icm_slice_from(parameters, end < parameters.size ? end + 1 : end);
    }
    return icm_slice_of(NULL, 0);
}

bool wsman_is_sealed(const char *content_type)
{
    struct icm_slice text = icm_slice_text(content_type);
    struct icm_slice type = icm_slice_trim(icm_slice_of(text.data, find(text, ';')));

    return icm_slice_equal_nocase(type, icm_slice_text("multipart/encrypted")) ||
           icm_slice_equal_nocase(type, icm_slice_text("multipart/x-multi-encrypted"));
}

/* ---- the body ---- */

/* What a part says besides its length. */
struct form {
    const char *protocol, *tab, *charset;
};

/* Two parts: what the data is, and the data, behind a length of its header that is filled in later. */
static void write_head(struct icm_buf *body, const struct form *f, size_t length)
{
    icm_buf_add_format(body,
                       "--" WSMAN_SEAL_BOUNDARY "\r\n"
                       "%sContent-Type: %s\r\n"
                       "%sOriginalContent: type=application/soap+xml;charset=%s;Length=%zu\r\n"
                       "--" WSMAN_SEAL_BOUNDARY "\r\n"
                       "%sContent-Type: application/octet-stream\r\n",
                       f->tab, f->protocol, f->tab, f->charset, length, f->tab);
    icm_buf_add_le32(body, 0);
}

/* Write the head, which begins at @start, again: Length counts what the mechanism added. Only RC4 and DES tickets come
 * here. */
static void write_padded_head(struct icm_buf *body, size_t start, size_t data, const struct form *f, size_t length)
{
    struct icm_buf sealed = {0};

    icm_buf_add(&sealed, icm_slice_from(icm_buf_slice(body), data));
    body->size = start;
    write_head(body, f, length);
    icm_buf_add(body, icm_buf_slice(&sealed));
    body->failed |= sealed.failed;
    icm_buf_reset(&sealed);
}

static void put_le32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static enum icm_code seal_piece(struct auth_context *c, const struct form *f, struct icm_slice piece,
                                struct icm_buf *body, struct icm_error *err)
{
    struct auth_sealed sealed = {0};
    size_t start = body->size;

    write_head(body, f, piece.size);
    size_t data = body->size;
    enum icm_code code = icm_buf_check(body, err);
    if (code == ICM_OK)
        code = auth_wrap(c, piece, body, &sealed, err);
    if (code == ICM_OK)
        code = icm_buf_check(body, err);
    if (code != ICM_OK)
        return code;
    size_t sealed_size = body->size - data;
    if (sealed.padding > 0)
        write_padded_head(body, start, data, f, piece.size + sealed.padding);
    if (body->failed)
        return icm_nomem(err);
    put_le32(body->data + body->size - sealed_size - 4, sealed.header_size);
    return ICM_OK;
}

static enum icm_code seal(struct auth_context *c, const char *tab, struct icm_slice envelope, struct icm_buf *body,
                          struct icm_buf *content_type, struct icm_error *err)
{
    const struct auth_mechanism *m = auth_context_mechanism(c);
    const struct form f = {m->protocol, tab, wsman_charset(envelope)};
    size_t piece_max = m->piece_max > 0 ? m->piece_max : envelope.size;
    bool is_multi = envelope.size > piece_max;
    enum icm_code code;

    if (!m->protocol)
        return icm_fail(err, ICM_STATE, "MS-WSMV 2.2.9.1", "%s seals no bodies", m->name);
    do {
        struct icm_slice piece = icm_slice_of(envelope.data, envelope.size < piece_max ? envelope.size : piece_max);
        code = seal_piece(c, &f, piece, body, err);
        envelope = icm_slice_from(envelope, piece.size);
    } while (code == ICM_OK && envelope.size > 0);
    if (code != ICM_OK)
        return code;
    icm_buf_add_text(body, "--" WSMAN_SEAL_BOUNDARY "--\r\n");
    icm_buf_add_format(content_type, "multipart/%s;protocol=\"%s\";boundary=\"" WSMAN_SEAL_BOUNDARY "\"",
                       is_multi ? "x-multi-encrypted" : "encrypted", m->protocol);
    return body->failed || content_type->failed ? icm_nomem(err) : ICM_OK;
}

enum icm_code wsman_seal(struct auth_context *c, struct icm_slice envelope, struct icm_buf *body,
                         struct icm_buf *content_type, struct icm_error *err)
{
    return seal(c, "", envelope, body, content_type, err);
}

enum icm_code wsman_seal_with_tabs(struct auth_context *c, struct icm_slice envelope, struct icm_buf *body,
                                   struct icm_buf *content_type, struct icm_error *err)
{
    return seal(c, "\t", envelope, body, content_type, err);
}
