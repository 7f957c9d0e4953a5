/* Laws of no_proxy: a list bypasses what its items bypass, in any order and case; and `*` bypasses everything. The input is a host, a
 * line end, and a list. */
#include "base/buf.h"
#include "wsman/proxy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_FED = 1024 };

static void must(bool law)
{
    if (!law)
        abort();
}

static bool bypasses(const char *host, const char *first, const char *between, const char *second)
{
    struct icm_buf list = {0};

    icm_buf_add_format(&list, "%s%s%s", first, between, second);
    bool is = wsman_proxy_is_bypassed(host, icm_buf_text(&list));
    icm_buf_reset(&list);
    return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char host[SIZE_MAX_FED + 1], upper[SIZE_MAX_FED + 1];

    if (size > SIZE_MAX_FED || memchr(data, 0, size))
        return 0;
    memcpy(host, data, size);
    host[size] = '\0';
    char *list = strchr(host, '\n');
    if (!list)
        return 0;
    *list++ = '\0';
    for (size_t i = 0; i <= size; i++)
        upper[i] = (char)toupper((unsigned char)host[i]);

    bool is = wsman_proxy_is_bypassed(host, list);
    must(wsman_proxy_is_bypassed(upper, list) == is);
    must(bypasses(host, list, ",", "*") && bypasses(host, "*", " ", list));
    char *comma = strchr(list, ',');
    if (!comma)
        return 0;
    *comma = '\0';
    must((wsman_proxy_is_bypassed(host, list) || wsman_proxy_is_bypassed(host, comma + 1)) == is);
    must(bypasses(host, comma + 1, ",", list) == is);
    return 0;
}
