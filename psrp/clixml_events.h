/* What the CLIXML reader hears of a document, whoever takes the document apart: clixml_tokens.c, which knows the subset
 * of XML that servers send, or libxml2 behind clixml_xml.c for anything else. MS-PSRP 2.2.5. */
#ifndef PSRP_CLIXML_EVENTS_H
#define PSRP_CLIXML_EVENTS_H

#include "psrp/clixml.h"

enum {
    PSRP_CLIXML_OPEN_MAX =
        4 * PSRP_CLIXML_DEPTH_MAX,   /* one value takes at most Obj, DCT and En; root and type name come on top */
    PSRP_CLIXML_ATTRIBUTES_MAX = 16, /* of one element, namespaces included */
};

struct psrp_clixml_type;

/** An attribute without a prefix; others, and namespaces, are not told. */
struct psrp_clixml_attribute {
    struct icm_slice name, value;
    bool is_plain; /* the value is known to have no escapes of PowerShell's: not one underscore */
};

/** A start tag; everything is borrowed for the call. */
struct psrp_clixml_tag {
    struct icm_slice name;               /* the local one */
    const struct psrp_clixml_type *type; /* what it is called after; NULL: CLIXML has no such element */
    bool is_foreign;                     /* of a namespace that is not CLIXML's */
    const struct psrp_clixml_attribute *attributes;
    size_t count;
};

/** Names, values and text that are slices of the document stay valid as long as that does; others for the call. Text
 * comes in any number of pieces. A code other than ICM_OK ends the reading and is its outcome. */
struct psrp_clixml_events {
    enum icm_code (*start)(void *context, const struct psrp_clixml_tag *tag, struct icm_error *err);
    enum icm_code (*text)(void *context, struct icm_slice text, bool is_plain, struct icm_error *err);
    enum icm_code (*end)(void *context, struct icm_error *err);
    void *context;
};

#endif
