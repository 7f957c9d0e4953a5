/* Which proxy the environment names: http_proxy, https_proxy, all_proxy and no_proxy, as .NET and curl read them. */
#ifndef CLI_PROXY_H
#define CLI_PROXY_H

#include "wsman/proxy.h"

/** Fill in @out's address and whom it is not for, which the environment keeps. There may be none. */
void cli_proxy_find(bool is_https, struct wsman_proxy *out);

#endif
