#include "cli/literal.h"

#include <ctype.h>
#include <stdio.h>

/* What a suffix makes of an integer: the kind and its range. @u64_max is for the unsigned kinds. */
struct suffix {
    const char *text;
    enum psrp_kind kind;
    int64_t min, max;
    uint64_t u64_max;
};
static const struct suffix suffixes[] = {
    {"uy", PSRP_U8, 0, 0, UINT8_MAX},
    {"us", PSRP_U16, 0, 0, UINT16_MAX},
    {"ul", PSRP_U64, 0, 0, UINT64_MAX},
    {"y", PSRP_I8, INT8_MIN, INT8_MAX, 0},
    {"s", PSRP_I16, INT16_MIN, INT16_MAX, 0},
    {"l", PSRP_I64, INT64_MIN, INT64_MAX, 0},
    {"u", PSRP_U32, 0, 0, UINT32_MAX}, /* Int64's unsigned twin past that: see whole_unsigned */
    {"d", PSRP_DECIMAL, 0, 0, 0},
};

static const struct {
    const char *text;
    uint64_t factor;
} multipliers[] = {
    {"kb", 1ULL << 10}, {"mb", 1ULL << 20}, {"gb", 1ULL << 30}, {"tb", 1ULL << 40}, {"pb", 1ULL << 50},
};

enum { DECIMAL_DIGITS = 28 /* any number of so many digits fits System.Decimal */ };

/* A number taken apart. */
struct parts {
    bool negative, is_real;
    unsigned base;
    struct icm_slice digits; /* with point and exponent where it is real */
    const struct suffix *suffix;
    uint64_t factor;
};

static bool take_end(struct icm_slice *text, const char *end)
{
    size_t size = strlen(end);

    if (text->size <= size ||
        !icm_slice_equal_nocase(icm_slice_from(*text, text->size - size), icm_slice_text(end)))
        return false;
    text->size -= size;
    return true;
}

static void take_multiplier_and_suffix(struct icm_slice *text, struct parts *out)
{
    for (size_t i = 0; i < ICM_COUNT(multipliers); i++)
        if (take_end(text, multipliers[i].text)) {
            out->factor = multipliers[i].factor;
            break;
        }
    for (size_t i = 0; i < ICM_COUNT(suffixes); i++)
        if (!(out->base == 16 && suffixes[i].kind == PSRP_DECIMAL) && take_end(text, suffixes[i].text)) {
            out->suffix = &suffixes[i];
            break;
        }
}

static size_t count_digits(struct icm_slice text, size_t from)
{
    size_t at = from;

    while (at < text.size && isdigit(text.data[at]))
        at++;
    return at - from;
}

/* digits, a point and digits, an exponent: a digit stands somewhere in front of the exponent */
static bool is_decimal_form(struct icm_slice text, bool *is_real)
{
    size_t whole = count_digits(text, 0), at = whole, part = 0;

    *is_real = false;
    if (at < text.size && text.data[at] == '.') {
        *is_real = true;
        part = count_digits(text, at + 1);
        at += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        *is_real = true;
        at += at + 1 < text.size && strchr("+-", text.data[at + 1]) ? 2 : 1;
        size_t exponent = count_digits(text, at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return at == text.size;
}

static int digit_value(uint8_t c)
{
    if (isdigit(c))
        return c - '0';
    return isxdigit(c) ? (c | 0x20) - 'a' + 10 : 99;
}

static bool is_digits_of(struct icm_slice text, unsigned base)
{
    for (size_t i = 0; i < text.size; i++)
        if (digit_value(text.data[i]) >= (int)base)
            return false;
    return text.size > 0;
}

static bool take_apart(struct icm_slice text, struct parts *out)
{
    *out = (struct parts){.base = 10, .factor = 1};
    if (memchr(text.data ? (const void *)text.data : "", '\0', text.size)) /* strchr below would find its own end */
        return false;
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        out->negative = text.data[0] == '-';
        text = icm_slice_from(text, 1);
    }
    if (text.size > 2 && text.data[0] == '0' && strchr("xXbB", text.data[1])) {
        out->base = (text.data[1] | 0x20) == 'x' ? 16 : 2;
        text = icm_slice_from(text, 2);
    }
    take_multiplier_and_suffix(&text, out);
    out->digits = text;
    return out->base == 10 ? is_decimal_form(text, &out->is_real) : is_digits_of(text, out->base);
}

/* The digits as a whole number times its factor; false: over 64 bits. */
static bool whole_number(const struct parts *p, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < p->digits.size; i++)
        if (__builtin_mul_overflow(value, p->base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit_value(p->digits.data[i]), &value))
            return false;
    return !__builtin_mul_overflow(value, p->factor, out);
}

