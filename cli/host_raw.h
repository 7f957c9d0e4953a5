/* The raw side of the console host: what a terminal tells of itself, and what a remote side sets of it and may read
 * back. MS-PSRP 2.2.3.17 */
#ifndef CLI_HOST_RAW_H
#define CLI_HOST_RAW_H

#include "psrp/host.h"

enum { CLI_RAW_TITLE_MAX = 256 };

struct cli_raw {
    struct psrp_host_info info;    /* what is announced, kept up to date */
    char title[CLI_RAW_TITLE_MAX]; /* info.window_title's bytes */
};

/** A terminal of @window's size (zeroed: not known). */
void cli_raw_init(struct cli_raw *raw, struct psrp_size window);

/** The window has another size now. */
void cli_raw_resize(struct cli_raw *raw, struct psrp_size window);

/** Do what a raw method asks for. false: it is no method of these. *@result: what it gives, NULL where it gives nothing
 * or memory is short. What the terminal is to do goes to @screen: a title and a cleared screen are shown, other
 * settings are remembered alone, since a remote side that moves the cursor could write over what others said. */
bool cli_raw_take(struct cli_raw *raw, const struct psrp_host_call *call, struct icm_arena *a,
                  struct psrp_value **result, struct icm_buf *screen);

#endif
