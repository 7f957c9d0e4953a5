/* What json-c lets through and RFC 8259 does not, found byte by byte. It takes some texts for numbers (`01`, `1.`,
 * `NaN`), bends whole numbers over 64 bits to the nearest, lets control characters into strings, and its check of UTF-8
 * fails where a character is split. So a scanner goes in front of it, and what the scanner refuses json-c never sees.
 */
#ifndef ICM_BASE_JSON_SCAN_H
#define ICM_BASE_JSON_SCAN_H

#include "base/json.h"

enum { ICM_JSON_WHOLE_MAX = 20 }; /* characters of a whole number of 64 bits */

/** A zeroed one is ready. */
struct icm_json_scan {
    uint8_t utf8_more, utf8_min, utf8_max; /* bytes that the open character still wants, and the bounds of the next */
    unsigned where;                        /* between the strings, in one, behind a backslash */
    unsigned number;                       /* how far the number that is open is read */
    uint8_t digits[ICM_JSON_WHOLE_MAX];    /* its first */
    size_t digit_count;                    /* all of them */
    unsigned depth;                        /* open brackets */
    const char *objection;                 /* what is wrong, when something is; a literal */
};

/** The next byte. ICM_SYNTAX, ICM_LIMIT: @objection says why. What is wrong with the order of the pieces is not looked
 * at: json-c finds that. */
enum icm_code icm_json_scan_byte(struct icm_json_scan *s, uint8_t c);

static inline bool icm_json_is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

#endif
