#include "cli/format_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIXED_TEXT = 400 /* characters of the largest double, its sign and decimals */, DECIMALS_MAX = 20, DOUBLE_DIGITS_MAX = 17, FLOAT_DIGITS_MAX = 9 };

static bool add_special(struct icm_buf *out, double value)
{
    if (isfinite(value))
        return false;
    icm_buf_add_text(out, isnan(value) ? "NaN" : value < 0 ? "-\xE2\x88\x9E" : "\xE2\x88\x9E");
    return true;
}

static size_t without_zeros(const char *digits, size_t count)
{
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* d.ddddE+xx where the point would be far away, as @shown of @digits need it */
static void add_layout(struct icm_buf *out, const char *digits, size_t shown, int exponent, int precision)
{
    if (exponent >= precision || exponent <= -5) {
        icm_buf_add(out, icm_slice_of(digits, 1));
        icm_buf_add_text(out, shown > 1 ? "." : "");
        icm_buf_add(out, icm_slice_of(digits + 1, shown - 1));
        icm_buf_add_format(out, "E%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0)
        icm_buf_add_format(out, "0.%.*s", -exponent - 1, "000");
    for (int i = 0; i < (int)shown || i <= exponent; i++) {
        icm_buf_add_u8(out, i < (int)shown ? (uint8_t)digits[i] : '0');
        if (i == exponent && (int)shown > exponent + 1)
            icm_buf_add_u8(out, '.');
    }
}

/* @digits of it, in a layout that has room for @precision */
static void add_digits(struct icm_buf *out, double value, int digits, int precision)
{
    char text[64], plain[32] = "";
    size_t count = 0;

    if (add_special(out, value))
        return;
    snprintf(text, sizeof text, "%.*e", digits - 1, fabs(value));
    for (const char *c = text; *c && *c != 'e'; c++)
        if (*c != '.')
            plain[count++] = *c;
    if (signbit(value))
        icm_buf_add_u8(out, '-');
    if (value == 0)
        icm_buf_add_u8(out, '0');
    else
        add_layout(out, plain, without_zeros(plain, count), atoi(strchr(text, 'e') + 1), precision);
}

void cli_number_add_general(struct icm_buf *out, double value, int digits)
{
    add_digits(out, value, digits, digits);
}

static bool comes_back(double value, int digits, bool is_float)
{
    char text[64];

    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    return is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

void cli_number_add_shortest(struct icm_buf *out, double value, bool is_float)
{
    const int precision = is_float ? FLOAT_DIGITS_MAX : DOUBLE_DIGITS_MAX;
    int digits = 1;

    while (digits < precision && !comes_back(value, digits, is_float))
        digits++;
    add_digits(out, value, digits, precision);
}

bool cli_number_of(const struct psrp_value *value, double *out)
{
    int64_t integer;

    if (psrp_value_integer(value, &integer))
        *out = (double)integer;
    else if (value && value->kind == PSRP_U64)
        *out = (double)value->as.u64;
    else if (value && (value->kind == PSRP_DOUBLE || value->kind == PSRP_FLOAT))
        *out = value->as.number;
    else
        return value && value->kind == PSRP_DECIMAL && icm_parse_double(value->as.text, out);
    return true;
}

static void add_groups(struct icm_buf *out, const char *text)
{
    size_t whole = strcspn(text, ".");

    for (size_t i = 0; text[i]; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            icm_buf_add_u8(out, ',');
        icm_buf_add_u8(out, (uint8_t)text[i]);
    }
}

void cli_number_add_grouped(struct icm_buf *out, double value, int decimals)
{
    char text[FIXED_TEXT];

    if (add_special(out, value))
        return;
    snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    if (value < 0 && strspn(text, "0.") < strlen(text))
        icm_buf_add_u8(out, '-');
    add_groups(out, text);
}

/* one more in the last place; @digits has room for one digit in front, which is '0' */
static void count_up(char *digits, size_t size)
{
    while (size-- > 0)
        if (digits[size] == '9')
            digits[size] = '0';
        else if (digits[size] != '.') {
            digits[size]++;
            return;
        }
}

/* Half goes away from zero, and the scale may be any. */
static void add_decimal(struct icm_buf *out, struct icm_slice text, int decimals)
{
    bool is_negative = text.size > 0 && text.data[0] == '-';
    char digits[128] = "0";
    size_t size = 1, wanted = 0, point = SIZE_MAX;

    text = icm_slice_from(text, is_negative);
    for (size_t i = 0; i < text.size && size + (size_t)decimals + 2 < sizeof digits; i++) {
        point = text.data[i] == '.' ? size : point;
        digits[size++] = (char)text.data[i];
    }
    if (point == SIZE_MAX) {
        point = size;
        digits[size++] = '.';
    }
    while (size < point + 2 + (size_t)decimals)
        digits[size++] = '0';
    wanted = point + 1 + (size_t)decimals;
    if (digits[wanted] >= '5')
        count_up(digits, wanted);
    digits[wanted] = '\0';
    if (is_negative && strspn(digits, "0.") < strlen(digits))
        icm_buf_add_u8(out, '-');
    icm_buf_add_text(out, digits + (digits[0] == '0'));
}

void cli_number_add_fixed(struct icm_buf *out, const struct psrp_value *value, int decimals)
{
    if (value->kind == PSRP_DECIMAL)
        add_decimal(out, value->as.text, decimals);
    else if (!add_special(out, value->as.number)) {
        icm_buf_add_format(out, "%.*f", decimals, value->as.number);
    }
}
