/* -ConnectionUri: whole addresses of endpoints. */
#ifndef CLI_URI_H
#define CLI_URI_H

#include "cli/options.h"

enum { CLI_URI_MAX = 2048 };

/** An address in its parts, which borrow from it. RFC 3986, of which no more than http and https is known. */
struct cli_uri {
    bool is_https;
    struct icm_slice host; /* without the brackets of an IPv6 address */
    struct icm_slice zone; /* of that address: "eth0"; mostly empty */
    uint32_t port;         /* the scheme's own where none is said: 80, 443 */
    struct icm_slice rest; /* path and query; empty where there is none, or only / */
};

/** false: @text is no such address (a user in it, a fragment, a blank or a control character are none of it either). */
bool cli_uri_read(struct icm_slice text, struct cli_uri *out);

/** Append the host as -ComputerName would name it: fe80::1%eth0. */
void cli_uri_write_computer(const struct cli_uri *u, struct icm_buf *out);

/** Append the address that @u means; without a path it is /wsman, as in PowerShell (WSManConnectionInfo.UpdateUri). */
void cli_uri_write(const struct cli_uri *u, struct icm_buf *out);

/** Append the addresses in the list @value to @o's. ICM_USAGE: one that is none. @name is the parameter's. */
enum icm_code cli_uris_read(struct cli_options *o, const char *name, struct icm_slice value, struct icm_error *err);

#endif
