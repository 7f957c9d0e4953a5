/* WAITS: the endpoint's HTTP server, libmicrohttpd on libuv. Requests that come whole and from somebody known go up;
 * answers come down, at once or after a long poll. */
#ifndef CLI_ENDPOINT_HTTP_H
#define CLI_ENDPOINT_HTTP_H

#include "auth/auth.h"
#include "cli/endpoint_fault_plan.h"
#include "cli/endpoint_options.h"

struct uv_loop_s;
struct endpoint_http;

/** Where requests go. */
struct endpoint_http_sink {
    /** A request's body, from @user ("" for nobody). Its answer may be given from inside. */
    void (*request)(void *up, uint64_t request, const char *user, struct icm_slice body);
    void (*hung_up)(void *up, uint64_t request);           /* nobody waits for its answer any more */
    void (*taken)(void *up, uint64_t request, bool taken); /* whether a live connection took the answer */
};

struct endpoint_http_options {
    const struct endpoint_options *options; /* listeners and their files; borrowed for the call */
    const struct auth_credential *accounts; /* borrowed for the server's life */
    size_t account_count;
    size_t body_max;
};

/** Bind every listener; none accepts before the loop runs. ICM_IO: an address is taken; ICM_USAGE: a file cannot be
 * read. */
enum icm_code endpoint_http_new(struct endpoint_http **out, struct uv_loop_s *loop,
                                const struct endpoint_http_options *options, const struct endpoint_http_sink *sink,
                                void *up, struct icm_error *err);

/** The URI of listener @index with its real port into @out; false: there is none. */
bool endpoint_http_uri(const struct endpoint_http *h, size_t index, struct icm_buf *out);

/** Answer @request; @body becomes the server's. @fault: what is to go wrong on the way (cut, garble), borrowed for the
 * server's life, or NULL. A request that is gone is passed over. */
void endpoint_http_answer(struct endpoint_http *h, uint64_t request, unsigned status, struct icm_buf *body,
                          const struct endpoint_fault *fault);

/** The address of who has sent @request, which is not answered yet, or NULL. Valid until the next call. */
const char *endpoint_http_client(struct endpoint_http *h, uint64_t request);

/** How many requests carried nothing but a step of a logon, or were answered with 401. */
uint64_t endpoint_http_logons(const struct endpoint_http *h);

/** How many connections were taken. */
uint64_t endpoint_http_connections(const struct endpoint_http *h);

/** Close all listeners and connections, and free it; the loop has to run on until its handles are gone. */
void endpoint_http_free(struct endpoint_http *h);

#endif
