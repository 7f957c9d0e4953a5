#include "cli/proxy.h"

#include <stdlib.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static const char *first_of(const char *const *names)
{
    const char *value = NULL;

    for (; *names && !value; names++)
        value = variable(*names);
    return value;
}

/* Of a program that a web server runs HTTP_PROXY is the request header Proxy: anybody could name a proxy (httpoxy,
 * CVE-2016-5385). */
static const char *http_proxy(void)
{
    const char *value = variable("http_proxy");

    return value || variable("GATEWAY_INTERFACE") ? value : variable("HTTP_PROXY");
}

void cli_proxy_find(bool is_https, struct wsman_proxy *out)
{
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", NULL};
    static const char *const all[] = {"all_proxy", "ALL_PROXY", NULL};
    static const char *const not_for[] = {"no_proxy", "NO_PROXY", NULL};

    out->url = is_https ? first_of(https) : http_proxy();
    if (!out->url)
        out->url = first_of(all);
    out->not_for = first_of(not_for);
}
