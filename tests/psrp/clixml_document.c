#include "tests/psrp/clixml_document.h"

#include "base/json.h"
#include "psrp/clixml_types.h"
#include "tests/psrp/hex.h"

#include <stdio.h>

/* Objs is the first element: behind a byte order mark, an XML declaration and white space, if there are any. */
static bool has_root(struct icm_slice text)
{
    static const char mark[] = "\xEF\xBB\xBF";

    if (text.size >= 3 && memcmp(text.data, mark, 3) == 0)
        text = icm_slice_from(text, 3);
    text = icm_slice_trim(text);
    if (text.size > 5 && memcmp(text.data, "<?xml", 5) == 0) {
        const uint8_t *end = memmem(text.data, text.size, "?>", 2);
        text = end ? icm_slice_trim(icm_slice_from(text, (size_t)(end - text.data) + 2)) : text;
    }
    return text.size > 5 && memcmp(text.data, "<Objs", 5) == 0;
}

enum icm_code clixml_document_read(struct clixml_document *document, struct psrp_clixml_reader *reader,
                                   struct icm_slice text, struct icm_error *err)
{
    document->has_root = has_root(text);
    return psrp_clixml_read_all(reader, text, &document->arena, &document->values, err);
}

void clixml_document_reset(struct clixml_document *document)
{
    icm_arena_reset(&document->arena);
    *document = (struct clixml_document){0};
}

/* ---- described ---- */

/* PSSerializer gives a lone object as itself and others as an array. */
static enum icm_code describe(struct icm_buf *out, const struct clixml_document *document,
                              const struct psrp_secret *secret, struct icm_error *err)
{
    const struct clixml_form_source source = {document->has_root, secret};
    struct psrp_value array = *document->values;
    const struct psrp_list *list = document->values->as.list;

    array.object = NULL;
    return clixml_form_write(out, list->count == 1 ? list->first->value : &array, &source, err);
}

enum icm_code clixml_document_describe(struct icm_buf *out, struct psrp_clixml_reader *reader, struct icm_slice text,
                                       const struct psrp_secret *secret, struct icm_error *err)
{
    struct clixml_document document = {0};
    enum icm_code code = clixml_document_read(&document, reader, text, err);

    if (code == ICM_OK)
        code = describe(out, &document, secret, err);
    if (code != ICM_OK)
        clixml_form_write_refusal(out, err);
    clixml_document_reset(&document);
    return code;
}

/* ---- written again ---- */

static enum icm_code write_all(struct icm_buf *out, const struct psrp_list *list, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (const struct psrp_item *item = list->first; item && code == ICM_OK; item = item->next)
        code = psrp_clixml_write(out, item->value, err);
    return code;
}

enum icm_code clixml_document_copy(struct icm_buf *out, struct psrp_clixml_reader *reader, struct icm_slice text,
                                   struct icm_error *err)
{
    struct clixml_document document = {0};
    enum icm_code code = clixml_document_read(&document, reader, text, err);

    if (document.has_root)
        icm_buf_add_text(out, "<Objs Version=\"1.1.0.1\" xmlns=\"" PSRP_CLIXML_NAMESPACE "\">");
    if (code == ICM_OK)
        code = write_all(out, document.values->as.list, err);
    if (document.has_root)
        icm_buf_add_text(out, "</Objs>");
    clixml_document_reset(&document);
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

/* ---- keys.json ---- */

static enum icm_code take_key(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    if (event->type == ICM_JSON_STRING && event->key && strcmp(event->key, "session_key_hex") == 0)
        hex_add(context, (const char *)event->text.data);
    return ICM_OK;
}

static enum icm_code read_key(FILE *file, struct icm_buf *key, struct icm_error *err)
{
    struct icm_json_reader *json = NULL;
    enum icm_code code = icm_json_reader_new(&json, take_key, key, err);
    char piece[4096];

    for (size_t got = 1; code == ICM_OK && got > 0;) {
        got = fread(piece, 1, sizeof piece, file);
        code = icm_json_feed(json, icm_slice_of(piece, got), err);
    }
    if (code == ICM_OK)
        code = icm_json_finish(json, err);
    icm_json_reader_free(json);
    return code;
}

enum icm_code clixml_document_secret(const char *folder, struct psrp_secret **out, struct icm_error *err)
{
    struct psrp_secret *secret = NULL;
    struct icm_buf key = {0};
    char path[4096];

    snprintf(path, sizeof path, "%s/keys.json", folder);
    FILE *file = fopen(path, "rb");
    if (!file)
        return ICM_OK;
    enum icm_code code = read_key(file, &key, err);
    fclose(file);
    if (code == ICM_OK && key.size == 0)
        code = icm_fail(err, ICM_SYNTAX, NULL, "%s has no session_key_hex", path);
    if (code == ICM_OK)
        code = psrp_secret_new(&secret, err);
    if (code == ICM_OK)
        code = psrp_secret_set_session_key(secret, icm_buf_slice(&key), err);
    icm_buf_reset(&key);
    if (code != ICM_OK) {
        psrp_secret_free(secret);
        return code;
    }
    *out = secret;
    return ICM_OK;
}
