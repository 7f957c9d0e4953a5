/* -ComputerName: a list of names, of @FILE and of - for standard input. */
#ifndef CLI_COMPUTERS_H
#define CLI_COMPUTERS_H

#include "cli/options.h"

enum { CLI_COMPUTER_NAME_MAX = 255, CLI_COMPUTERS_MAX = 100 * 1000, CLI_COMPUTERS_BYTES_MAX = 16 * 1024 * 1024 };

/** Append the names in @value to @o's, in the order of the list; `@FILE` and `-` are what stands there. `.`, `localhost` and an empty name are localhost. ICM_USAGE: a name that no host has, a
 *  file that cannot be read, too many. */
enum icm_code cli_computers_read(struct cli_options *o, struct icm_slice value, struct icm_error *err);

/** Append the names in @text, one a line; # begins a comment. @origin names where it came from, for errors. */
enum icm_code cli_computers_read_lines(struct cli_options *o, struct icm_slice text, const char *origin,
                                       struct icm_error *err);

/** Whether @name may be put into a URL as a host: a host name, an IPv4 address, an IPv6 address with brackets or without. */
bool cli_computer_name_is_valid(struct icm_slice name);

/** Append @name as a URL's host: an IPv6 address gets its brackets, a zone's % its escape. RFC 3986 3.2.2, RFC 6874. */
void cli_computer_write_host(const char *name, struct icm_buf *out);

#endif
