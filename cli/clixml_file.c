#include "cli/clixml_file.h"

#include "base/text.h"

/* ---- the encoding ---- */

enum encoding { UTF8, UTF16LE, UTF16BE, GZIP, ZIP, BINARY };

/* how a file begins; the first row that fits counts */
static const struct {
    const char *bytes;
    size_t size, mark; /* the mark is no part of the text */
    enum encoding encoding;
} signatures[] = {
    {"\xEF\xBB\xBF", 3, 3, UTF8}, {"\xFF\xFE", 2, 2, UTF16LE},   {"\xFE\xFF", 2, 2, UTF16BE}, {"<\0", 2, 0, UTF16LE},
    {"\0<", 2, 0, UTF16BE},       {"#\0<\0", 4, 0, UTF16LE},     {"\0#\0<", 4, 0, UTF16BE},   {"\x1F\x8B", 2, 0, GZIP},
    {"PK\x03\x04", 4, 0, ZIP},    {"\0", 1, 0, BINARY},
};

static enum encoding look(struct icm_buf *bytes)
{
    for (size_t i = 0; i < ICM_COUNT(signatures); i++)
        if (bytes->size >= signatures[i].size && memcmp(bytes->data, signatures[i].bytes, signatures[i].size) == 0) {
            icm_buf_drop(bytes, signatures[i].mark);
            return signatures[i].encoding;
        }
    return UTF8;
}

static void swap_pairs(struct icm_buf *bytes)
{
    for (size_t i = 0; i + 1 < bytes->size; i += 2) {
        uint8_t first = bytes->data[i];

        bytes->data[i] = bytes->data[i + 1];
        bytes->data[i + 1] = first;
    }
}

/* <?xml ... encoding="utf-16"?> is not true any more */
static void drop_declaration(struct icm_buf *text)
{
    const uint8_t *end = text->size > 5 && memcmp(text->data, "<?xml", 5) == 0 ? memmem(text->data, text->size, "?>", 2) : NULL;

    if (end)
        icm_buf_drop(text, (size_t)(end - text->data) + 2);
}

static enum icm_code from_utf16(struct icm_buf *bytes, struct icm_error *err)
{
    struct icm_buf text = {0};

    if (bytes->size % 2 != 0)
        return icm_fail(err, ICM_SYNTAX, NULL, "UTF-16 text that ends inside a character, at byte %zu", bytes->size);
    enum icm_code code = icm_utf8_from_utf16(&text, icm_buf_slice(bytes), err);
    if (code == ICM_OK)
        code = icm_buf_check(&text, err);
    if (code == ICM_OK) {
        drop_declaration(&text);
        icm_buf_move(bytes, &text);
    }
    icm_buf_reset(&text);
    return code;
}

enum icm_code cli_clixml_decode(struct icm_buf *bytes, struct icm_error *err)
{
    switch (look(bytes)) {
    case UTF8:
        return ICM_OK; /* the reader checks it */
    case UTF16BE:
        swap_pairs(bytes);
        return from_utf16(bytes, err);
    case UTF16LE:
        return from_utf16(bytes, err);
    case GZIP:
        return icm_fail(err, ICM_SYNTAX, NULL, "compressed by gzip: give what 'gzip -dc' makes of it");
    case ZIP:
        return icm_fail(err, ICM_SYNTAX, NULL, "a ZIP archive, not CLIXML");
    case BINARY:
        break;
    }
    return icm_fail(err, ICM_SYNTAX, NULL, "binary data, not CLIXML");
}

/* ---- the parts ---- */

static const char mark[] = "#< CLIXML", root[] = "<Objs", root_end[] = "</Objs>";

enum { MARK, ROOT, ROOT_END };

/* how far the next one is; what is left where there is none */
static size_t find(struct cli_clixml_parts *p, int which)
{
    static const char *const texts[] = {mark, root, root_end};
    struct icm_slice in = p->text;

    if (p->found[which] <= p->at) {
        const uint8_t *found = in.size > 0 ? memmem(in.data, in.size, texts[which], strlen(texts[which])) : NULL;
        p->found[which] = p->at + (found ? (size_t)(found - in.data) : in.size) + 1;
    }
    return p->found[which] - 1 - p->at;
}

static bool begins(struct icm_slice text, const char *with)
{
    return text.size >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

static void take(struct cli_clixml_parts *p, size_t size, struct cli_clixml_part *out)
{
    out->text = icm_slice_of(p->text.data, size);
    out->at = p->at;
    p->text = icm_slice_from(p->text, size);
    p->at += size;
}

static size_t count_blanks(struct icm_slice text)
{
    size_t size = 0;

    while (size < text.size && memchr(" \t\r\n", text.data[size], 4))
        size++;
    return size;
}

static void skip_marks(struct cli_clixml_parts *p)
{
    struct cli_clixml_part skipped;

    for (take(p, count_blanks(p->text), &skipped); begins(p->text, mark); take(p, count_blanks(p->text), &skipped)) {
        p->has_marks = true;
        take(p, strlen(mark), &skipped);
    }
}

/* up to the end of the root, or to the next mark where that is missing */
static void take_document(struct cli_clixml_parts *p, struct cli_clixml_part *out)
{
    size_t end = find(p, ROOT_END), next = find(p, MARK);

    take(p, end < next ? end + strlen(root_end) : next, out);
    out->is_document = true;
}

static void take_text(struct cli_clixml_parts *p, struct cli_clixml_part *out)
{
    size_t next = find(p, MARK), document = p->has_marks ? find(p, ROOT) : p->text.size;

    take(p, document < next ? document : next, out);
    out->is_document = false;
}

bool cli_clixml_next_part(struct cli_clixml_parts *p, struct cli_clixml_part *out)
{
    if (p->at == 0 && find(p, MARK) == p->text.size) {
        take(p, p->text.size, out);
        out->is_document = true;
        return out->text.size > 0;
    }
    skip_marks(p);
    if (p->text.size == 0)
        return false;
    if (begins(p->text, root))
        take_document(p, out);
    else
        take_text(p, out);
    return true;
}

bool cli_clixml_is_likely(struct icm_slice text)
{
    struct icm_slice trimmed = icm_slice_trim(text);

    if (trimmed.size == 0)
        return false;
    return trimmed.data[0] == '<' || memmem(trimmed.data, trimmed.size, mark, strlen(mark));
}
