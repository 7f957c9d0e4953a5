/* xs:duration, as far as time-outs need it. XML Schema part 2, 3.2.6. */
#include "wsman/message.h"

/* in the order in which they may come; a year and a month are as long as people mean when they write one in a time-out
 */
static const struct {
    char letter;
    bool is_time;
    int64_t ms;
} units[] = {
    {'Y', false, 365LL * 86400000}, {'M', false, 30LL * 86400000}, {'D', false, 86400000},
    {'H', true, 3600000},           {'M', true, 60000},            {'S', true, 1000},
};

static bool is_digit(struct icm_slice text)
{
    return text.size > 0 && text.data[0] >= '0' && text.data[0] <= '9';
}

/* digits off the front; what is too long to count is as long as can be */
static int64_t take_number(struct icm_slice *text)
{
    int64_t value = 0;

    for (; is_digit(*text); *text = icm_slice_from(*text, 1))
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text->data[0] - '0', &value))
            value = INT64_MAX / 10;
    return value;
}

/* ".25" as milliseconds, which it is cut to */
static int64_t take_fraction(struct icm_slice *text)
{
    int64_t ms = 0;

    *text = icm_slice_from(*text, 1);
    for (int64_t weight = 100; is_digit(*text); weight /= 10, *text = icm_slice_from(*text, 1))
        ms += (text->data[0] - '0') * weight;
    return ms;
}

static void add(int64_t *total, int64_t count, int64_t unit_ms)
{
    int64_t ms;

    if (__builtin_mul_overflow(count, unit_ms, &ms) || __builtin_add_overflow(*total, ms, total))
        *total = INT64_MAX;
}

static size_t find_unit(size_t from, char letter, bool is_time)
{
    while (from < ICM_COUNT(units) && (units[from].letter != letter || units[from].is_time != is_time))
        from++;
    return from;
}

/* one number and its letter; @next is the first unit that may still come */
static bool take_part(struct icm_slice *text, bool is_time, size_t *next, int64_t *total)
{
    if (!is_digit(*text))
        return false;
    int64_t count = take_number(text);
    bool has_fraction = text->size > 1 && text->data[0] == '.' && is_digit(icm_slice_from(*text, 1));
    int64_t fraction = has_fraction ? take_fraction(text) : 0;
    size_t unit = text->size > 0 ? find_unit(*next, (char)text->data[0], is_time) : ICM_COUNT(units);

    if (unit == ICM_COUNT(units) || (has_fraction && units[unit].letter != 'S'))
        return false;
    *text = icm_slice_from(*text, 1);
    *next = unit + 1;
    add(total, count, units[unit].ms);
    add(total, fraction, 1);
    return true;
}

bool wsman_duration_read(struct icm_slice text, int64_t *ms_out)
{
    bool is_time = false;
    size_t next = 0;
    int64_t total = 0;

    text = icm_slice_trim(text);
    if (text.size < 3 || text.data[0] != 'P')
        return false;
    text = icm_slice_from(text, 1);
    while (text.size > 0) {
        if (!is_time && text.data[0] == 'T') {
            is_time = true;
            text = icm_slice_from(text, 1);
        }
        if (!take_part(&text, is_time, &next, &total))
            return false;
    }
    *ms_out = total;
    return true;
}
