#include "cli/format_units.h"

static size_t take(struct icm_slice *text)
{
    int32_t c = icm_utf8_next(text);

    if (c < 0)
        *text = icm_slice_from(*text, 1);
    return c > 0xFFFF ? 2 : 1;
}

size_t cli_units(struct icm_slice text)
{
    size_t count = 0;

    while (text.size > 0)
        count += take(&text);
    return count;
}

struct icm_slice cli_units_first(struct icm_slice text, size_t count)
{
    struct icm_slice rest = text;
    size_t used = 0;

    while (rest.size > 0) {
        struct icm_slice before = rest;

        used += take(&rest);
        if (used > count)
            return icm_slice_of(text.data, (size_t)(before.data - text.data));
    }
    return text;
}

struct icm_slice cli_units_from(struct icm_slice text, size_t count)
{
    return icm_slice_from(text, cli_units_first(text, count).size);
}
