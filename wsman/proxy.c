/* no_proxy. There is no standard; this is what curl and .NET agree on. */
#include "wsman/proxy.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESS_BYTES = 16 };

struct address {
    int family;
    uint8_t bytes[ADDRESS_BYTES];
    unsigned bits; /* of the whole address */
};

/* without its brackets, and a zone, which belongs to this machine alone */
static bool read_address(struct icm_slice text, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.size > 1 && text.data[0] == '[' && text.data[text.size - 1] == ']')
        text = icm_slice_of(text.data + 1, text.size - 2);
    const uint8_t *zone = text.size > 0 ? memchr(text.data, '%', text.size) : NULL;
    if (zone)
        text.size = (size_t)(zone - text.data);
    if (text.size == 0 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    out->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    out->bits = out->family == AF_INET6 ? 128 : 32;
    return inet_pton(out->family, copy, out->bytes) == 1;
}

static bool is_in_block(const struct address *a, const struct address *block, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (a->family != block->family || memcmp(a->bytes, block->bytes, whole) != 0)
        return false;
    return rest == 0 || ((a->bytes[whole] ^ block->bytes[whole]) & (0xFF00 >> rest) & 0xFF) == 0;
}

static bool matches_address(const struct address *host, struct icm_slice item)
{
    const uint8_t *slash = memchr(item.data, '/', item.size);
    size_t size = slash ? (size_t)(slash - item.data) : item.size;
    struct address block;
    uint64_t bits;

    if (!read_address(icm_slice_of(item.data, size), &block))
        return false;
    bits = block.bits;
    if (slash && !icm_parse_u64(icm_slice_from(item, size + 1), block.bits, &bits))
        return false;
    return is_in_block(host, &block, (unsigned)bits);
}

/* "example.org", ".example.org" and "*.example.org" are it and all below it */
static bool matches_name(struct icm_slice host, struct icm_slice item)
{
    if (item.size > 1 && item.data[0] == '*' && item.data[1] == '.')
        item = icm_slice_from(item, 1);
    if (item.data[0] == '.')
        item = icm_slice_from(item, 1);
    if (item.size == 0 || item.size > host.size)
        return false;
    struct icm_slice end = icm_slice_from(host, host.size - item.size);
    return icm_slice_equal_nocase(end, item) && (end.size == host.size || end.data[-1] == '.');
}

static struct icm_slice next_item(struct icm_slice *list)
{
    size_t start = 0;

    while (start < list->size && strchr(", \t", list->data[start]))
        start++;
    size_t end = start;
    while (end < list->size && !strchr(", \t", list->data[end]))
        end++;
    struct icm_slice item = icm_slice_of(list->data + start, end - start);
    *list = icm_slice_from(*list, end);
    return item;
}

bool wsman_proxy_is_bypassed(const char *host, const char *list)
{
    struct icm_slice name = icm_slice_text(host), rest = icm_slice_text(list ? list : ""), item;
    struct address address;
    bool is_address = read_address(name, &address);

    while ((item = next_item(&rest)).size > 0)
        if (icm_slice_is(item, "*") || (is_address ? matches_address(&address, item) : matches_name(name, item)))
            return true;
    return false;
}
