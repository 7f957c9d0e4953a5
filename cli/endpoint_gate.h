/* What an HTTP request must be before anybody asks who sends it: where it goes, and what it carries. Pure. */
#ifndef CLI_ENDPOINT_GATE_H
#define CLI_ENDPOINT_GATE_H

#include <stdbool.h>

/** The head of a request; what was not there is NULL. */
struct endpoint_head {
    const char *method, *path, *content_type, *authorization;
    const char *identify; /* the header WSMANIDENTIFY */
};

/** 0: a request that this endpoint knows; else the HTTP status to answer with. */
unsigned endpoint_gate_check_address(const struct endpoint_head *head);

/** Whether somebody without credentials may send it: DSP0226 11, who wants to know what speaks here need not say who
 * they are. */
bool endpoint_gate_is_anonymous(const struct endpoint_head *head);

/** Whether the body is an envelope in clear, in UTF-8 or UTF-16. */
bool endpoint_gate_is_envelope(const char *content_type);

#endif
