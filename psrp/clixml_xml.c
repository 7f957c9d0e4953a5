#include "psrp/clixml_xml.h"

#include <stdlib.h>

#include "base/xml.h"
#include "psrp/clixml_types.h"

struct psrp_clixml_xml {
    struct icm_xml *xml;
    const struct psrp_clixml_events *events;
    struct psrp_clixml_attribute attributes[PSRP_CLIXML_ATTRIBUTES_MAX];
};

static enum icm_code on_start(void *context, const char *namespace_uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    struct psrp_clixml_xml *x = context;
    struct psrp_clixml_tag tag = {.name = icm_slice_text(name), .attributes = x->attributes};

    tag.type = psrp_clixml_type_find(tag.name);
    tag.is_foreign = namespace_uri[0] != '\0' && strcmp(namespace_uri, PSRP_CLIXML_NAMESPACE) != 0;
    for (size_t i = 0; i < count; i++)
        if (attributes[i].namespace_uri[0] == '\0')
            x->attributes[tag.count++] =
                (struct psrp_clixml_attribute){icm_slice_text(attributes[i].name), attributes[i].value, false};
    return x->events->start(x->events->context, &tag, err);
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    const struct psrp_clixml_xml *x = context;

    return x->events->end(x->events->context, err);
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    const struct psrp_clixml_xml *x = context;

    return x->events->text(x->events->context, text, false, err);
}

enum icm_code psrp_clixml_xml_new(struct psrp_clixml_xml **out, struct icm_error *err)
{
    static const struct icm_xml_handler handler = {on_start, on_end, on_text};
    static const struct icm_xml_limits limits = {PSRP_CLIXML_BYTES_MAX, PSRP_CLIXML_OPEN_MAX, PSRP_CLIXML_ELEMENTS_MAX,
                                                 PSRP_CLIXML_ATTRIBUTES_MAX};
    ICM_OWN(psrp_clixml_xml_freep) struct psrp_clixml_xml *x = calloc(1, sizeof *x);

    if (!x)
        return icm_nomem(err);
    enum icm_code code = icm_xml_new(&x->xml, &handler, x, &limits, err);
    if (code != ICM_OK)
        return code;
    *out = x;
    x = NULL;
    return ICM_OK;
}

void psrp_clixml_xml_free(struct psrp_clixml_xml *x)
{
    if (!x)
        return;
    icm_xml_free(x->xml);
    free(x);
}

enum icm_code psrp_clixml_xml_read(struct psrp_clixml_xml *x, struct icm_slice document,
                                   const struct psrp_clixml_events *events, struct icm_error *err)
{
    x->events = events;
    return icm_xml_read(x->xml, document, err);
}

size_t psrp_clixml_xml_at(const struct psrp_clixml_xml *x)
{
    return icm_xml_at(x->xml);
}
