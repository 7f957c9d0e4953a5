/* The text of an element to the value that it says. MS-PSRP 2.2.5.1. */
#include "psrp/clixml.h"
#include "psrp/clixml_types.h"

#include <math.h>

const char *psrp_clixml_shown(struct icm_slice text, char out[PSRP_CLIXML_SHOWN])
{
    const size_t most = PSRP_CLIXML_SHOWN - sizeof "...";
    size_t size = text.size < most ? text.size : most;

    for (size_t i = 0; i < size; i++)
        out[i] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? (char)text.data[i] : '?';
    strcpy(out + size, size < text.size ? "..." : "");
    return out;
}

static enum icm_code bad_text(const struct psrp_clixml_type *type, struct icm_slice text, struct icm_error *err)
{
    char part[PSRP_CLIXML_SHOWN];

    if (type->form == PSRP_FORM_BASE64) /* may be a secret */
        return icm_fail(err, ICM_SYNTAX, type->spec, "%s is not %s", type->name, type->expected);
    return icm_fail(err, ICM_SYNTAX, type->spec, "%s is \"%s\", not %s", type->name, psrp_clixml_shown(text, part),
                    type->expected);
}

enum icm_code psrp_clixml_text_copy(struct icm_slice text, struct icm_buf *decoded, struct icm_arena *arena,
                                    struct icm_slice *out, struct icm_error *err)
{
    if (psrp_clixml_has_escape(text)) {
        icm_buf_clear(decoded);
        psrp_clixml_unescape(decoded, text);
        text = icm_buf_slice(decoded);
        if (decoded->failed)
            return icm_nomem(err);
    }
    return icm_arena_copy(arena, text, out) ? ICM_OK : icm_nomem(err);
}

static bool read_bool(struct icm_slice text, bool *out)
{
    *out = icm_slice_is(text, "true");
    return *out || icm_slice_is(text, "false");
}

/* out of range is what is finite as text and not as a number; INF and -INF are the only texts that end in F */
static bool read_real(enum psrp_kind kind, struct icm_slice text, double *out)
{
    double number;

    if (!icm_parse_double(text, &number))
        return false;
    if (kind == PSRP_FLOAT)
        number = (double)(float)number;
    *out = number;
    return !isinf(number) || text.data[text.size - 1] == 'F';
}

static bool read_plain(const struct psrp_clixml_type *type, struct icm_slice text, struct psrp_value *value)
{
    switch (type->form) {
    case PSRP_FORM_LEXICAL:
        return type->check(text);
    case PSRP_FORM_SIGNED:
        return icm_parse_i64(text, type->min, (int64_t)type->max, &value->as.i64);
    case PSRP_FORM_UNSIGNED:
        return icm_parse_u64(text, type->max, &value->as.u64);
    case PSRP_FORM_REAL:
        return read_real(type->kind, text, &value->as.number);
    case PSRP_FORM_BOOL:
        return read_bool(text, &value->as.boolean);
    default:
        return true;
    }
}

static enum icm_code read_base64(const struct psrp_clixml_type *type, struct icm_slice text, struct icm_buf *decoded,
                                 struct icm_arena *arena, struct icm_slice *out, struct icm_error *err)
{
    icm_buf_clear(decoded);
    enum icm_code code = icm_base64_read(text, decoded, NULL);
    if (code == ICM_NOMEM)
        return icm_nomem(err);
    if (code != ICM_OK)
        return bad_text(type, text, err);
    return icm_arena_copy(arena, icm_buf_slice(decoded), out) ? ICM_OK : icm_nomem(err);
}

enum icm_code psrp_clixml_scalar_read(const struct psrp_clixml_type *type, struct icm_slice text, bool is_lasting,
                                      struct icm_buf *decoded, struct icm_arena *arena, struct psrp_value *value,
                                      struct icm_error *err)
{
    if (text.size > 0 && (text.data[0] <= ' ' || text.data[text.size - 1] <= ' '))
        text = icm_slice_trim(text); /* XML Schema's white space around a number is none of it */
    if (type->form == PSRP_FORM_BASE64)
        return read_base64(type, text, decoded, arena, &value->as.text, err);
    if (!read_plain(type, text, value))
        return bad_text(type, text, err);
    if (type->form != PSRP_FORM_LEXICAL)
        return ICM_OK;
    value->as.text = text;
    return is_lasting || icm_arena_copy(arena, text, &value->as.text) ? ICM_OK : icm_nomem(err);
}
