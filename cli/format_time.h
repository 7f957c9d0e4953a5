/* DateTime and TimeSpan as the en-US console writes them. */
#ifndef CLI_FORMAT_TIME_H
#define CLI_FORMAT_TIME_H

#include "base/text.h"

#define CLI_DATE_GENERAL "M/d/yyyy h:mm:ss\xE2\x80\xAFtt" /* a narrow blank in front of AM: what ICU 72 and later have */
#define CLI_DATE_LONG "dddd, MMMM d, yyyy h:mm:ss\xE2\x80\xAFtt"

/** What DateTime.Kind says: whose time the text named. */
enum cli_date_kind { CLI_DATE_UNSPECIFIED, CLI_DATE_UTC, CLI_DATE_LOCAL };

/** Calendar fields; the local time where the text named a zone that is not UTC. */
struct cli_date {
    int year, month, day, hour, minute, second;
    int fraction; /* of the second, in ticks of 100 ns */
    enum cli_date_kind kind;
};

enum { CLI_TICKS_A_SECOND = 10 * 1000 * 1000, CLI_TICKS_A_MILLISECOND = 10 * 1000 };

/** Read what CLIXML has, 2026-11-24T03:41:52.1234567Z, ±hh:mm, or neither. false: not that. */
bool cli_date_parse(struct icm_slice text, struct cli_date *out);

/** Append @date by a pattern of .NET: d dddd M MM MMM MMMM yyyy h HH mm ss tt; all else stands for itself. */
void cli_date_add(struct icm_buf *out, const struct cli_date *date, const char *pattern);

/** What DateTime calculates: 0 is Sunday; 1 is the first of January; ticks since the year 1. */
int cli_date_day_of_week(const struct cli_date *date);
int cli_date_day_of_year(const struct cli_date *date);
int64_t cli_date_ticks(const struct cli_date *date);
const char *cli_date_day_name(int day_of_week);

/** Read -P1DT2H3M4.5S as ticks of 100 ns. false: not that, or too long for a TimeSpan. */
bool cli_span_parse(struct icm_slice text, int64_t *ticks);

/** Append [-][d.]hh:mm:ss[.fffffff]. */
void cli_span_add(struct icm_buf *out, int64_t ticks);

#endif
