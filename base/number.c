/* Numbers to text and back, whatever the locale is. */
#include "base/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* the C locale for strtod and printf: a decimal comma must never reach the wire */
static locale_t c_locale(void)
{
    static _Thread_local locale_t locale;

    if (!locale)
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return locale;
}

/* 19 digits always fit: most numbers need no look at the bound for each of theirs */
enum { DIGITS_THAT_FIT = 19 };

bool icm_parse_u64(struct icm_slice text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';

        if (digit > 9 || (i >= DIGITS_THAT_FIT && value > (UINT64_MAX - digit) / 10))
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

bool icm_parse_i64(struct icm_slice text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    uint64_t size;

    if (negative)
        text = icm_slice_from(text, 1);
    if (!icm_parse_u64(text, (uint64_t)INT64_MAX + (negative ? 1 : 0), &size))
        return false;
    int64_t value = negative ? (int64_t)(0 - size) : (int64_t)size;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

static bool is_number_text(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!strchr("0123456789+-.eE", text.data[i]) || text.data[i] == '\0')
            return false;
    return text.size > 0;
}

/* A few digits, a point or none, no exponent: a whole number below 2^53 and a power of ten up to 10^22 are doubles
 * without an error, and so their quotient is the nearest one to the text. */
static bool parse_short_double(struct icm_slice text, double *out)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool negative = text.size > 0 && text.data[0] == '-';
    size_t point = SIZE_MAX, digits = 0;
    int64_t whole = 0;

    for (size_t i = negative; i < text.size; i++) {
        const unsigned digit = (unsigned)text.data[i] - '0';

        if (digit > 9 && (text.data[i] != '.' || point != SIZE_MAX))
            return false;
        if (digit > 9)
            point = digits;
        else if (++digits > ICM_COUNT(powers) - 1)
            return false;
        else
            whole = whole * 10 + digit;
    }
    if (digits == 0)
        return false;
    *out = (double)whole / powers[point == SIZE_MAX ? 0 : digits - point];
    if (negative)
        *out = -*out;
    return true;
}

bool icm_parse_double(struct icm_slice text, double *out)
{
    static const struct {
        const char *text;
        double value;
    } specials[] = {{"NaN", NAN}, {"INF", INFINITY}, {"-INF", -INFINITY}};
    char copy[512]; /* 1.8e308 written out has 309 digits; what is longer is no number that a peer writes */

    if (parse_short_double(text, out))
        return true;
    for (size_t i = 0; i < ICM_COUNT(specials); i++)
        if (icm_slice_is(text, specials[i].text)) {
            *out = specials[i].value;
            return true;
        }
    if (!is_number_text(text) || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';

    char *end;
    locale_t before = uselocale(c_locale());
    double value = strtod(copy, &end);
    uselocale(before);
    if (*end != '\0')
        return false;
    *out = value;
    return true;
}

/* the digits of d.ddde±x and its exponent, at the least precision that reads back: one up to which all digits do shows
 * fewer as they are, with zeros behind them */
static int shortest_digits(double value, bool is_float, char *digits, size_t *count)
{
    bool is_normal = value >= (is_float ? (double)FLT_MIN : DBL_MIN);
    char text[40];
    int exponent = 0;

    for (int precision = !is_normal ? 1 : is_float ? FLT_DIG : DBL_DIG; precision <= (is_float ? 9 : 17); precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, value);
        if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
    *count = 0;
    char *at = text;
    for (; *at && *at != 'e'; at++)
        if (*at != '.')
            digits[(*count)++] = *at;
    if (*at == 'e')
        exponent = atoi(at + 1);
    while (*count > 1 && digits[*count - 1] == '0')
        (*count)--;
    return exponent;
}

/* Most numbers that people have are a whole one under 10 to the 15th over a power of ten. Their quotient is rounded as
 * their digits would be read, and no other digits that are as few are read as the same: they are the shortest. */
static bool few_digits(double value, char *digits, size_t *count, int *exponent)
{
    static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    static const double whole_max = 1e15;

    for (size_t places = 0; places < ICM_COUNT(tens) && value * tens[places] < whole_max - 1; places++) {
        uint64_t whole = (uint64_t)(value * tens[places] + 0.5);

        if (whole == 0 || (double)whole / tens[places] != value)
            continue;
        size_t size = 1;
        for (uint64_t rest = whole; rest >= 10; rest /= 10)
            size++;
        *exponent = (int)size - 1 - (int)places;
        for (; whole % 10 == 0; whole /= 10)
            size--;
        *count = size;
        for (; size > 0; whole /= 10)
            digits[--size] = (char)('0' + whole % 10);
        return true;
    }
    return false;
}

static int any_digits(double value, bool is_float, char *digits, size_t *count)
{
    int exponent;

    if (!is_float && few_digits(value, digits, count, &exponent))
        return exponent;
    locale_t before = uselocale(c_locale());
    exponent = shortest_digits(value, is_float, digits, count);
    uselocale(before);
    return exponent;
}

/* plain digits up to @plain_max places in front of the point and three zeros behind it, else d.dddE+xx: .NET switches
 * where the digits of a type's round trip end (17 and 9), so that 1e16 is written out and 1E+17 is not */
static void format_shortest(double value, bool is_float, int plain_max, char *out)
{
    char digits[40] = "";
    size_t count;

    if (isnan(value) || isinf(value)) {
        strcpy(out, isnan(value) ? "NaN" : value < 0 ? "-INF" : "INF");
        return;
    }
    if (signbit(value))
        *out++ = '-';
    if (value == 0) {
        strcpy(out, "0");
        return;
    }
    int exponent = any_digits(fabs(value), is_float, digits, &count);
    if (exponent < -4 || exponent >= plain_max) {
        out += sprintf(out, "%c", digits[0]);
        if (count > 1)
            out += sprintf(out, ".%.*s", (int)count - 1, digits + 1);
        sprintf(out, "E%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        sprintf(out, "0.%.*s%.*s", -exponent - 1, "0000", (int)count, digits);
        return;
    }
    for (int i = 0; i < (int)count || i <= exponent; i++) {
        if (i == exponent + 1)
            *out++ = '.';
        *out++ = i < (int)count ? digits[i] : '0';
    }
    *out = '\0';
}

void icm_format_double(double value, char *out)
{
    format_shortest(value, false, 17, out);
}

void icm_format_float(float value, char *out)
{
    format_shortest((double)value, true, 9, out);
}
