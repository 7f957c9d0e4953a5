/* What the texts of those types must look like whose values stay texts. */
#include "psrp/clixml_types.h"

#include <limits.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool take(struct icm_slice *text, char c)
{
    if (text->size == 0 || text->data[0] != (uint8_t)c)
        return false;
    *text = icm_slice_from(*text, 1);
    return true;
}

static struct icm_slice take_digits(struct icm_slice *text)
{
    struct icm_slice digits = icm_slice_of(text->data, 0);

    while (digits.size < text->size && is_digit(text->data[digits.size]))
        digits.size++;
    *text = icm_slice_from(*text, digits.size);
    return digits;
}

/* exactly @width digits that say a number from @min to @max */
static bool take_field(struct icm_slice *text, size_t width, uint64_t min, uint64_t max, uint64_t *out)
{
    struct icm_slice digits = take_digits(text);

    return digits.size == width && icm_parse_u64(digits, max, out) && *out >= min;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month];
}

/* The two digits at @at as a number; more than 99 where they are none. */
static unsigned pair(const uint8_t *at)
{
    unsigned tens = (unsigned)at[0] - '0', ones = (unsigned)at[1] - '0';

    return tens <= 9 && ones <= 9 ? tens * 10 + ones : UINT_MAX;
}

/* 2026-11-24T03:41:52 */
static bool take_seconds(struct icm_slice *text)
{
    const uint8_t *c = text->data;

    if (text->size < 19 || c[4] != '-' || c[7] != '-' || c[10] != 'T' || c[13] != ':' || c[16] != ':')
        return false;
    const unsigned century = pair(c), year = pair(c + 2), month = pair(c + 5), day = pair(c + 8);
    if (century > 99 || year > 99 || century + year == 0 || month - 1 > 11 || day == 0 ||
        day > days_of_month(century * 100 + year, month) || pair(c + 11) > 23 || pair(c + 14) > 59 || pair(c + 17) > 59)
        return false;
    *text = icm_slice_from(*text, 19);
    return true;
}

/* .1234567, or nothing */
static bool take_fraction(struct icm_slice *text)
{
    if (!take(text, '.'))
        return true;
    size_t digits = take_digits(text).size;
    return digits >= 1 && digits <= 7; /* a tick is 100 ns */
}

static bool is_zone(struct icm_slice text)
{
    uint64_t hours, minutes;

    if (text.size == 0 || icm_slice_is(text, "Z"))
        return true;
    if (!take(&text, '+') && !take(&text, '-'))
        return false;
    return take_field(&text, 2, 0, 14, &hours) && take(&text, ':') &&
           take_field(&text, 2, 0, hours == 14 ? 0 : 59, &minutes) && text.size == 0;
}

bool psrp_clixml_is_datetime(struct icm_slice text)
{
    return take_seconds(&text) && take_fraction(&text) && is_zone(text);
}

/* the first seven digits behind the point, in ticks of 100 ns */
static uint64_t ticks_of_fraction(struct icm_slice digits)
{
    uint64_t ticks = 0;

    for (size_t i = 0; i < 7; i++)
        ticks = ticks * 10 + (i < digits.size ? (uint64_t)digits.data[i] - '0' : 0);
    return ticks;
}

#define TICKS_OF_SECOND UINT64_C(10000000)

/* xs:duration's fields in their order; the months and years of it have no length that all agree on, and no peer sends
 * them */
static const struct {
    char unit;
    bool of_time; /* behind the T */
    uint64_t ticks;
} fields[] = {
    {'D', false, 86400 * TICKS_OF_SECOND},
    {'H', true, 3600 * TICKS_OF_SECOND},
    {'M', true, 60 * TICKS_OF_SECOND},
    {'S', true, TICKS_OF_SECOND},
};

/* One number and its unit, which must be one behind row *@next. */
static bool take_duration_field(struct icm_slice *text, bool of_time, size_t *next, uint64_t *total)
{
    struct icm_slice digits = take_digits(text);
    uint64_t count, ticks, fraction = 0;
    bool has_point = take(text, '.');

    if (has_point) {
        struct icm_slice behind = take_digits(text);
        if (behind.size == 0)
            return false;
        fraction = ticks_of_fraction(behind);
    }
    while (*next < ICM_COUNT(fields) && !(fields[*next].of_time == of_time && take(text, fields[*next].unit)))
        ++*next;
    if (*next == ICM_COUNT(fields) || (has_point && fields[*next].unit != 'S') ||
        !icm_parse_u64(digits, UINT64_MAX, &count))
        return false;
    return !__builtin_mul_overflow(count, fields[(*next)++].ticks, &ticks) &&
           !__builtin_add_overflow(ticks, fraction, &ticks) && !__builtin_add_overflow(*total, ticks, total);
}

bool psrp_clixml_is_timespan(struct icm_slice text)
{
    bool negative = take(&text, '-');
    bool of_time = false;
    uint64_t total = 0;
    size_t next = 0;

    if (!take(&text, 'P') || text.size == 0)
        return false;
    while (text.size > 0) {
        if (!of_time && take(&text, 'T'))
            of_time = true;
        if (!take_duration_field(&text, of_time, &next, &total))
            return false;
    }
    return total <= (uint64_t)INT64_MAX + (negative ? 1 : 0); /* a TimeSpan is 64 bits of ticks */
}

/* System.Decimal: 96 bits, and up to 28 digits behind the point */
bool psrp_clixml_is_decimal(struct icm_slice text)
{
    static const char largest[] = "79228162514264337593543950335";
    const size_t largest_size = sizeof largest - 1;

    take(&text, '-');
    struct icm_slice whole = take_digits(&text);
    if (whole.size == 0)
        return false;
    while (whole.size > 1 && whole.data[0] == '0')
        whole = icm_slice_from(whole, 1);
    if (whole.size > largest_size || (whole.size == largest_size && memcmp(whole.data, largest, largest_size) > 0))
        return false;
    if (take(&text, '.')) {
        size_t digits = take_digits(&text).size;
        if (digits < 1 || digits > 28)
            return false;
    }
    return text.size == 0;
}

bool psrp_clixml_is_guid(struct icm_slice text)
{
    struct icm_guid guid;

    return icm_guid_parse(text, &guid);
}

bool psrp_clixml_is_version(struct icm_slice text)
{
    size_t parts = 0;

    do {
        uint64_t part;
        if (!icm_parse_u64(take_digits(&text), INT32_MAX, &part))
            return false;
        parts++;
    } while (take(&text, '.'));
    return text.size == 0 && parts >= 2 && parts <= 4;
}
