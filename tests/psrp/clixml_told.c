#include "tests/psrp/clixml_told.h"

#include <stdlib.h>

static enum icm_code on_start(void *context, const struct psrp_clixml_tag *tag, struct icm_error *err)
{
    struct clixml_told *t = context;

    icm_buf_add_text(t->to, tag->is_foreign ? "<!" : "<");
    icm_buf_add(t->to, tag->name);
    for (size_t i = 0; i < tag->count; i++) {
        icm_buf_add_text(t->to, " ");
        icm_buf_add(t->to, tag->attributes[i].name);
        icm_buf_add_text(t->to, "=");
        icm_buf_add(t->to, tag->attributes[i].value);
        if (tag->attributes[i].is_plain && memmem(tag->attributes[i].value.data, tag->attributes[i].value.size, "_", 1))
            abort();
    }
    icm_buf_add_text(t->to, ">");
    return icm_buf_check(t->to, err);
}

static enum icm_code on_text(void *context, struct icm_slice text, bool is_plain, struct icm_error *err)
{
    struct clixml_told *t = context;

    if (is_plain && memchr(text.data, '_', text.size))
        abort();
    icm_buf_add(t->to, text);
    return icm_buf_check(t->to, err);
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    struct clixml_told *t = context;

    icm_buf_add_text(t->to, "</>");
    return icm_buf_check(t->to, err);
}

bool clixml_told_init(struct clixml_told *t)
{
    t->events = (struct psrp_clixml_events){on_start, on_text, on_end, t};
    return psrp_clixml_xml_new(&t->xml, NULL) == ICM_OK;
}

void clixml_told_reset(struct clixml_told *t)
{
    psrp_clixml_tokens_reset(&t->tokens);
    psrp_clixml_xml_free(t->xml);
    icm_buf_reset(&t->by_tokens);
    icm_buf_reset(&t->by_xml);
}

enum icm_code clixml_told_tokens(struct clixml_told *t, struct icm_slice document, struct icm_error *err)
{
    t->to = &t->by_tokens;
    icm_buf_clear(t->to);
    return psrp_clixml_tokens_read(&t->tokens, document, &t->events, err);
}

enum icm_code clixml_told_xml(struct clixml_told *t, struct icm_slice document, struct icm_error *err)
{
    t->to = &t->by_xml;
    icm_buf_clear(t->to);
    return psrp_clixml_xml_read(t->xml, document, &t->events, err);
}
