/* What a document's source told, as one text: `<name attribute=value>`, `<!name` for a foreign one, text as it is,
 * `</>`. */
#ifndef TESTS_PSRP_CLIXML_TOLD_H
#define TESTS_PSRP_CLIXML_TOLD_H

#include "psrp/clixml_tokens.h"
#include "psrp/clixml_xml.h"

struct clixml_told {
    struct psrp_clixml_tokens tokens;
    struct psrp_clixml_xml *xml;
    struct psrp_clixml_events events;
    struct icm_buf by_tokens, by_xml;
    struct icm_buf *to; /* one of the two */
};

/** false: out of memory. @t is zeroed, and stays where it is. */
bool clixml_told_init(struct clixml_told *t);
void clixml_told_reset(struct clixml_told *t);

/** Read @document by one of the two, whose text is new then. */
enum icm_code clixml_told_tokens(struct clixml_told *t, struct icm_slice document, struct icm_error *err);
enum icm_code clixml_told_xml(struct clixml_told *t, struct icm_slice document, struct icm_error *err);

#endif
