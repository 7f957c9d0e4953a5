/* PSRP over WS-Management: the door to wsman/. A shell is a pool, a command is a pipeline. MS-PSRP 3.1.5.3. */
#ifndef PSRP_OVER_WSMAN_H
#define PSRP_OVER_WSMAN_H

#include "base/trace.h"
#include "psrp/transport.h"
#include "wsman/proxy.h"

struct uv_loop_s;

/** What all WS-Man transports of one loop share. */
struct psrp_wsman;
enum icm_code psrp_wsman_new(struct psrp_wsman **out, struct uv_loop_s *loop, struct icm_error *err);
void psrp_wsman_free(struct psrp_wsman *w); /* after its transports; the loop runs once more */

/* everything is copied */
struct psrp_over_wsman_options {
    const char *url;            /* http://HOST:PORT/wsman */
    const char *computer;       /* as the user named it */
    const char *configuration;  /* a resource URI, or a name that gets the prefix; NULL: Microsoft.PowerShell */
    const char *authentication; /* a mechanism's name: "Basic" */
    const char *user;           /* NULL: who we are already, a ticket cache's owner */
    struct icm_slice password;
    const char *spn_service, *spn_host; /* Kerberos: NULL: HTTP and then WSMAN; the computer of the address */
    bool include_port_in_spn, delegates, allows_ntlm, allows_old_credssp; /* wsman/http.h */
    const char *ccache, *keytab;
    const char *certificate, *certificate_key; /* ours, for TLS */
    struct icm_slice key_password;
    bool skip_ca_check, skip_cn_check, no_encryption, use_utf16, allow_unencrypted, no_machine_profile;
    const char *ca_file;
    struct wsman_proxy proxy; /* the zero value: none, whatever the environment says */
    const char *shell_name;
    const char *locale, *data_locale; /* UICulture and Culture; NULL: wsman/shell.h */
    uint32_t connect_retries; /* wsman/http.h */
    uint32_t connect_timeout_ms, operation_timeout_ms, cancel_timeout_ms, receive_timeout_ms; /* 0: defaults */
    int64_t idle_timeout_ms;
    struct icm_guid pool_id; /* the shell's id too */
    /* Ask the service first how large envelopes may be: one request more for each session, which administrators alone get
     * answered; a refusal is no error. Worth it where much is sent to a server that takes more than the usual 500 KB, and
     * needed where it takes less than that. PowerShell never asks: without this 150 KB are sent at first, and 500 KB to
     * servers of protocol 2.2 and later. */
    bool asks_envelope_size;
    struct icm_trace *trace; /* borrowed; may be NULL */
};

struct wsman_target;

/** Where lanes go and who asks (wsman/http.h), as far as @options say it: all but the credential. Texts stay those of @options.
 *  ICM_UNSUPPORTED: no such authentication. */
enum icm_code psrp_over_wsman_target(const struct psrp_over_wsman_options *options, struct wsman_target *out,
                                     struct icm_error *err);

enum icm_code psrp_over_wsman_new(struct psrp_transport **out, struct psrp_wsman *w,
                                  const struct psrp_over_wsman_options *options, struct icm_error *err);

/** A pipeline of a pool. */
struct psrp_listed_pipeline {
    struct icm_guid pipeline_id;
    const char *state; /* as the server words it; "" */
};

/** A pool of the user's on a computer, as Get-PSSession shows it. Texts that were not given are "". */
struct psrp_listed_pool {
    struct icm_guid pool_id;
    const char *name, *resource_uri, *owner, *client_ip, *process_id, *state, *buffer_mode;
    bool is_disconnected; /* @state says so: it may be connected to */
    int64_t idle_timeout_ms, run_time_ms, inactivity_ms; /* -1: not said */
    const struct psrp_listed_pipeline *pipelines;
    size_t pipeline_count;
};

/** @why is NULL, or why there is no list. Everything is valid during the call. */
typedef void (*psrp_over_wsman_listed)(void *context, const struct psrp_listed_pool *pools, size_t count,
                                       const struct icm_error *why);

/** Ask the computer of @t, which has not been opened, for the user's pools and the pipelines in them; @done is called from
 * the loop, once, unless @t is freed before. ICM_STATE: one is asked for already. MS-WSMV 3.1.4.4 */
enum icm_code psrp_over_wsman_list(struct psrp_transport *t, psrp_over_wsman_listed done, void *context,
                                   struct icm_error *err);

#endif
