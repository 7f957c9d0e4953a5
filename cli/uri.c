#include "cli/uri.h"

#include "cli/computers.h"
#include "cli/literal.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

static bool take(struct icm_slice *text, const char *start)
{
    size_t size = strlen(start);

    if (text->size < size || !icm_slice_equal_nocase(icm_slice_of(text->data, size), icm_slice_text(start)))
        return false;
    *text = icm_slice_from(*text, size);
    return true;
}

/* visible ASCII that a URL may hold; a fragment is never sent, so that one here is a mistake */
static bool is_url_text(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7F || strchr("\"#<>\\^`{|}", text.data[i]))
            return false;
    return true;
}

/* What stands between brackets. A zone's % is written %25 there, and by many people as it is: then it is taken so. RFC 6874 2, 3 */
static void split_zone(struct icm_slice inside, struct cli_uri *out)
{
    const uint8_t *zone = memchr(inside.data, '%', inside.size);
    size_t size = zone ? (size_t)(zone - inside.data) : inside.size;
    bool is_escaped = inside.size > size + 3 && memcmp(zone, "%25", 3) == 0;

    out->host = icm_slice_of(inside.data, size);
    out->zone = zone ? icm_slice_from(inside, size + (is_escaped ? 3 : 1)) : icm_slice_of(NULL, 0);
}

/* HOST, HOST:PORT, [IPV6], [IPV6]:PORT */
static bool read_authority(struct icm_slice authority, struct cli_uri *out)
{
    bool has_brackets = authority.size > 0 && authority.data[0] == '[';
    const uint8_t *end = authority.size > 0 ? memchr(authority.data, has_brackets ? ']' : ':', authority.size) : NULL;
    size_t size = end ? (size_t)(end - authority.data) + (has_brackets ? 1 : 0) : authority.size;
    int64_t port;

    if (has_brackets && !end)
        return false;
    out->host = icm_slice_of(authority.data, size);
    struct icm_slice rest = icm_slice_from(authority, size);
    if (!cli_computer_name_is_valid(out->host))
        return false;
    if (has_brackets)
        split_zone(icm_slice_of(out->host.data + 1, out->host.size - 2), out);
    if (rest.size == 0)
        return true;
    if (rest.data[0] != ':' || !icm_parse_i64(icm_slice_from(rest, 1), 1, 65535, &port))
        return false;
    out->port = (uint32_t)port;
    return true;
}

bool cli_uri_read(struct icm_slice text, struct cli_uri *out)
{
    struct cli_uri u = {.is_https = take(&text, "https://")};
    size_t size = 0;

    if (!u.is_https && !take(&text, "http://"))
        return false;
    u.port = u.is_https ? PORT_HTTPS : PORT_HTTP;
    while (size < text.size && text.data[size] != '/' && text.data[size] != '?')
        size++;
    u.rest = icm_slice_from(text, size);
    if (icm_slice_is(u.rest, "/"))
        u.rest = (struct icm_slice){0};
    if (text.size > CLI_URI_MAX || !is_url_text(u.rest) || !read_authority(icm_slice_of(text.data, size), &u))
        return false;
    *out = u;
    return true;
}

void cli_uri_write_computer(const struct cli_uri *u, struct icm_buf *out)
{
    icm_buf_add(out, u->host);
    if (u->zone.size > 0)
        icm_buf_add_u8(out, '%');
    icm_buf_add(out, u->zone);
}

void cli_uri_write(const struct cli_uri *u, struct icm_buf *out)
{
    struct icm_buf host = {0};

    cli_uri_write_computer(u, &host);
    icm_buf_add_text(out, u->is_https ? "https://" : "http://");
    cli_computer_write_host(icm_buf_text(&host), out);
    icm_buf_add_format(out, ":%u", u->port);
    if (u->rest.size == 0)
        icm_buf_add_text(out, "/wsman");
    else if (u->rest.data[0] == '?')
        icm_buf_add_u8(out, '/');
    icm_buf_add(out, u->rest);
    out->failed = out->failed || host.failed;
    icm_buf_reset(&host);
}

enum icm_code cli_uris_read(struct cli_options *o, const char *name, struct icm_slice value, struct icm_error *err)
{
    struct psrp_value *list;
    struct cli_uri uri;
    enum icm_code code = cli_literal_read_texts(o->arena, value, &list, err);

    if (code == ICM_OK && !list->as.list->first)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is an empty list", name);
    for (const struct psrp_item *i = code == ICM_OK ? list->as.list->first : NULL; i && code == ICM_OK; i = i->next) {
        struct icm_slice text = psrp_value_text_of(i->value);

        if (!cli_uri_read(text, &uri))
            code = icm_fail(err, ICM_USAGE, NULL, "-%s takes addresses as https://HOST:PORT/PATH, not '%.*s'", name,
                            (int)(text.size < 80 ? text.size : 80), (const char *)text.data);
        else if (o->uris.count >= CLI_COMPUTERS_MAX)
            code = icm_fail(err, ICM_USAGE, NULL, "more than %d addresses", CLI_COMPUTERS_MAX);
        else if (!cli_names_add(o->arena, &o->uris, text))
            code = icm_nomem(err);
    }
    return code;
}
