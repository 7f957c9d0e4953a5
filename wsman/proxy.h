/* An HTTP proxy, and which hosts are reached without it. RFC 9110 9.3.6: the way is a tunnel (CONNECT), over http as
 * over https, so that a logon's connection is ours alone and the proxy sees no more than a host and a port. */
#ifndef WSMAN_PROXY_H
#define WSMAN_PROXY_H

#include "base/bytes.h"
#include "base/error.h"

/* How we prove to the proxy who we are, when it asks (407); never another way. */
enum wsman_proxy_scheme {
    WSMAN_PROXY_NEGOTIATE, /* with a user NTLM, else the ticket that is there (SPNEGO) */
    WSMAN_PROXY_BASIC,     /* shows the proxy, and whoever is in front of it, the password */
    WSMAN_PROXY_DIGEST,
    WSMAN_PROXY_SCHEME_COUNT
};

/** All borrowed by who takes it, and copied. */
struct wsman_proxy {
    const char *url;     /* http://[USER:PASSWORD@]HOST[:PORT], the scheme may be left out; NULL: no proxy */
    const char *not_for; /* as the variable no_proxy has it; NULL: nobody */
    enum wsman_proxy_scheme scheme;
    const char *user; /* NULL: the one in @url, or nobody */
    struct icm_slice password;
};

/** Whether its address is one: ICM_USAGE. */
enum icm_code wsman_proxy_check(const struct wsman_proxy *proxy, struct icm_error *err);

/** Whether @host (a name, or an address with or without brackets) is in @list: names, which mean all below them too,
 * addresses, and blocks of addresses (10.0.0.0/8, fd00::/8), separated by commas or blanks; `*` means all. */
bool wsman_proxy_is_bypassed(const char *host, const char *list);

#endif
