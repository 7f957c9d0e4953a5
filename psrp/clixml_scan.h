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

#if defined __SSE2__ && !defined PSRP_CLIXML_WORDS /* which a test defines, to have what other machines have */

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

/* The underscores behind which an x follows, or what follows is not seen: bits of the bytes' numbers. */
static inline unsigned psrp_clixml_escapes(__m128i bytes)
{
    const __m128i exes = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('x'));
    const unsigned behind = (unsigned)_mm_movemask_epi8(exes) >> 1 | 1u << (PSRP_CLIXML_STEP - 1);

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'))) & behind;
}

/* How many bytes at the front are in front of one that may begin an escape. */
static inline size_t psrp_clixml_scan_escape(const uint8_t *at)
{
    const unsigned marks = psrp_clixml_escapes(_mm_loadu_si128((const __m128i *)(const void *)at));

    return (size_t)__builtin_ctz(marks | 1u << PSRP_CLIXML_STEP);
}

/* How many bytes at the front a writer may copy: none that XML or MS-PSRP 2.2.5.3.2 escapes, in a text or in an
 * attribute's value, none beyond ASCII. */
static inline size_t psrp_clixml_scan_written(const uint8_t *at, bool is_value)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i odd = _mm_or_si128(
        _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f))),
        /* of < and > one bit is another */
        _mm_or_si128(_mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(2)), _mm_set1_epi8('>')),
                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('&'))));
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(is_value ? '"' : '&'));
    const unsigned marks = (unsigned)_mm_movemask_epi8(_mm_or_si128(odd, quotes)) | psrp_clixml_escapes(bytes);

    return (size_t)__builtin_ctz(marks | 1u << PSRP_CLIXML_STEP);
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

static inline size_t psrp_clixml_scan_escape(const uint8_t *at)
{
    const uint64_t marks = psrp_clixml_equal(psrp_clixml_word(at), '_');

    return marks ? psrp_clixml_first(marks) : sizeof(uint64_t);
}

static inline size_t psrp_clixml_scan_written(const uint8_t *at, bool is_value)
{
    const uint64_t word = psrp_clixml_word(at);
    const uint64_t marks = (word & PSRP_CLIXML_EACH(0x80)) | psrp_clixml_below(word, 0x20) |
                           psrp_clixml_equal(word, 0x7f) | psrp_clixml_equal(word, '<') | psrp_clixml_equal(word, '>') |
                           psrp_clixml_equal(word, '&') | psrp_clixml_equal(word, is_value ? '"' : '&') |
                           psrp_clixml_equal(word, '_');

    return marks ? psrp_clixml_first(marks) : sizeof word;
}

#endif
#endif
