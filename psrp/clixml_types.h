/* The one table of CLIXML's elements, which reader and writer share: what an element is called, where it may stand,
 * what its text must be. MS-PSRP 2.2.5.1 and 2.2.5.2. */
#ifndef PSRP_CLIXML_TYPES_H
#define PSRP_CLIXML_TYPES_H

#include <endian.h>

#include "psrp/value.h"

#define PSRP_CLIXML_NAMESPACE "http://schemas.microsoft.com/powershell/2004/04"

/** The elements. The first are those of the kinds of values, under the kind's own number. */
enum psrp_clixml_element {
    PSRP_ELEMENT_OBJS = PSRP_KIND_COUNT,
    PSRP_ELEMENT_REF,
    PSRP_ELEMENT_TN,
    PSRP_ELEMENT_T,
    PSRP_ELEMENT_TNREF,
    PSRP_ELEMENT_TO_STRING,
    PSRP_ELEMENT_PROPS,
    PSRP_ELEMENT_MS,
    PSRP_ELEMENT_EN,
    PSRP_ELEMENT_PR,
    PSRP_ELEMENT_AV,
    PSRP_ELEMENT_AI,
    PSRP_ELEMENT_PI,
    PSRP_ELEMENT_PC,
    PSRP_ELEMENT_SR,
    PSRP_ELEMENT_SD,
    PSRP_ELEMENT_COUNT
};

/** What the reader does with an element; its tables of handlers are indexed by this. */
enum psrp_clixml_role {
    PSRP_ROLE_SCALAR,
    PSRP_ROLE_CONTAINER,
    PSRP_ROLE_OBJECT,
    PSRP_ROLE_OBJECTS,
    PSRP_ROLE_REFERENCE,
    PSRP_ROLE_TYPE_NAMES,
    PSRP_ROLE_TYPE_NAME,
    PSRP_ROLE_TYPE_REFERENCE,
    PSRP_ROLE_TO_STRING,
    PSRP_ROLE_MEMBERS,
    PSRP_ROLE_ENTRY,
    PSRP_ROLE_PROGRESS,
    PSRP_ROLE_COUNT
};

/** The places where an element may stand. */
enum {
    PSRP_IN_DOCUMENT = 1 << 0, /* as the root */
    PSRP_IN_OBJS = 1 << 1,
    PSRP_IN_OBJ = 1 << 2,
    PSRP_IN_LIST = 1 << 3,
    PSRP_IN_DCT = 1 << 4,
    PSRP_IN_EN = 1 << 5,
    PSRP_IN_PROPS = 1 << 6,
    PSRP_IN_MS = 1 << 7,
    PSRP_IN_TN = 1 << 8,
    PSRP_IN_PR = 1 << 9,
};

/** How an element's text and its value become each other. */
enum psrp_clixml_form {
    PSRP_FORM_NONE,    /* no text */
    PSRP_FORM_ESCAPED, /* text with _xHHHH_ escapes, MS-PSRP 2.2.5.3.2 */
    PSRP_FORM_LEXICAL, /* kept as it is written, once checked */
    PSRP_FORM_SIGNED,
    PSRP_FORM_UNSIGNED,
    PSRP_FORM_REAL,
    PSRP_FORM_BOOL,
    PSRP_FORM_BASE64,
};

enum { PSRP_CLIXML_ELEMENT_NAME = 8 }; /* the longest: ToString */

struct psrp_clixml_type {
    char name[PSRP_CLIXML_ELEMENT_NAME + 1]; /* zeros behind it */
    uint8_t name_size;
    enum psrp_clixml_role role;
    enum psrp_kind kind; /* of the value it gives, where it gives one */
    enum psrp_clixml_form form;
    uint16_t within;                      /* the places where it may stand */
    uint16_t opens;                       /* the place that its children are in; 0: it has none */
    const char *member;                   /* of the progress record, where the element stands for one of those */
    bool (*check)(struct icm_slice text); /* PSRP_FORM_LEXICAL */
    int64_t min;                          /* of the integers */
    uint64_t max;
    const char *expected; /* what the text must be, for the error */
    const char *spec;
};

/** Indexed by enum psrp_clixml_element. */
extern const struct psrp_clixml_type psrp_clixml_types[PSRP_ELEMENT_COUNT];

/** The same as a number, the first character lowest, for a name of @size characters, at least 1: names are compared at
 * one stroke. */
const struct psrp_clixml_type *psrp_clixml_type_of_word(uint64_t word, size_t size);

/** Eight bytes as such a number. */
static inline uint64_t psrp_clixml_word(const void *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

#define PSRP_CLIXML_EACH(BYTE) (UINT64_C(0x0101010101010101) * (uint8_t)(BYTE))

/** Not 0 where one of its characters is below @limit, at most 0x80: the lowest bit that is set is the first one's
 * highest. */
static inline uint64_t psrp_clixml_below(uint64_t word, uint8_t limit)
{
    return (word - PSRP_CLIXML_EACH(limit)) & ~word & PSRP_CLIXML_EACH(0x80);
}

/** The same where one is @c. */
static inline uint64_t psrp_clixml_equal(uint64_t word, uint8_t c)
{
    return psrp_clixml_below(word ^ PSRP_CLIXML_EACH(c), 1);
}

/** Which one is the first of such, which there is. */
static inline size_t psrp_clixml_first(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

/** The bits of the first @count of its characters, up to 8. */
static inline uint64_t psrp_clixml_word_mask(size_t count)
{
    return count < sizeof(uint64_t) ? ((uint64_t)1 << 8 * count) - 1 : UINT64_MAX;
}

/** The row of the element @name; NULL for a name that CLIXML has not. */
const struct psrp_clixml_type *psrp_clixml_type_find(struct icm_slice name);

/* Whether a text is a value of its type, without white space around it. MS-PSRP 2.2.5.1. */
bool psrp_clixml_is_datetime(struct icm_slice text);
bool psrp_clixml_is_timespan(struct icm_slice text);
bool psrp_clixml_is_decimal(struct icm_slice text);
bool psrp_clixml_is_guid(struct icm_slice text);
bool psrp_clixml_is_version(struct icm_slice text);

/** psrp_clixml_escape for an attribute's value between ". */
void psrp_clixml_escape_value(struct icm_buf *out, struct icm_slice text);

/** Copy @text into @arena with its escapes undone; @decoded is scratch. ICM_NOMEM. */
enum icm_code psrp_clixml_text_copy(struct icm_slice text, struct icm_buf *decoded, struct icm_arena *arena,
                                    struct icm_slice *out, struct icm_error *err);

/** Give @value, which is new and of the kind of @type, what an element's text says, of any form but ESCAPED; @decoded
 * is scratch. A text that @is_lasting, as long as @arena, need not be copied. ICM_SYNTAX: the type does not allow it.
 * ICM_NOMEM. */
enum icm_code psrp_clixml_scalar_read(const struct psrp_clixml_type *type, struct icm_slice text, bool is_lasting,
                                      struct icm_buf *decoded, struct icm_arena *arena, struct psrp_value *value,
                                      struct icm_error *err);

/** The front of a peer's text for an error: nothing in it that a terminal would act on. */
enum { PSRP_CLIXML_SHOWN = 44 };
const char *psrp_clixml_shown(struct icm_slice text, char out[PSRP_CLIXML_SHOWN]);

/** Whether there is anything in @text for psrp_clixml_unescape to undo. */
bool psrp_clixml_has_escape(struct icm_slice text);

#endif
