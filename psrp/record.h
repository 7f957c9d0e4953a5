/* ErrorRecords of our own making. MS-PSRP 2.2.2.20, in the members that the real engine writes. */
#ifndef PSRP_RECORD_H
#define PSRP_RECORD_H

#include "psrp/value.h"

/* ErrorCategory's numbers, as far as we use them by name */
enum { PSRP_CATEGORY_NOT_SPECIFIED = 0, PSRP_CATEGORY_NOT_IMPLEMENTED = 11 };

struct psrp_error_words {
    const char *const *exception; /* NULL-ended type names, most derived first; NULL: a RuntimeException */
    struct icm_slice message;
    const char *id; /* FullyQualifiedErrorId */
    int32_t category;
};

/** The record as its members, without type names: the form inside a host response. NULL: out of memory. */
struct psrp_value *psrp_record_error_members(struct icm_arena *a, const struct psrp_error_words *words);

/** The record as it travels alone: with type names and its text. */
struct psrp_value *psrp_record_error(struct icm_arena *a, const struct psrp_error_words *words);

/** "NotImplemented" for 11 …; "NotSpecified" for a number that ErrorCategory does not have. */
const char *psrp_record_category_name(int64_t category);

#endif
