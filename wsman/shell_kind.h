/* The kinds of shell and what differs between them; both roles read the rows. MS-WSMV 3.1.4.5.2.1; MS-PSRP
 * 3.1.5.3.1. */
#ifndef WSMAN_SHELL_KIND_H
#define WSMAN_SHELL_KIND_H

#include "base/bytes.h"

#include <stdbool.h>

enum { WSMAN_SHELL_POWERSHELL, WSMAN_SHELL_CMD, WSMAN_SHELL_KIND_COUNT };

struct wsman_shell_kind {
    const char *resource_uri; /* PowerShell's configurations have others that begin alike */
    const char *input_streams, *output_streams; /* names with a blank between them, in the order of their numbers */
    const char *no_profile;   /* the value of WINRS_NOPROFILE that says so */
    const char *needs_create, *needs_command; /* what is wrong with one without a payload; NULL: it has none */
    bool has_pool;    /* the shell itself has input and output, and answers Create in the long form */
    bool ends_streams; /* the last answer closes each stream, and all others say that the command runs */
    bool signals_ended; /* a command that has ended takes any signal, not only terminate */
};

extern const struct wsman_shell_kind wsman_shell_kinds[WSMAN_SHELL_KIND_COUNT];

/** The kind of shell that @resource_uri (without case; empty: PowerShell) means, or NULL. */
const struct wsman_shell_kind *wsman_shell_kind_of(struct icm_slice resource_uri);

/** The number of the stream @name among @streams ("stdout stderr"), or -1. */
int wsman_stream_number(const char *streams, struct icm_slice name);

/** The name of the stream @number, which is there. */
struct icm_slice wsman_stream_name(const char *streams, int number);

#endif
