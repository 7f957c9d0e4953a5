/* What a place in a host call, or its result, may hold. Not for others than host_method.c. MS-PSRP 2.2.6. */
#ifndef PSRP_HOST_KIND_H
#define PSRP_HOST_KIND_H

#include "psrp/host.h"

enum psrp_host_kind {
    PSRP_HOST_NOTHING, /* first: a row of parameters ends with it */
    PSRP_HOST_ANYTHING,
    PSRP_HOST_TEXT,
    PSRP_HOST_NUMBER,
    PSRP_HOST_FLAG,
    PSRP_HOST_VERSION,
    PSRP_HOST_IDENTITY,
    PSRP_HOST_SECRET,
    PSRP_HOST_PAIR_XY,
    PSRP_HOST_PAIR_SIZE,
    PSRP_HOST_RECTANGLE,
    PSRP_HOST_CELL,
    PSRP_HOST_CELLS,
    PSRP_HOST_KEY,
    PSRP_HOST_RECORD,
    PSRP_HOST_FIELDS,
    PSRP_HOST_CHOICES,
    PSRP_HOST_NUMBERS,
    PSRP_HOST_ANSWERS,
    PSRP_HOST_CREDENTIAL,
};

/** Whether @value, which is there, is one; PSRP_HOST_NOTHING: none is. */
bool psrp_host_kind_holds(enum psrp_host_kind kind, const struct psrp_value *value);

/** "text", "list of numbers" … */
const char *psrp_host_kind_words(enum psrp_host_kind kind);

#endif
