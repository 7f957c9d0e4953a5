/* A client for the tests of the endpoint's engines: a runspace pool whose bytes the test carries, and a transcript of what it heard. */
#ifndef TESTS_CLI_ENDPOINT_CLIENT_H
#define TESTS_CLI_ENDPOINT_CLIENT_H

#include "psrp/pool.h"

enum { ENDPOINT_CLIENT_PIPELINES = 8 };

struct endpoint_client {
    struct psrp_pool *pool;
    struct psrp_pipeline *pipelines[ENDPOINT_CLIENT_PIPELINES];
    size_t count;
    struct icm_buf said; /* "O text|" for output, E W V D I P for the records, "S4 reason|" for a state, "pool 2|" for the pool's */
    size_t outputs;      /* how many */
};

void endpoint_client_open(struct endpoint_client *c);
void endpoint_client_close(struct endpoint_client *c);

/** Begin a script; its number. */
size_t endpoint_client_run(struct endpoint_client *c, const char *text, const char *const *arguments, bool has_input);
void endpoint_client_input(struct endpoint_client *c, size_t pipeline, const char *text);

/** Everything that waits for the pool (@pipeline SIZE_MAX) or a pipeline. */
void endpoint_client_pull(struct endpoint_client *c, size_t pipeline, struct icm_buf *out);

/** Fragments have come; what they say goes to the transcript. */
void endpoint_client_feed(struct endpoint_client *c, const struct icm_guid *target, struct icm_slice fragments);

#endif
