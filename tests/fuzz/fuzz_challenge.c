/* Laws: challenges lie in the headers one behind the other and nothing is lost in a loop; each is found under its own
 * name, in any case; and what is told to people has no control characters. */
#include "wsman/challenge.h"

#include <ctype.h>
#include <stdlib.h>

enum { SIZE_MAX_FED = 4096, LISTED_MAX = 300 };

static void must(bool law)
{
    if (!law)
        abort();
}

static void is_found(struct icm_slice headers, struct wsman_challenge c)
{
    struct icm_buf name = {0}, rests = {0};

    for (size_t i = 0; i < c.scheme.size; i++)
        icm_buf_add_u8(&name, (uint8_t)toupper(c.scheme.data[i]));
    if (!memchr(c.scheme.data, 0, c.scheme.size)) {
        must(wsman_challenge_find(headers, icm_buf_text(&name), &rests));
        must(rests.size >= c.rest.size);
    }
    icm_buf_reset(&name);
    icm_buf_reset(&rests);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice headers = icm_slice_of(data, size), left = headers;
    struct wsman_challenge c;
    struct icm_buf list = {0};
    const uint8_t *at = data;

    if (size > SIZE_MAX_FED)
        return 0;
    while (wsman_challenge_next(&left, &c)) {
        must(c.scheme.size > 0 && c.scheme.data >= at);
        must(c.rest.size == 0 || c.rest.data >= c.scheme.data + c.scheme.size);
        must(left.data >= c.scheme.data + c.scheme.size && left.data + left.size == data + size);
        at = left.data;
        is_found(headers, c);
    }
    wsman_challenge_list(headers, &list);
    must(list.size <= LISTED_MAX);
    for (size_t i = 0; i < list.size; i++)
        must(list.data[i] >= ' ' && list.data[i] != 0x7F);
    icm_buf_reset(&list);
    return 0;
}
