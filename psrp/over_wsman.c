/* The transport over WS-Management. One lane is for control (Create, Command, Send, Signal, Delete: one after another,
 * because the order of Sends is that of their arrival), one for the pool's Receive, one for each running command's. */
#include "psrp/over_wsman_state.h"

#include "wsman/limits.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXTS_EXPECTED = 128 /* bytes: mostly none, or the name of a file */ };

struct psrp_wsman {
    struct wsman_http *http;
};

static struct over_wsman *of(struct psrp_transport *t)
{
    return (struct over_wsman *)t;
}

/* ---- the operations ---- */

static void attach(struct psrp_transport *t, const struct psrp_transport_sink *sink, void *up)
{
    of(t)->sink = sink;
    of(t)->up = up;
}

static void open_over(struct psrp_transport *t, struct psrp_pool *pool)
{
    of(t)->pool = pool;
    of(t)->watches_pool = true;
    psrp_over_wsman_advance(of(t));
}

struct wsman_lane *psrp_over_wsman_lane_take(struct over_wsman *o, struct psrp_over_command *c, struct icm_error *err)
{
    struct wsman_lane *lane = o->spare_lane;

    o->spare_lane = NULL;
    if (lane)
        wsman_lane_assign(lane, psrp_over_wsman_on_command_reply, c);
    else if (wsman_lane_new(&lane, o->http, &o->target, psrp_over_wsman_on_command_reply, c, err) == ICM_OK)
        wsman_lane_keep_body(lane, o->trace != NULL);
    return lane;
}

void psrp_over_wsman_lane_give(struct over_wsman *o, struct wsman_lane *lane)
{
    if (!lane)
        return;
    wsman_lane_cancel(lane);
    if (o->spare_lane)
        wsman_lane_free(lane);
    else
        o->spare_lane = lane;
}

static void add_command(struct over_wsman *o, struct psrp_pipeline *pipeline, bool is_joined)
{
    struct icm_error err = {0};
    struct psrp_over_command *c = calloc(1, sizeof *c);

    if (!c)
        icm_nomem(&err);
    else
        c->lane = psrp_over_wsman_lane_take(o, c, &err);
    if (!c || !c->lane) {
        free(c);
        o->sink->pipeline_failed(o->up, pipeline, &err);
        icm_error_reset(&err);
        return;
    }
    c->over = o;
    c->pipeline = pipeline;
    c->is_joined = is_joined;
    struct psrp_over_command **end = &o->commands;
    while (*end)
        end = &(*end)->next;
    *end = c;
    psrp_over_wsman_advance(o);
}

static void begin(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    add_command(of(t), pipeline, false);
}

static void join(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    add_command(of(t), pipeline, true);
}

static void connect_over(struct psrp_transport *t, struct psrp_pool *pool)
{
    of(t)->connects = true;
    open_over(t, pool);
}

static void disconnect(struct psrp_transport *t, const struct psrp_leaving *how)
{
    struct over_wsman *o = of(t);

    o->leaving.idle_timeout_ms = how->idle_timeout_ms;
    o->leaving.buffer_mode = how->drops_output ? WSMAN_BUFFER_DROP : WSMAN_BUFFER_UNSAID;
    o->wants_leave = true;
    psrp_over_wsman_advance(o);
}

static void reconnect(struct psrp_transport *t)
{
    of(t)->wants_rejoin = true;
    psrp_over_wsman_advance(of(t));
}

static void pump(struct psrp_transport *t)
{
    psrp_over_wsman_advance(of(t));
}

static void receive(struct psrp_transport *t, bool wanted)
{
    of(t)->may_receive = wanted;
    if (wanted)
        psrp_over_wsman_advance(of(t));
}

static void watch_pool(struct psrp_transport *t, bool wanted)
{
    of(t)->watches_pool = wanted;
    if (wanted)
        psrp_over_wsman_advance(of(t));
}

static void negotiated(struct psrp_transport *t, int minor)
{
    if (minor >= 2) /* WinRM 3.0 and later, which take 500 KB; MS-PSRP 2.2.2.1, wsman.md 10 */
        wsman_shell_set_envelope_max(of(t)->shell, WSMAN_ENVELOPE_LATER);
}

static struct psrp_over_command *command_of(struct over_wsman *o, const struct psrp_pipeline *pipeline)
{
    struct psrp_over_command *c = o->commands;

    while (c && c->pipeline != pipeline)
        c = c->next;
    return c;
}

