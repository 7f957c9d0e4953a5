#include "cli/format_time.h"

#include <time.h>

enum { DAY_SECONDS = 24 * 60 * 60, TICK_DIGITS = 7 };

static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

/* ---- reading ---- */

static bool take_digits(struct icm_slice *text, size_t count, int *out)
{
    *out = 0;
    if (text->size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        *out = *out * 10 + (text->data[i] - '0');
    }
    *text = icm_slice_from(*text, count);
    return true;
}

static bool take_char(struct icm_slice *text, char c)
{
    if (text->size == 0 || text->data[0] != (uint8_t)c)
        return false;
    *text = icm_slice_from(*text, 1);
    return true;
}

/* days since 1970-01-01 in the Gregorian calendar, whose year begins in March here: leap days come last */
static int64_t day_number(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* by the zone of whoever reads it */
static bool become_local(struct cli_date *d, int offset_minutes)
{
    time_t when = day_number(d->year, d->month, d->day) * DAY_SECONDS + d->hour * 3600 + d->minute * 60 + d->second -
                  offset_minutes * 60;
    struct tm local;

    if (!localtime_r(&when, &local))
        return false;
    *d = (struct cli_date){local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                           d->fraction, CLI_DATE_LOCAL};
    return true;
}

static bool take_zone(struct icm_slice *text, struct cli_date *d)
{
    bool is_behind = take_char(text, '-');
    int hours, minutes;

    if (!is_behind && !take_char(text, '+')) {
        d->kind = take_char(text, 'Z') ? CLI_DATE_UTC : CLI_DATE_UNSPECIFIED;
        return d->kind == CLI_DATE_UTC || text->size == 0;
    }
    if (!take_digits(text, 2, &hours) || !take_char(text, ':') || !take_digits(text, 2, &minutes))
        return false;
    return become_local(d, (hours * 60 + minutes) * (is_behind ? -1 : 1));
}

bool cli_date_parse(struct icm_slice text, struct cli_date *out)
{
    struct cli_date d = {0};
    int digit;

    if (!take_digits(&text, 4, &d.year) || !take_char(&text, '-') || !take_digits(&text, 2, &d.month) ||
        !take_char(&text, '-') || !take_digits(&text, 2, &d.day) || !take_char(&text, 'T') ||
        !take_digits(&text, 2, &d.hour) || !take_char(&text, ':') || !take_digits(&text, 2, &d.minute) ||
        !take_char(&text, ':') || !take_digits(&text, 2, &d.second) || d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    if (take_char(&text, '.'))
        for (int unit = CLI_TICKS_A_SECOND / 10; take_digits(&text, 1, &digit); unit /= 10)
            d.fraction += digit * unit;
    if (!take_zone(&text, &d) || text.size > 0)
        return false;
    *out = d;
    return true;
}

/* ---- calendar ---- */

int cli_date_day_of_week(const struct cli_date *date)
{
    return (int)(((day_number(date->year, date->month, date->day) + 4) % 7 + 7) % 7);
}

int cli_date_day_of_year(const struct cli_date *date)
{
    return (int)(day_number(date->year, date->month, date->day) - day_number(date->year, 1, 1)) + 1;
}

int64_t cli_date_ticks(const struct cli_date *date)
{
    int64_t since = day_number(date->year, date->month, date->day) - day_number(1, 1, 1);

    return (since * DAY_SECONDS + date->hour * 3600 + date->minute * 60 + date->second) * CLI_TICKS_A_SECOND + date->fraction;
}

const char *cli_date_day_name(int day_of_week)
{
    return days[day_of_week];
}

/* ---- writing ---- */

static void add_month(struct icm_buf *out, int month, size_t letters)
{
    const char *name = months[(month + 11) % 12];

    icm_buf_add(out, icm_slice_of(name, letters == 3 ? 3 : strlen(name)));
}

static void add_number(struct icm_buf *out, int number, size_t letters)
{
    uint8_t digits[12];
    size_t at = sizeof digits;

    do {
        digits[--at] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0 || (sizeof digits - at < letters && at > 0));
    icm_buf_add(out, icm_slice_of(digits + at, sizeof digits - at));
}

static void add_token(struct icm_buf *out, const struct cli_date *d, char token, size_t letters)
{
    if (token == 'd' && letters > 2)
        icm_buf_add_text(out, days[cli_date_day_of_week(d)]);
    else if (token == 'M' && letters > 2)
        add_month(out, d->month, letters);
    else if (token == 't')
        icm_buf_add_text(out, d->hour < 12 ? "AM" : "PM");
    else
        add_number(out,
                   token == 'd'   ? d->day
                   : token == 'M' ? d->month
                   : token == 'y' ? d->year
                   : token == 'h' ? (d->hour + 11) % 12 + 1
                   : token == 'H' ? d->hour
                   : token == 'm' ? d->minute
                                  : d->second,
                   letters);
}

void cli_date_add(struct icm_buf *out, const struct cli_date *date, const char *pattern)
{
    while (*pattern) {
        size_t letters = 1;

        if (!strchr("dMyhHmst", *pattern)) {
            icm_buf_add_u8(out, (uint8_t)*pattern++);
            continue;
        }
        while (pattern[letters] == pattern[0])
            letters++;
        add_token(out, date, pattern[0], letters);
        pattern += letters;
    }
}

/* ---- spans ---- */

/* digits and, in front of S, a fraction: in ticks of @unit seconds */
static bool take_part(struct icm_slice *text, int64_t *count, int64_t *fraction)
{
    size_t digits = 0;

    *count = *fraction = 0;
    while (digits < text->size && text->data[digits] >= '0' && text->data[digits] <= '9')
        digits++;
    if (digits == 0 || digits > 18 || !icm_parse_i64(icm_slice_of(text->data, digits), 0, INT64_MAX, count))
        return false;
    *text = icm_slice_from(*text, digits);
    if (!take_char(text, '.'))
        return true;
    for (int64_t unit = CLI_TICKS_A_SECOND / 10; text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9'; unit /= 10) {
        *fraction += unit * (text->data[0] - '0');
        *text = icm_slice_from(*text, 1);
    }
    return true;
}

static int64_t seconds_of(char unit, bool is_time)
{
    if (!is_time)
        return unit == 'D' ? DAY_SECONDS : 0;
    return unit == 'H' ? 3600 : unit == 'M' ? 60 : unit == 'S' ? 1 : 0;
}

bool cli_span_parse(struct icm_slice text, int64_t *ticks)
{
    bool is_negative = take_char(&text, '-'), is_time = false;
    int64_t sum = 0, count, fraction, part;

    if (!take_char(&text, 'P'))
        return false;
    while (text.size > 0) {
        if (!is_time && take_char(&text, 'T')) {
            is_time = true;
            continue;
        }
        if (!take_part(&text, &count, &fraction) || text.size == 0)
            return false;
        int64_t seconds = seconds_of((char)text.data[0], is_time);
        text = icm_slice_from(text, 1);
        if (seconds == 0 || __builtin_mul_overflow(count, seconds * CLI_TICKS_A_SECOND, &part) ||
            __builtin_add_overflow(sum, part, &sum) || __builtin_add_overflow(sum, fraction, &sum))
            return false;
    }
    *ticks = is_negative ? -sum : sum;
    return true;
}

void cli_span_add(struct icm_buf *out, int64_t ticks)
{
    uint64_t left = ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
    uint64_t fraction = left % CLI_TICKS_A_SECOND, seconds = left / CLI_TICKS_A_SECOND;
    uint64_t day_count = seconds / DAY_SECONDS;

    icm_buf_add_text(out, ticks < 0 ? "-" : "");
    if (day_count > 0)
        icm_buf_add_format(out, "%llu.", (unsigned long long)day_count);
    icm_buf_add_format(out, "%02u:%02u:%02u", (unsigned)(seconds % DAY_SECONDS / 3600), (unsigned)(seconds % 3600 / 60),
                       (unsigned)(seconds % 60));
    if (fraction > 0)
        icm_buf_add_format(out, ".%0*llu", TICK_DIGITS, (unsigned long long)fraction);
}
