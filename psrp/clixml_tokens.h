/* The subset of XML 1.0 in which servers send CLIXML: elements, attributes, text, the five entities, character
 * references, a declaration, CLIXML's own namespace. Nothing is copied: what is told are slices of the document, but
 * for what references stand for. */
#ifndef PSRP_CLIXML_TOKENS_H
#define PSRP_CLIXML_TOKENS_H

#include "psrp/clixml_events.h"

/** An element that is open: its name, and where it is one of CLIXML's the same as a number (clixml_types.h). */
struct psrp_clixml_open {
    const uint8_t *name;
    size_t size;
    uint64_t word, mask;
};

/** Reads one document after another. A zeroed one is ready. */
struct psrp_clixml_tokens {
    const uint8_t *begin, *at, *end;
    const uint8_t *tag; /* where the one that is read began */
    const struct psrp_clixml_events *events;
    bool is_plain; /* what was stepped over had no underscore */
    size_t elements;
    unsigned depth;                                                          /* open elements */
    struct psrp_clixml_open open[PSRP_CLIXML_OPEN_MAX + 1];                  /* from 1 on */
    struct psrp_clixml_attribute attributes[PSRP_CLIXML_ATTRIBUTES_MAX + 1]; /* room for the one too many */
    struct icm_buf values;                                                   /* those of one tag that had references */
    struct icm_error *err;
};

/** Free what it holds; it is a fresh one then. */
void psrp_clixml_tokens_reset(struct psrp_clixml_tokens *t);

/** Tell of @document, all of it. ICM_SYNTAX: not well-formed, or a DOCTYPE. ICM_LIMIT: more open elements, elements or
 * attributes than allowed. ICM_UNSUPPORTED: it holds more of XML than this subset (comments, sections, instructions,
 * prefixes, names that are not ASCII, a tag of more than 64 KiB); what was told is void. References to U+FFFE and
 * U+FFFF are read, which the engine writes and XML does not allow. */
enum icm_code psrp_clixml_tokens_read(struct psrp_clixml_tokens *t, struct icm_slice document,
                                      const struct psrp_clixml_events *events, struct icm_error *err);

/** How far it has come. */
static inline size_t psrp_clixml_tokens_at(const struct psrp_clixml_tokens *t)
{
    return (size_t)(t->at - t->begin);
}

#endif