static void stop(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct psrp_over_command *c = command_of(of(t), pipeline);

    if (!c)
        return;
    if (c->state == COMMAND_NEW) { /* the server never heard of it */
        c->state = COMMAND_DONE;
        of(t)->sink->pipeline_ended(of(t)->up, pipeline);
        return;
    }
    c->wants_stop = !c->was_stopped;
    psrp_over_wsman_advance(of(t));
}

static void end(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct psrp_over_command *c = command_of(of(t), pipeline);

    if (!c)
        return;
    c->pipeline = NULL;
    if (c->state == COMMAND_NEW)
        c->state = COMMAND_DONE;
    else if (c->state == COMMAND_RUNNING && !wsman_lane_is_busy(c->lane))
        c->wants_terminate = true;
    psrp_over_wsman_advance(of(t));
}

static void close_over(struct psrp_transport *t)
{
    struct over_wsman *o = of(t);

    if (o->is_closing)
        return;
    o->is_closing = true;
    o->pool = NULL;
    for (struct psrp_over_command *c = o->commands; c; c = c->next)
        c->pipeline = NULL;
    psrp_over_wsman_advance(o);
}

static void free_over(struct psrp_transport *t)
{
    struct over_wsman *o = of(t);

    while (o->commands) {
        struct psrp_over_command *c = o->commands;
        o->commands = c->next;
        psrp_over_wsman_command_free(c);
    }
    psrp_over_list_free(o->list);
    wsman_lane_free(o->control);
    wsman_lane_free(o->pool_lane);
    wsman_lane_free(o->spare_lane);
    wsman_shell_free(o->shell);
    icm_buf_reset(&o->payload);
    psrp_trace_stream_reset(&o->received);
    psrp_trace_stream_reset(&o->sent);
    auth_credential_reset(&o->credential);
    free(o->url);
    free(o->computer);
    icm_buf_reset(&o->key_password);
    icm_buf_reset(&o->proxy_password);
    icm_arena_reset(&o->texts);
    icm_error_reset(&o->left_why);
    free(o);
}

static const struct psrp_transport_ops ops = {
    .attach = attach,
    .open = open_over,
    .connect = connect_over,
    .disconnect = disconnect,
    .reconnect = reconnect,
    .join = join,
    .begin = begin,
    .pump = pump,
    .receive = receive,
    .watch_pool = watch_pool,
    .negotiated = negotiated,
    .stop = stop,
    .end = end,
    .close = close_over,
    .free = free_over,
};

/* ---- making one ---- */

/* The target's texts: where each comes from, and where its copy belongs. */
static bool copy_texts(struct over_wsman *o, const struct psrp_over_wsman_options *options)
{
    const struct {
        const char *from, **to;
    } texts[] = {
        {options->ca_file, &o->target.ca_file},
        {options->spn_service, &o->target.spn_service},
        {options->spn_host, &o->target.spn_host},
        {options->ccache, &o->target.ccache},
        {options->keytab, &o->target.keytab},
        {options->certificate, &o->target.certificate},
        {options->certificate_key, &o->target.certificate_key},
        {options->proxy.url, &o->target.proxy.url},
        {options->proxy.not_for, &o->target.proxy.not_for},
        {options->proxy.user, &o->target.proxy.user},
    };

    icm_arena_expect(&o->texts, TEXTS_EXPECTED);
    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        struct icm_slice copy = {0};
        if (texts[i].from && !icm_arena_copy(&o->texts, icm_slice_text(texts[i].from), &copy))
            return false;
        *texts[i].to = (const char *)copy.data;
    }
    return true;
}

static bool copy_secrets(struct over_wsman *o, const struct psrp_over_wsman_options *options)
{
    if (options->user) {
        o->credential.user = strdup(options->user);
        o->target.credential = &o->credential;
    }
    icm_buf_add(&o->credential.password, options->password);
    icm_buf_add(&o->key_password, options->key_password);
    icm_buf_add(&o->proxy_password, options->proxy.password);
    o->target.key_password = icm_buf_slice(&o->key_password);
    o->target.proxy.password = icm_buf_slice(&o->proxy_password);
    return (!options->user || o->credential.user) && !o->credential.password.failed && !o->key_password.failed &&
           !o->proxy_password.failed;
}

enum icm_code psrp_over_wsman_target(const struct psrp_over_wsman_options *options, struct wsman_target *out,
                                     struct icm_error *err)
{
    const struct auth_mechanism *mechanism = auth_mechanism_find(options->authentication);

