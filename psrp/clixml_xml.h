/* CLIXML in any XML, by libxml2: what clixml_tokens.c hands over, told as the same events. */
#ifndef PSRP_CLIXML_XML_H
#define PSRP_CLIXML_XML_H

#include "psrp/clixml_events.h"

struct psrp_clixml_xml; /* reads one document after another */
enum icm_code psrp_clixml_xml_new(struct psrp_clixml_xml **out, struct icm_error *err);
void psrp_clixml_xml_free(struct psrp_clixml_xml *x); /* NULL is fine */
static inline void psrp_clixml_xml_freep(struct psrp_clixml_xml **x)
{
    psrp_clixml_xml_free(*x);
}

/** Tell of @document, all of it. ICM_SYNTAX: not well-formed, or a DOCTYPE. ICM_LIMIT: as psrp_clixml_tokens_read, or
 * markup too long (base/xml.h). */
enum icm_code psrp_clixml_xml_read(struct psrp_clixml_xml *x, struct icm_slice document,
                                   const struct psrp_clixml_events *events, struct icm_error *err);

/** How far it has come, to the next tag or text. */
size_t psrp_clixml_xml_at(const struct psrp_clixml_xml *x);

#endif
