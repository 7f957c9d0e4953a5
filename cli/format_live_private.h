/* How properties are given to a live value. */
#ifndef CLI_FORMAT_LIVE_PRIVATE_H
#define CLI_FORMAT_LIVE_PRIVATE_H

#include "cli/format_live.h"

/** Appends until memory is short. */
struct cli_live {
    struct icm_arena *a;
    struct psrp_value *value;
    bool failed;
};

void cli_live_property(struct cli_live *to, const char *name, struct psrp_value *property);
void cli_live_i32(struct cli_live *to, const char *name, int64_t number);
void cli_live_bool(struct cli_live *to, const char *name, bool is_set);
void cli_live_text(struct cli_live *to, const char *name, struct icm_slice text);

/** All of a Uri's. */
void cli_live_uri(struct cli_live *to);

#endif