    if (!mechanism)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "authentication '%s' is not carried by this version",
                        options->authentication);
    *out = (struct wsman_target){
        .url = options->url,
        .computer = options->computer,
        .mechanism = mechanism,
        .spn_service = options->spn_service,
        .spn_host = options->spn_host,
        .port_in_spn = options->include_port_in_spn,
        .delegates = options->delegates,
        .allows_ntlm = options->allows_ntlm,
        .allows_old_credssp = options->allows_old_credssp,
        .ccache = options->ccache,
        .keytab = options->keytab,
        .certificate = options->certificate,
        .certificate_key = options->certificate_key,
        .key_password = options->key_password,
        .skip_ca_check = options->skip_ca_check,
        .skip_cn_check = options->skip_cn_check,
        .no_encryption = options->no_encryption,
        .allow_unencrypted = options->allow_unencrypted,
        .ca_file = options->ca_file,
        .proxy = options->proxy,
        .connect_timeout_ms = options->connect_timeout_ms,
        .connect_retries = options->connect_retries,
    };
    return ICM_OK;
}

static enum icm_code copy_options(struct over_wsman *o, const struct psrp_over_wsman_options *options,
                                  struct icm_error *err)
{
    enum icm_code code = psrp_over_wsman_target(options, &o->target, err);

    if (code != ICM_OK)
        return code;
    o->url = strdup(options->url);
    o->computer = strdup(options->computer);
    o->target.url = o->url;
    o->target.computer = o->computer;
    o->trace = options->trace;
    o->may_receive = true;
    o->wants_config = options->asks_envelope_size;
    o->cancel_timeout_ms = options->cancel_timeout_ms;
    if (!o->url || !o->computer || !copy_texts(o, options) || !copy_secrets(o, options))
        return icm_nomem(err);
    return ICM_OK;
}

/* "JEA" means the resource of that name; a URI is taken as it is. wsman.md 2 */
static char *resource_uri(const char *configuration)
{
    char *uri = NULL;

    if (!configuration)
        return strdup(WSMAN_RESOURCE_POWERSHELL);
    bool is_uri = strstr(configuration, "://") != NULL;
    if (asprintf(&uri, "%s%s", is_uri ? "" : WSMAN_NS_POWERSHELL "/", configuration) < 0)
        return NULL;
    return uri;
}

static enum icm_code make_shell(struct over_wsman *o, const struct psrp_over_wsman_options *options,
                                struct icm_error *err)
{
    char *uri = resource_uri(options->configuration);
    struct wsman_shell_options shell = {
        .url = o->url,
        .resource_uri = uri,
        .name = options->shell_name,
        .locale = options->locale,
        .data_locale = options->data_locale,
        .shell_id = options->pool_id,
        .idle_timeout_ms = options->idle_timeout_ms,
        .operation_timeout_ms = options->operation_timeout_ms,
        .receive_timeout_ms = options->receive_timeout_ms,
        .no_machine_profile = options->no_machine_profile,
        .use_utf16 = options->use_utf16,
    };
    enum icm_code code = uri ? wsman_shell_new(&o->shell, &shell, err) : icm_nomem(err);

    free(uri);
    return code;
}

static enum icm_code set_up(struct over_wsman *o, const struct psrp_over_wsman_options *options, struct icm_error *err)
{
    enum icm_code code = copy_options(o, options, err);

    if (code == ICM_OK)
        code = make_shell(o, options, err);
    if (code == ICM_OK)
        code = wsman_lane_new(&o->control, o->http, &o->target, psrp_over_wsman_on_control, o, err);
    if (code == ICM_OK)
        code = wsman_lane_new(&o->pool_lane, o->http, &o->target, psrp_over_wsman_on_pool_reply, o, err);
    if (code == ICM_OK && o->trace) {
        wsman_lane_keep_body(o->control, true);
        wsman_lane_keep_body(o->pool_lane, true);
    }
    return code;
}

enum icm_code psrp_over_wsman_new(struct psrp_transport **out, struct psrp_wsman *w,
                                  const struct psrp_over_wsman_options *options, struct icm_error *err)
{
    struct over_wsman *o = calloc(1, sizeof *o);

    if (!o)
        return icm_nomem(err);
    o->base.ops = &ops;
    o->http = w->http;
    enum icm_code code = set_up(o, options, err);
    if (code != ICM_OK) {
        free_over(&o->base);
        return code;
    }
    *out = &o->base;
    return ICM_OK;
}

enum icm_code psrp_wsman_new(struct psrp_wsman **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct psrp_wsman *w = calloc(1, sizeof *w);
    enum icm_code code = w ? wsman_http_new(&w->http, loop, err) : icm_nomem(err);

    if (code != ICM_OK) {
        free(w);
        return code;
    }
    *out = w;
    return ICM_OK;
}

void psrp_wsman_free(struct psrp_wsman *w)
{
    if (!w)
        return;
    wsman_http_free(w->http);
    free(w);
}
