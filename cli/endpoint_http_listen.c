/* The endpoint's listeners: their files, their policies, their daemons. */
#include "cli/endpoint_http_private.h"

#include "auth/binding.h"
#include "base/pem.h"
#include "cli/endpoint_log.h"
#include "cli/endpoint_policy.h"
#include "cli/file.h"
#include "wsman/http.h"

#include <arpa/inet.h>
#include <stdio.h>

enum {
    CONNECTION_MEMORY = 128 * 1024, /* a header of over 32 KB (a Kerberos ticket with many groups) has to fit */
    CONNECTION_TIMEOUT_S = 300,     /* of one that is idle; suspended ones are not counted */
    CONNECTIONS_MAX = 8192,
    PEM_MAX = 1024 * 1024,
};

static enum icm_code read_pem(const char *path, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code = path ? cli_file_read(path, PEM_MAX, "the certificate or key", out, err) : ICM_OK;

    icm_buf_text(out);
    return code;
}

/* The first certificate's DER: what TLS clients see, and bind their authentication to. */
static enum icm_code bind_to_certificate(struct endpoint_http *h, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf der = {0};

    if (h->cert.size == 0)
        return ICM_OK;
    if (icm_pem_certificate(icm_buf_slice(&h->cert), &der, NULL) != ICM_OK)
        return icm_fail(err, ICM_USAGE, "RFC 7468 5", "the certificate's file holds no PEM certificate");
    return auth_binding_of_certificate(icm_buf_slice(&der), &h->binding, err);
}

static enum icm_code read_files(struct endpoint_http *h, const struct endpoint_options *o, struct icm_error *err)
{
    enum icm_code code = read_pem(o->cert, &h->cert, err);

    if (code == ICM_OK)
        code = read_pem(o->key, &h->key, err);
    if (code == ICM_OK)
        code = read_pem(o->client_ca, &h->client_ca, err);
    return code == ICM_OK ? bind_to_certificate(h, err) : code;
}

static bool socket_address(const struct endpoint_address *a, struct sockaddr_storage *out)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    char port[8];

    snprintf(port, sizeof port, "%u", a->port);
    if (getaddrinfo(a->host, port, &hints, &found) != 0)
        return false;
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

/* what MHD is told of TLS: @tls has room for five */
static void describe_tls(const struct endpoint_http *h, struct MHD_OptionItem *tls)
{
    const struct MHD_OptionItem all[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, h->cert.data},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key.data},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {h->client_ca.size > 0 ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, h->client_ca.data},
        {MHD_OPTION_END, 0, NULL},
    };

    memcpy(tls, all, sizeof all);
}

static struct MHD_Daemon *start_daemon(struct listener *l, const struct endpoint_address *a,
                                       const struct sockaddr_storage *address)
{
    struct MHD_OptionItem options[5] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (a->is_tls ? MHD_USE_TLS : 0) |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

    if (a->is_tls)
        describe_tls(l->http, options);
    return MHD_start_daemon(flags, a->port, NULL, NULL, endpoint_http_on_access, l, MHD_OPTION_SOCK_ADDR,
                            (const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED, endpoint_http_on_completed,
                            l, MHD_OPTION_NOTIFY_CONNECTION, endpoint_http_on_connection, l,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)CONNECTIONS_MAX, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static void set_policy(struct listener *l, const struct endpoint_http_options *o, bool is_loopback)
{
    const struct endpoint_http *h = l->http;

    l->policy = (struct endpoint_policy){
        .accepts = {.accounts = o->accounts,
                    .account_count = o->account_count,
                    .keytab = o->options->keytab,
                    .channel_binding = l->is_tls ? icm_buf_slice(&h->binding) : icm_slice_of(NULL, 0),
                    .requires_binding = l->is_tls && o->options->require_channel_binding,
                    .certificate = (const char *)h->cert.data,
                    .key = (const char *)h->key.data,
                    .nonces = h->nonces},
        .body_max = o->body_max,
    };
    endpoint_policy_offer(&l->policy, o->options, l->is_tls, is_loopback);
}

static enum icm_code listen_on(struct endpoint_http *h, const struct endpoint_address *a,
                               const struct endpoint_http_options *o, struct icm_error *err)
{
    struct listener *l = &h->listeners[h->listener_count];
    struct sockaddr_storage address;
    bool is_loopback = wsman_host_is_loopback(a->host);

    if (!socket_address(a, &address))
        return icm_fail(err, ICM_USAGE, NULL, "'%s' is no address of this machine", a->host);
    *l = (struct listener){.http = h, .is_tls = a->is_tls, .maps_certificates = a->is_tls && h->client_ca.size > 0};
    snprintf(l->host, sizeof l->host, "%s", a->host);
    set_policy(l, o, is_loopback);
    l->daemon = start_daemon(l, a, &address);
    if (!l->daemon)
        return icm_fail(err, ICM_IO, NULL, "cannot listen on %s:%u%s", a->host, a->port,
                        a->is_tls ? " (the address may be taken, or certificate and key do not fit)"
                                  : " (the address may be taken)");
    h->listener_count++;
    if (!is_loopback)
        endpoint_log("warning: %s is not a loopback address: other computers can reach this endpoint", a->host);
    return endpoint_http_attach(l, err);
}

enum icm_code endpoint_http_listen(struct endpoint_http *h, const struct endpoint_http_options *options,
                                   struct icm_error *err)
{
    enum icm_code code = auth_digest_nonces_new(&h->nonces, err);

    if (code == ICM_OK)
        code = read_files(h, options->options, err);
    for (size_t i = 0; code == ICM_OK && i < options->options->listener_count; i++)
        code = listen_on(h, &options->options->listeners[i], options, err);
    return code;
}

bool endpoint_http_uri(const struct endpoint_http *h, size_t index, struct icm_buf *out)
{
    if (index >= h->listener_count)
        return false;
    const struct listener *l = &h->listeners[index];
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    bool is_ipv6 = strchr(l->host, ':') != NULL;

    icm_buf_add_format(out, "%s://%s%s%s:%u/wsman", l->is_tls ? "https" : "http", is_ipv6 ? "[" : "", l->host,
                       is_ipv6 ? "]" : "", info ? info->port : 0);
    return true;
}
