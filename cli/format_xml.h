/* An XML document as the adapter of PowerShell shows it: a property for each node below the document. */
#ifndef CLI_FORMAT_XML_H
#define CLI_FORMAT_XML_H

#include "base/buf.h"

struct cli_xml_outline {
    struct icm_buf declaration; /* of <?xml ...?>: what stands inside; empty: there is none */
    struct icm_buf root;        /* the element's local name */
    struct icm_buf value;       /* its text, where it has nothing else; else its name again */
};

/** false: it is no XML of ours. @out is filled, and to be reset, either way. */
bool cli_xml_outline_read(struct icm_slice text, struct cli_xml_outline *out);
void cli_xml_outline_reset(struct cli_xml_outline *x);

#endif
