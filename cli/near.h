/* "Did you mean": names that look like one that is unknown. */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include "base/buf.h"

/** Collects the names nearest to @wanted; zeroed but for @wanted at first. */
enum { CLI_NEAR_MAX = 3 };
struct cli_near {
    struct icm_slice wanted;
    const char *names[CLI_NEAR_MAX];
    unsigned distances[CLI_NEAR_MAX];
    size_t count;
};

void cli_near_offer(struct cli_near *n, const char *name);

/** "; near it: -Port, -Path", each name behind @mark; "" where nothing is near. @out is filled and given back. */
const char *cli_near_text(const struct cli_near *n, const char *mark, char *out, size_t size);

#endif
