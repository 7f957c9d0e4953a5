/* What a live System.Uri says of itself. RFC 3986, appendix B. */
#include "cli/format_live_private.h"

#include <arpa/inet.h>

struct uri {
    struct icm_slice scheme, authority, user, host, port, path, query, fragment; /* the last two with their sign in front */
};

/* up to the first of @ends, which stays */
static struct icm_slice take_until(struct icm_slice *text, const char *ends)
{
    size_t size = 0;

    while (size < text->size && (text->data[size] == '\0' || !strchr(ends, text->data[size])))
        size++;
    struct icm_slice part = icm_slice_of(text->data, size);
    *text = icm_slice_from(*text, size);
    return part;
}

/* where the port begins: behind the last colon that is in no [address] */
static const uint8_t *port_sign(struct icm_slice host)
{
    const uint8_t *colon = host.size > 0 ? memrchr(host.data, ':', host.size) : NULL;
    const uint8_t *bracket = host.size > 0 ? memrchr(host.data, ']', host.size) : NULL;

    return colon && (!bracket || colon > bracket) ? colon : NULL;
}

static void split_authority(struct uri *u)
{
    struct icm_slice host = u->authority;
    const uint8_t *at = host.size > 0 ? memrchr(host.data, '@', host.size) : NULL;

    if (at) {
        u->user = icm_slice_of(host.data, (size_t)(at - host.data));
        host = icm_slice_from(host, u->user.size + 1);
    }
    const uint8_t *colon = port_sign(host);
    u->host = icm_slice_of(host.data, colon ? (size_t)(colon - host.data) : host.size);
    u->port = colon ? icm_slice_from(host, u->host.size + 1) : icm_slice_text("");
}

static bool split(struct icm_slice text, struct uri *u)
{
    *u = (struct uri){.scheme = take_until(&text, ":/?#")};
    if (u->scheme.size == 0 || text.size < 3 || memcmp(text.data, "://", 3) != 0)
        return false;
    text = icm_slice_from(text, 3);
    u->authority = take_until(&text, "/?#");
    split_authority(u);
    u->path = take_until(&text, "?#");
    if (u->path.size == 0)
        u->path = icm_slice_text("/");
    u->query = take_until(&text, "#");
    u->fragment = text;
    return true;
}

static int64_t default_port(const struct uri *u)
{
    static const struct {
        const char *scheme;
        int64_t port;
    } rows[] = {{"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}, {"ldap", 389}};

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        if (icm_slice_equal_nocase(u->scheme, icm_slice_text(rows[i].scheme)))
            return rows[i].port;
    return -1;
}

static int64_t port_of(const struct uri *u)
{
    int64_t port;

    return icm_parse_i64(u->port, 0, 65535, &port) ? port : default_port(u);
}

static const char *host_kind(struct icm_slice host)
{
    struct in_addr address;
    char text[64] = "";

    if (host.size == 0)
        return "Basic";
    if (host.data[0] == '[')
        return "IPv6";
    memcpy(text, host.data, host.size < sizeof text - 1 ? host.size : sizeof text - 1);
    return inet_pton(AF_INET, text, &address) == 1 ? "IPv4" : "Dns";
}

static bool is_loopback(struct icm_slice host)
{
    return icm_slice_equal_nocase(host, icm_slice_text("localhost")) || icm_slice_is(host, "127.0.0.1") || icm_slice_is(host, "[::1]");
}

/* "/", "a/", "b" */
static void add_segments(struct cli_live *to, struct icm_slice path)
{
    struct psrp_value *list = psrp_value_array(to->a);

    while (path.size > 0) {
        const uint8_t *slash = memchr(path.data, '/', path.size);
        size_t size = slash ? (size_t)(slash - path.data) + 1 : path.size;

        if (!psrp_value_add_item(to->a, list, psrp_value_text(to->a, PSRP_STRING, icm_slice_of(path.data, size))))
            to->failed = true;
        path = icm_slice_from(path, size);
    }
    cli_live_property(to, "Segments", list);
}

static void add_absolute(struct cli_live *to, const struct uri *u)
{
    bool is_file = icm_slice_equal_nocase(u->scheme, icm_slice_text("file"));
    bool is_default = port_of(u) == default_port(u);
    struct icm_slice authority = is_default ? u->host : icm_slice_from(u->authority, u->user.size + (u->user.size > 0));
    struct icm_buf both = {0};

    icm_buf_add(&both, u->path);
    icm_buf_add(&both, u->query);
    cli_live_text(to, "AbsolutePath", u->path);
    cli_live_text(to, "AbsoluteUri", to->value->as.text);
    cli_live_text(to, "LocalPath", u->path);
    cli_live_text(to, "Authority", authority);
    cli_live_text(to, "HostNameType", icm_slice_text(host_kind(u->host)));
    cli_live_bool(to, "IsDefaultPort", is_default);
    cli_live_bool(to, "IsFile", is_file);
    cli_live_bool(to, "IsLoopback", is_loopback(u->host));
    cli_live_text(to, "PathAndQuery", icm_buf_slice(&both));
    add_segments(to, u->path);
    cli_live_bool(to, "IsUnc", is_file && u->host.size > 0);
    cli_live_text(to, "Host", u->host);
    cli_live_i32(to, "Port", port_of(u));
    cli_live_text(to, "Query", u->query);
    cli_live_text(to, "Fragment", u->fragment);
    cli_live_text(to, "Scheme", u->scheme);
    to->failed = to->failed || both.failed;
    icm_buf_reset(&both);
}

/* In the order of System.Uri's properties. A relative one refuses most of them, which makes empty values. */
void cli_live_uri(struct cli_live *to)
{
    static const char *const refused[] = {"AbsolutePath", "AbsoluteUri", "LocalPath", "Authority", "HostNameType", "IsDefaultPort",
                                          "IsFile", "IsLoopback", "PathAndQuery", "Segments", "IsUnc", "Host", "Port", "Query", "Fragment",
                                          "Scheme"};
    struct uri u;
    bool is_absolute = split(to->value->as.text, &u);

    if (is_absolute)
        add_absolute(to, &u);
    for (size_t i = 0; !is_absolute && i < ICM_COUNT(refused); i++)
        cli_live_property(to, refused[i], psrp_value_nil(to->a));
    cli_live_text(to, "OriginalString", to->value->as.text);
    cli_live_text(to, "DnsSafeHost", u.host);
    cli_live_text(to, "IdnHost", u.host);
    cli_live_bool(to, "IsAbsoluteUri", is_absolute);
    cli_live_bool(to, "UserEscaped", false);
    cli_live_text(to, "UserInfo", u.user);
}
