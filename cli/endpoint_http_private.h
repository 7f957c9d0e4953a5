/* What the endpoint_http*.c files share. */
#ifndef CLI_ENDPOINT_HTTP_PRIVATE_H
#define CLI_ENDPOINT_HTTP_PRIVATE_H

#include "cli/endpoint_admission.h"
#include "cli/endpoint_http.h"

#include <microhttpd.h>
#include <uv.h>

/* One MHD daemon: one address. */
struct listener {
    struct endpoint_http *http;
    struct endpoint_policy policy;
    struct MHD_Daemon *daemon;
    char host[ENDPOINT_HOST_MAX + 1];
    bool is_tls, maps_certificates;
    bool has_resumed; /* a connection, since the daemon last began to run */
    uv_poll_t *poll;
    uv_timer_t *timer;
};

struct endpoint_http {
    uv_loop_t *loop;
    struct listener listeners[ENDPOINT_LISTENERS_MAX];
    size_t listener_count;
    struct icm_buf cert, key, client_ca; /* PEM texts; contexts and daemons borrow from them */
    struct icm_buf binding;              /* of our certificate: what clients bind their authentication to */
    struct auth_digest_nonces *nonces;
    const struct endpoint_http_sink *sink;
    void *up;
    size_t body_max;
    bool has_gzip;
    uint64_t last_request, logons; /* requests, and those that were a step of a logon, or were sent away to begin one */
    uint64_t connections;          /* that were taken, those that have ended too */
    void *exchanges;               /* search tree by request number */
    char client[64];               /* endpoint_http_client's answer */
};

/** Read the files, and listen on every address of @options. */
enum icm_code endpoint_http_listen(struct endpoint_http *h, const struct endpoint_http_options *options,
                                   struct icm_error *err);

/** MHD's callbacks, for the daemons. */
enum MHD_Result endpoint_http_on_access(void *listener, struct MHD_Connection *connection, const char *path,
                                        const char *method, const char *version, const char *bytes, size_t *size,
                                        void **of_request);
void endpoint_http_on_completed(void *listener, struct MHD_Connection *connection, void **of_request,
                                enum MHD_RequestTerminationCode why);
void endpoint_http_on_connection(void *listener, struct MHD_Connection *connection, void **of_connection,
                                 enum MHD_ConnectionNotificationCode what);

/** Put the daemon on the loop. */
enum icm_code endpoint_http_attach(struct listener *l, struct icm_error *err);

/** The common name of the certificate that a TLS client has shown, where our authorities vouch for it; false: there is
 * none. */
bool endpoint_http_certificate_user(struct MHD_Connection *connection, char *out, size_t size);

#endif