/* Hexadecimal and binary numbers without a suffix are the bits of an Int32 or Int64: 0xFFFFFFFF is -1. */
static int64_t from_bits(const struct parts *p, uint64_t bits)
{
    unsigned per_digit = p->base == 16 ? 4 : 1;

    if (p->base == 10 || p->suffix || p->factor != 1 || p->digits.size * per_digit > 32)
        return (int64_t)bits;
    return (int32_t)(uint32_t)bits;
}

static struct psrp_value *make_decimal(struct icm_arena *a, const struct parts *p)
{
    struct icm_buf text = {0};
    struct icm_slice digits = p->digits;

    if (digits.data[digits.size - 1] == '.')
        digits.size--;
    icm_buf_add_text(&text, p->negative ? "-" : "");
    icm_buf_add_text(&text, digits.data[0] == '.' ? "0" : "");
    icm_buf_add(&text, digits);
    struct psrp_value *v = text.failed ? NULL : psrp_value_text(a, PSRP_DECIMAL, icm_buf_slice(&text));
    icm_buf_reset(&text);
    return v;
}

static struct psrp_value *make_double(struct icm_arena *a, const struct parts *p)
{
    double number = 0;

    icm_parse_double(p->digits, &number); /* its form was checked; too large is infinite, as in PowerShell */
    number *= (double)p->factor;
    return psrp_value_double(a, p->negative ? -number : number);
}

static struct psrp_value *make_unsigned(struct icm_arena *a, const struct suffix *suffix, uint64_t value)
{
    bool is_long = suffix->kind == PSRP_U32 && value > UINT32_MAX;
    struct psrp_value *v = psrp_value_new(a, is_long ? PSRP_U64 : suffix->kind);

    if (v)
        v->as.u64 = value;
    return v;
}

static struct psrp_value *make_signed(struct icm_arena *a, enum psrp_kind kind, int64_t value)
{
    struct psrp_value *v = psrp_value_new(a, kind);

    if (v)
        v->as.i64 = value;
    return v;
}

static bool fits(const struct parts *p, uint64_t size, int64_t *value)
{
    if (p->base != 10) {
        *value = from_bits(p, size);
        *value = p->negative ? (int64_t)(0 - (uint64_t)*value) : *value;
        return true;
    }
    if (size > (uint64_t)INT64_MAX + (p->negative ? 1 : 0))
        return false;
    *value = p->negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

/* A whole number without a suffix: the first of Int32, Int64, Decimal, Double that holds it. */
static struct psrp_value *make_smallest(struct icm_arena *a, const struct parts *p)
{
    uint64_t size;
    int64_t value;

    if (whole_number(p, &size) && fits(p, size, &value))
        return make_signed(a, value >= INT32_MIN && value <= INT32_MAX ? PSRP_I32 : PSRP_I64, value);
    return p->factor == 1 && p->digits.size <= DECIMAL_DIGITS ? make_decimal(a, p) : make_double(a, p);
}

/* Whether the suffix' type holds the number; one that it does not hold is no number to PowerShell. */
static bool make_suffixed(struct icm_arena *a, const struct parts *p, struct psrp_value **out)
{
    const struct suffix *s = p->suffix;
    uint64_t size;
    int64_t value;

    if (!whole_number(p, &size))
        return false;
    if (s->u64_max) {
        if (p->negative || (size > s->u64_max && s->kind != PSRP_U32))
            return false;
        *out = make_unsigned(a, s, size);
        return true;
    }
    if (!fits(p, size, &value) || value < s->min || value > s->max)
        return false;
    *out = make_signed(a, s->kind, value);
    return true;
}

static bool make_number(struct icm_arena *a, const struct parts *p, struct psrp_value **out)
{
    if (p->base != 10 && p->digits.size > (p->base == 16 ? 16 : 64))
        return false;
    if (p->suffix && p->suffix->kind == PSRP_DECIMAL) {
        if (p->factor != 1 || p->digits.size > DECIMAL_DIGITS || memchr(p->digits.data, 'e', p->digits.size) ||
            memchr(p->digits.data, 'E', p->digits.size))
            return false;
        *out = make_decimal(a, p);
        return true;
    }
    if (p->suffix)
        return !p->is_real && make_suffixed(a, p, out);
    *out = p->is_real ? make_double(a, p) : make_smallest(a, p);
    return true;
}

enum icm_code cli_literal_read_number(struct icm_arena *a, struct icm_slice text, struct psrp_value **out,
                                      struct icm_error *err)
{
    struct parts parts;
    struct psrp_value *v = NULL;

    if (!take_apart(text, &parts) || !make_number(a, &parts, &v))
        return ICM_AGAIN;
    if (!v)
        return icm_nomem(err);
    *out = v;
    return ICM_OK;
}
