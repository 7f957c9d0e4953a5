/* The fault plan: which request is answered wrongly, and how. One fault a line, `ACTION N FAULT [ARGUMENT]`; blank lines and what
 * follows a # do not count. */
#ifndef CLI_ENDPOINT_FAULT_PLAN_H
#define CLI_ENDPOINT_FAULT_PLAN_H

#include "base/buf.h"

enum endpoint_fault_kind {
    ENDPOINT_FAULT_CUT,    /* the connection closes after @argument bytes of the answer's body */
    ENDPOINT_FAULT_DELAY,  /* the answer comes @argument milliseconds late */
    ENDPOINT_FAULT_STATUS, /* the request is not carried out; the HTTP status is @argument, without a body */
    ENDPOINT_FAULT_FAULT,  /* the request is not carried out; a SOAP fault with the code @argument */
    ENDPOINT_FAULT_GARBLE, /* the byte at @argument of the answer's body is changed */
};

struct endpoint_fault {
    enum endpoint_fault_kind kind;
    uint32_t argument;
};

enum { ENDPOINT_FAULTS_MAX = 1024, ENDPOINT_FAULT_PLAN_BYTES_MAX = 64 * 1024 };

struct endpoint_fault_plan;

/** ICM_USAGE names the line and what is wrong in it. */
enum icm_code endpoint_fault_plan_new(struct endpoint_fault_plan **out, struct icm_slice text, struct icm_error *err);
enum icm_code endpoint_fault_plan_load(struct endpoint_fault_plan **out, const char *path, struct icm_error *err);
void endpoint_fault_plan_free(struct endpoint_fault_plan *p);

/** One more request of @action ("Create", "Receive" …; case does not count) has come: its fault, or NULL. */
const struct endpoint_fault *endpoint_fault_plan_next(struct endpoint_fault_plan *p, struct icm_slice action);

#endif
