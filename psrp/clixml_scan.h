/* Looking through text for what is not plain, a step of many bytes at a time: most of a message is looked at here and
 * nowhere else. */
#ifndef PSRP_CLIXML_SCAN_H
#define PSRP_CLIXML_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "psrp/clixml_types.h"

/* What is found in one step: how many bytes at the front are neither control characters nor beyond ASCII, nor <, & or a
 * third character, and whether an underscore is among those. */
struct psrp_clixml_scanned {
    size_t plain;
    bool has_underscore;
};

#ifdef __SSE2__

#include <emmintrin.h>

enum { PSRP_CLIXML_STEP = sizeof(__m128i) };

static inline struct psrp_clixml_scanned psrp_clixml_scan(const uint8_t *at, uint8_t third)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    /* bytes beyond ASCII are negative */
    const __m128i odd = _mm_or_si128(
        _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('<'))),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('&')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)third))));
    const unsigned marks = (unsigned)_mm_movemask_epi8(odd) | 1u << PSRP_CLIXML_STEP;
    const unsigned underscores = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));

    return (struct psrp_clixml_scanned){(size_t)__builtin_ctz(marks), underscores & (marks ^ (marks - 1))};
}

#else

enum { PSRP_CLIXML_STEP = sizeof(uint64_t) };

static inline struct psrp_clixml_scanned psrp_clixml_scan(const uint8_t *at, uint8_t third)
{
    const uint64_t word = psrp_clixml_word(at);
    const uint64_t marks = (word & PSRP_CLIXML_EACH(0x80)) | psrp_clixml_below(word, 0x20) |
                           psrp_clixml_equal(word, '<') | psrp_clixml_equal(word, '&') | psrp_clixml_equal(word, third);
    const uint64_t underscores = psrp_clixml_equal(word, '_');

    return (struct psrp_clixml_scanned){marks ? psrp_clixml_first(marks) : sizeof word,
                                        (underscores & (marks ^ (marks - 1))) != 0};
}

#endif
#endif
