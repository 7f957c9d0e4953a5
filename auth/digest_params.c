#include "auth/digest_params.h"

#include <stdlib.h>

#define SECTION "RFC 9110 11.2"

void auth_params_reset(struct auth_params *p)
{
    for (size_t i = 0; i < p->count; i++) {
        explicit_bzero(p->list[i].value, strlen(p->list[i].value));
        free(p->list[i].value);
    }
    memset(p, 0, sizeof *p);
}

const char *auth_params_find(const struct auth_params *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (icm_slice_equal_nocase(p->list[i].name, icm_slice_text(name)))
            return p->list[i].value;
    return NULL;
}

/* ---- reading ---- */

static bool is_token(uint8_t c)
{
    return c > 0x20 && c < 0x7F && !strchr("()<>@,;:\\\"/[]?={}", c);
}

/* a value that is not quoted goes to the comma: base64 and paths in it are let through */
static bool is_value(uint8_t c)
{
    return c > 0x20 && c != ',' && c != '"';
}

static struct icm_slice take_while(struct icm_slice *text, bool (*fits)(uint8_t c))
{
    size_t size = 0;

    while (size < text->size && fits(text->data[size]))
        size++;
    struct icm_slice taken = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return taken;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_between(uint8_t c)
{
    return is_blank(c) || c == ',';
}

static bool take_byte(struct icm_slice *text, char c)
{
    if (text->size == 0 || text->data[0] != (uint8_t)c)
        return false;
    *text = icm_slice_from(*text, 1);
    return true;
}

/* behind the opening quote; NULL: it does not close, or memory is short */
static char *take_quoted(struct icm_slice *text)
{
    char *value = malloc(text->size + 1);
    size_t size = 0;

    while (value && text->size > 0) {
        uint8_t c = text->data[0];

        *text = icm_slice_from(*text, 1);
        if (c == '"') {
            value[size] = '\0';
            return value;
        }
        if (c == '\\' && text->size > 0) {
            c = text->data[0];
            *text = icm_slice_from(*text, 1);
        }
        if (c == '\0')
            break;
        value[size++] = (char)c;
    }
    free(value);
    return NULL;
}

static char *take_value(struct icm_slice *text)
{
    if (take_byte(text, '"'))
        return take_quoted(text);
    struct icm_slice value = take_while(text, is_value);
    return value.size > 0 ? strndup((const char *)value.data, value.size) : NULL;
}

static enum icm_code take_param(struct icm_slice *text, struct auth_params *out, struct icm_error *err)
{
    struct icm_slice name = take_while(text, is_token);
    char key[64];

    take_while(text, is_blank);
    if (name.size == 0 || name.size >= sizeof key || !take_byte(text, '='))
        return icm_fail(err, ICM_SYNTAX, SECTION, "an authentication parameter without its name");
    memcpy(key, name.data, name.size);
    key[name.size] = '\0';
    if (auth_params_find(out, key))
        return icm_fail(err, ICM_SYNTAX, SECTION, "the authentication parameter %s comes twice", key);
    take_while(text, is_blank);
    char *value = take_value(text);
    if (!value)
        return icm_fail(err, ICM_SYNTAX, SECTION, "the authentication parameter %s has no whole value", key);
    out->list[out->count++] = (struct auth_param){name, value};
    return ICM_OK;
}

enum icm_code auth_params_read(struct icm_slice text, struct auth_params *out, struct icm_error *err)
{
    struct auth_params params = {0};
    enum icm_code code = ICM_OK;

    for (take_while(&text, is_between); code == ICM_OK && text.size > 0; take_while(&text, is_between)) {
        if (params.count == AUTH_PARAMS_MAX)
            code = icm_fail(err, ICM_LIMIT, SECTION, "over %d authentication parameters", AUTH_PARAMS_MAX);
        else
            code = take_param(&text, &params, err);
    }
    if (code == ICM_OK)
        *out = params;
    else
        auth_params_reset(&params);
    return code;
}

/* ---- writing ---- */

static void add_name(struct icm_buf *out, const char *name)
{
    bool is_first = out->size == 0 || out->data[out->size - 1] == '\n' || out->data[out->size - 1] == ' ';

    icm_buf_add_format(out, "%s%s=", is_first ? "" : ", ", name);
}

void auth_params_add_quoted(struct icm_buf *out, const char *name, struct icm_slice value)
{
    add_name(out, name);
    icm_buf_add_u8(out, '"');
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            icm_buf_add_u8(out, '\\');
        icm_buf_add_u8(out, value.data[i]);
    }
    icm_buf_add_u8(out, '"');
}

void auth_params_add_token(struct icm_buf *out, const char *name, const char *value)
{
    add_name(out, name);
    icm_buf_add_text(out, value);
}
