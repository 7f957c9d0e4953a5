/* DateTime and TimeSpan as the en-US console writes them. */
#ifndef CLI_FORMAT_TIME_H
#define CLI_FORMAT_TIME_H

#include "base/text.h"

#define CLI_DATE_GENERAL "M/d/yyyy h:mm:ss\xE2\x80\xAFtt" /* a narrow blank in front of AM: what ICU 72 and later have */
#define CLI_DATE_LONG "dddd, MMMM d, yyyy h:mm:ss\xE2\x80\xAFtt"

/** Calendar fields; the local time where the text named a zone that is not UTC. */
struct cli_date {
    int year, month, day, hour, minute, second;
};

enum { CLI_TICKS_A_SECOND = 10 * 1000 * 1000, CLI_TICKS_A_MILLISECOND = 10 * 1000 };

/** Read what CLIXML has, 2026-11-24T03:41:52.1234567Z, ±hh:mm, or neither. false: not that. */
bool cli_date_parse(struct icm_slice text, struct cli_date *out);

/** Append @date by a pattern of .NET: d dddd M MM MMM MMMM yyyy h HH mm ss tt; all else stands for itself. */
void cli_date_add(struct icm_buf *out, const struct cli_date *date, const char *pattern);

/** Read -P1DT2H3M4.5S as ticks of 100 ns. false: not that, or too long for a TimeSpan. */
bool cli_span_parse(struct icm_slice text, int64_t *ticks);

/** Append [-][d.]hh:mm:ss[.fffffff]. */
void cli_span_add(struct icm_buf *out, int64_t ticks);

#endif
