/* The transport over WS-Management. One lane is for control (Create, Command, Send, Signal, Delete: one after another, because the
 * order of Sends is that of their arrival), one for the pool's Receive, one for each running command's. */
#include "psrp/over_wsman.h"

#include "psrp/trace.h"
#include "wsman/fault.h"
#include "wsman/http.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/trace.h"

#include <stdio.h>
#include <stdlib.h>

struct psrp_wsman {
    struct wsman_http *http;
};

/* A pipeline as the server sees it. It outlives the pipeline until the server has no more to say of it. */
struct command {
    struct over_wsman *over;
    struct psrp_pipeline *pipeline; /* NULL once it is over for us */
    char id[64];                    /* as the server knows it, from CommandResponse */
    struct wsman_lane *lane;        /* for its Receive */
    enum { COMMAND_NEW, COMMAND_BEGINNING, COMMAND_RUNNING, COMMAND_DONE } state;
    bool wants_stop, was_stopped, wants_terminate;
    struct psrp_trace_stream received, sent;
    struct command *next;
};

struct over_wsman {
    struct psrp_transport base;
    const struct psrp_transport_sink *sink;
    void *up;
    struct psrp_pool *pool; /* NULL before open and once closing */
    struct wsman_http *http;
    struct wsman_target target;
    struct wsman_shell *shell;
    struct icm_trace *trace;
    char *url, *computer, *ca_file;
    struct auth_credential credential;
    uint32_t cancel_timeout_ms;

    enum { SHELL_NONE, SHELL_OPENING, SHELL_OPEN, SHELL_DELETING, SHELL_GONE } state;
    bool is_closing, has_failed;
    bool may_receive, watches_pool;
    struct wsman_lane *control, *pool_lane;
    struct command *control_command; /* whose exchange the control lane carries; NULL: the shell's own */
    struct command *commands;
    struct psrp_trace_stream received, sent;
};

static void advance(struct over_wsman *o);

static struct over_wsman *of(struct psrp_transport *t)
{
    return (struct over_wsman *)t;
}

/* ---- failures ---- */

static void cancel_receives(struct over_wsman *o)
{
    if (o->pool_lane)
        wsman_lane_cancel(o->pool_lane);
    for (struct command *c = o->commands; c; c = c->next)
        if (c->lane)
            wsman_lane_cancel(c->lane);
}

/* The connection or the protocol broke: nothing more will come. */
static void fail(struct over_wsman *o, const struct icm_error *why)
{
    if (o->has_failed || o->is_closing)
        return;
    o->has_failed = true;
    cancel_receives(o);
    wsman_lane_cancel(o->control);
    o->sink->failed(o->up, why);
}

/* A fault that one command got. Once the pipeline has its final state, late requests for it meet one: nobody minds. */
static void command_fault(struct over_wsman *o, struct command *c, const struct icm_error *why)
{
    struct psrp_pipeline *pipeline = c->pipeline;

    c->state = COMMAND_DONE;
    c->wants_stop = c->wants_terminate = false;
    if (pipeline && !psrp_pipeline_has_ended(pipeline))
        o->sink->pipeline_failed(o->up, pipeline, why);
}

/* ---- sending ---- */

static bool post(struct over_wsman *o, struct wsman_lane *lane, struct wsman_request *request)
{
    struct icm_error err = {0};

    wsman_trace_envelope(o->trace, o->computer, true, 0, icm_buf_slice(&request->envelope));
    bool is_posted = wsman_lane_post(lane, request, &err) == ICM_OK;
    if (!is_posted)
        fail(o, &err);
    wsman_request_reset(request);
    icm_error_reset(&err);
    return is_posted;
}

static bool post_control(struct over_wsman *o, struct command *c, enum icm_code code, struct wsman_request *request,
                         struct icm_error *err)
{
    if (code != ICM_OK) {
        fail(o, err);
        icm_error_reset(err);
        return true; /* nothing else is to be tried */
    }
    o->control_command = c;
    return post(o, o->control, request);
}

static void trace_sent(struct over_wsman *o, struct command *c, struct icm_slice fragments)
{
    char target[ICM_GUID_TEXT + 1] = "pool";

    if (c && c->pipeline)
        icm_guid_format_lower(psrp_pipeline_id(c->pipeline), target);
    psrp_trace_fragments(o->trace, c ? &c->sent : &o->sent, o->computer, true, target, fragments);
}

/* Take as many fragments as one request carries. false: nothing waits (or memory is short, which fails the transport). */
static bool pull(struct over_wsman *o, struct command *c, enum psrp_stream stream, enum wsman_operation operation,
                 struct icm_buf *out)
{
    struct icm_error err = {0};
    size_t room = wsman_shell_payload_max(o->shell, operation);
    enum icm_code code = psrp_pool_pull(o->pool, c ? c->pipeline : NULL, stream, room, out, &err);

    if (code == ICM_OK)
        trace_sent(o, c, icm_buf_slice(out));
    else if (code != ICM_AGAIN)
        fail(o, &err);
    icm_error_reset(&err);
    return code == ICM_OK;
}

static bool try_create(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};

    if (o->state != SHELL_NONE || !o->pool || !pull(o, NULL, PSRP_STREAM_INPUT, WSMAN_CREATE, &fragments))
        return false;
    enum icm_code code = wsman_shell_create(o->shell, icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    o->state = SHELL_OPENING;
    return post_control(o, NULL, code, &request, &err);
}

static bool try_delete(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->is_closing || o->state != SHELL_OPEN)
        return false;
    enum icm_code code = wsman_shell_delete(o->shell, &request, &err);
    if (o->cancel_timeout_ms)
        request.timeout_ms = o->cancel_timeout_ms;
    o->state = SHELL_DELETING;
    if (code == ICM_OK && post_control(o, NULL, code, &request, &err))
        return true;
    o->state = SHELL_GONE;
    icm_error_reset(&err);
    return false;
}

static bool send_signal(struct over_wsman *o, struct command *c, const char *signal)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    enum icm_code code = wsman_shell_signal(o->shell, c->id, signal, &request, &err);

    if (code == ICM_OK && o->cancel_timeout_ms)
        request.timeout_ms = o->cancel_timeout_ms;
    return post_control(o, c, code, &request, &err);
}

static bool try_signal(struct over_wsman *o)
{
    for (struct command *c = o->commands; c; c = c->next) {
        if (c->state != COMMAND_RUNNING || !(c->wants_stop || c->wants_terminate))
            continue;
        const char *signal = c->wants_stop ? WSMAN_SIGNAL_PIPELINE_STOP : WSMAN_SIGNAL_TERMINATE;
        if (c->wants_stop)
            c->was_stopped = true;
        c->wants_stop = c->wants_terminate = false;
        return send_signal(o, c, signal);
    }
    return false;
}

static bool send_stream(struct over_wsman *o, struct command *c, enum psrp_stream stream)
{
    static const char *const names[PSRP_STREAM_COUNT] = {"stdin", "pr"};
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};

    if (!pull(o, c, stream, WSMAN_SEND, &fragments))
        return false;
    enum icm_code code =
        wsman_shell_send(o->shell, c ? c->id : NULL, names[stream], icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    return post_control(o, c, code, &request, &err);
}

static bool try_send(struct over_wsman *o, enum psrp_stream stream)
{
    if (o->state != SHELL_OPEN || !o->pool)
        return false;
    if (send_stream(o, NULL, stream))
        return true;
    for (struct command *c = o->commands; c; c = c->next)
        if (c->pipeline && c->state == COMMAND_RUNNING && send_stream(o, c, stream))
            return true;
    return false;
}

static bool try_answers(struct over_wsman *o)
{
    return try_send(o, PSRP_STREAM_PROMPT_RESPONSE);
}

static bool try_input(struct over_wsman *o)
{
    return try_send(o, PSRP_STREAM_INPUT);
}

/* CommandLine carries CREATE_PIPELINE's first fragments; what does not fit, and the input, goes by Send. MS-PSRP 3.1.5.3.3 */
static bool try_command(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};
    struct command *c = o->commands;

    while (c && !(c->state == COMMAND_NEW && c->pipeline))
        c = c->next;
    if (o->state != SHELL_OPEN || !o->pool || !c || !pull(o, c, PSRP_STREAM_INPUT, WSMAN_COMMAND, &fragments))
        return false;
    enum icm_code code = wsman_shell_command(o->shell, psrp_pipeline_id(c->pipeline), icm_slice_of(NULL, 0),
                                             icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    c->state = COMMAND_BEGINNING;
    return post_control(o, c, code, &request, &err);
}

/* What the control lane does next, the most urgent first. */
static bool (*const jobs[])(struct over_wsman *) = {try_delete, try_create, try_signal,
                                                     try_answers, try_command, try_input};

/* ---- asking for output ---- */

static void receive_for_pool(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->watches_pool || !o->may_receive || !o->pool || wsman_lane_is_busy(o->pool_lane))
        return;
    if (wsman_shell_receive(o->shell, NULL, &request, &err) == ICM_OK)
        post(o, o->pool_lane, &request);
    else
        fail(o, &err);
    icm_error_reset(&err);
}

/* A stopped command is read on whatever the back-pressure: its end is waited for. */
static void receive_for_command(struct over_wsman *o, struct command *c)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    bool may = o->may_receive || c->was_stopped;

    if (c->state != COMMAND_RUNNING || !c->pipeline || !may || !o->pool || wsman_lane_is_busy(c->lane))
        return;
    if (wsman_shell_receive(o->shell, c->id, &request, &err) == ICM_OK)
        post(o, c->lane, &request);
    else
        fail(o, &err);
    icm_error_reset(&err);
}

static void command_free(struct command *c)
{
    wsman_lane_free(c->lane);
    psrp_trace_stream_reset(&c->received);
    psrp_trace_stream_reset(&c->sent);
    free(c);
}

/* Commands that are over on both sides. The control lane's own stays until its exchange has ended. */
static void drop_ended_commands(struct over_wsman *o)
{
    for (struct command **at = &o->commands; *at;) {
        struct command *c = *at;
        bool is_idle = (!c->lane || !wsman_lane_is_busy(c->lane)) && o->control_command != c;

        if (c->pipeline || c->state != COMMAND_DONE || !is_idle) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        command_free(c);
    }
}

static void advance(struct over_wsman *o)
{
    if (!o->has_failed && o->state == SHELL_OPEN && !o->is_closing) {
        receive_for_pool(o);
        for (struct command *c = o->commands; c && !o->has_failed; c = c->next)
            receive_for_command(o, c);
    }
    for (size_t i = 0; i < ICM_COUNT(jobs) && !wsman_lane_is_busy(o->control); i++) {
        if ((o->has_failed || o->is_closing) && jobs[i] != try_delete)
            continue;
        if (jobs[i](o))
            break;
    }
    drop_ended_commands(o);
    if (o->is_closing && (o->state == SHELL_NONE || o->state == SHELL_GONE) && !wsman_lane_is_busy(o->control)) {
        cancel_receives(o);
        o->state = SHELL_GONE;
        o->is_closing = false;
        o->sink->closed(o->up);
    }
}

/* ---- exchanges that ended ---- */

static void trace_exchange(struct over_wsman *o, const struct wsman_exchange *exchange)
{
    if (o->trace && exchange->body.size > 0)
        wsman_trace_envelope(o->trace, o->computer, false, exchange->status, exchange->body);
}

static enum icm_code judge(struct over_wsman *o, const struct wsman_exchange *exchange, struct icm_error *err)
{
    trace_exchange(o, exchange);
    if (exchange->code != ICM_OK) {
        icm_error_copy(err, exchange->err);
        return exchange->code;
    }
    return wsman_shell_take(o->shell, exchange->request, exchange->status, exchange->reply, err);
}

static void command_began(struct over_wsman *o, struct command *c, const struct wsman_message *reply)
{
    c->state = COMMAND_RUNNING;
    if (reply->command_id.size > 0 && reply->command_id.size < sizeof c->id) {
        memcpy(c->id, reply->command_id.data, reply->command_id.size);
        c->id[reply->command_id.size] = '\0';
    } else if (c->pipeline) {
        icm_guid_format_upper(psrp_pipeline_id(c->pipeline), c->id);
    }
    if (!c->pipeline) /* given up while it began */
        c->wants_terminate = true;
    (void)o;
}

/* What a control exchange's failure means: the shell's own break everything, a command's fault only that command. */
static void control_failed(struct over_wsman *o, struct command *c, enum icm_code code, const struct icm_error *err)
{
    if (o->state == SHELL_OPENING || o->state == SHELL_DELETING)
        o->state = SHELL_GONE;
    if (c && code == ICM_FAULT)
        command_fault(o, c, err);
    else
        fail(o, err);
}

static void on_control(void *context, const struct wsman_exchange *exchange)
{
    struct over_wsman *o = context;
    struct command *c = o->control_command;
    struct icm_error err = {0};
    enum icm_code code = judge(o, exchange, &err);

    o->control_command = NULL;
    if (code != ICM_OK)
        control_failed(o, c, code, &err);
    else if (exchange->request->operation == WSMAN_CREATE)
        o->state = SHELL_OPEN;
    else if (exchange->request->operation == WSMAN_DELETE)
        o->state = SHELL_GONE;
    else if (exchange->request->operation == WSMAN_COMMAND)
        command_began(o, c, exchange->reply);
    else if (exchange->request->operation == WSMAN_SIGNAL && !c->pipeline)
        c->state = COMMAND_DONE; /* terminated: the server forgets it */
    icm_error_reset(&err);
    advance(o);
}

/* The answer's bytes leave the reader before the next request begins, which is on its way before they are looked at. */
static void on_pool_reply(void *context, const struct wsman_exchange *exchange)
{
    struct over_wsman *o = context;
    struct icm_error err = {0};
    struct icm_buf payload = {0};
    enum icm_code code = judge(o, exchange, &err);

    if (code != ICM_OK && code != ICM_AGAIN) {
        if (!o->is_closing && o->watches_pool)
            fail(o, &err);
        icm_error_reset(&err);
        return;
    }
    if (code == ICM_OK)
        icm_buf_move(&payload, &exchange->reply->payload);
    psrp_trace_fragments(o->trace, &o->received, o->computer, false, "pool", icm_buf_slice(&payload));
    if (o->pool && !o->has_failed && payload.size > 0)
        o->sink->received(o->up, NULL, icm_buf_slice(&payload));
    icm_buf_reset(&payload);
    icm_error_reset(&err);
    if (code == ICM_AGAIN) /* with output the drive decides first: Opened may be in it */
        advance(o);
}

static void deliver(struct over_wsman *o, struct command *c, struct icm_slice bytes)
{
    char target[ICM_GUID_TEXT + 1];

    if (!c->pipeline || o->has_failed)
        return;
    icm_guid_format_lower(psrp_pipeline_id(c->pipeline), target);
    psrp_trace_fragments(o->trace, &c->received, o->computer, false, target, bytes);
    if (bytes.size > 0)
        o->sink->received(o->up, c->pipeline, bytes);
    if (c->state == COMMAND_DONE && c->pipeline)
        o->sink->pipeline_ended(o->up, c->pipeline);
}

static void on_command_reply(void *context, const struct wsman_exchange *exchange)
{
    struct command *c = context;
    struct over_wsman *o = c->over;
    struct icm_error err = {0};
    struct icm_buf payload = {0};
    enum icm_code code = judge(o, exchange, &err);

    if (code == ICM_OK) {
        icm_buf_move(&payload, &exchange->reply->payload);
        if (icm_slice_is(exchange->reply->command_state, WSMAN_COMMAND_STATE_DONE))
            c->state = COMMAND_DONE;
    } else if (code == ICM_FAULT) {
        command_fault(o, c, &err);
    } else if (code != ICM_AGAIN) {
        if (c->pipeline && psrp_pipeline_has_ended(c->pipeline))
            c->state = COMMAND_DONE;
        else
            fail(o, &err);
    }
    if (c->state == COMMAND_RUNNING && !c->pipeline)
        c->wants_terminate = true; /* over for us, and the server does not know */
    if (!o->has_failed && !o->is_closing)
        receive_for_command(o, c);
    deliver(o, c, icm_buf_slice(&payload));
    icm_buf_reset(&payload);
    icm_error_reset(&err);
    advance(o);
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
    advance(of(t));
}

static struct wsman_lane *lane_new(struct over_wsman *o, wsman_lane_done done, void *context, struct icm_error *err)
{
    struct wsman_lane *lane = NULL;

    if (wsman_lane_new(&lane, o->http, &o->target, done, context, err) == ICM_OK)
        wsman_lane_keep_body(lane, o->trace != NULL);
    return lane;
}

static void begin(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct over_wsman *o = of(t);
    struct icm_error err = {0};
    struct command *c = calloc(1, sizeof *c);

    if (!c)
        icm_nomem(&err);
    else
        c->lane = lane_new(o, on_command_reply, c, &err);
    if (!c || !c->lane) {
        free(c);
        o->sink->pipeline_failed(o->up, pipeline, &err);
        icm_error_reset(&err);
        return;
    }
    c->over = o;
    c->pipeline = pipeline;
    struct command **end = &o->commands;
    while (*end)
        end = &(*end)->next;
    *end = c;
    advance(o);
}

static void pump(struct psrp_transport *t)
{
    advance(of(t));
}

static void receive(struct psrp_transport *t, bool wanted)
{
    of(t)->may_receive = wanted;
    if (wanted)
        advance(of(t));
}

static void watch_pool(struct psrp_transport *t, bool wanted)
{
    of(t)->watches_pool = wanted;
    if (wanted)
        advance(of(t));
}

static void negotiated(struct psrp_transport *t, int minor)
{
    if (minor >= 2) /* WinRM 3.0 and later, which take 500 KB; MS-PSRP 2.2.2.1, wsman.md 10 */
        wsman_shell_set_envelope_max(of(t)->shell, WSMAN_ENVELOPE_LATER);
}

static struct command *command_of(struct over_wsman *o, const struct psrp_pipeline *pipeline)
{
    struct command *c = o->commands;

    while (c && c->pipeline != pipeline)
        c = c->next;
    return c;
}

static void stop(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct command *c = command_of(of(t), pipeline);

    if (!c)
        return;
    if (c->state == COMMAND_NEW) { /* the server never heard of it */
        c->state = COMMAND_DONE;
        of(t)->sink->pipeline_ended(of(t)->up, pipeline);
        return;
    }
    c->wants_stop = !c->was_stopped;
    advance(of(t));
}

static void end(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    struct command *c = command_of(of(t), pipeline);

    if (!c)
        return;
    c->pipeline = NULL;
    if (c->state == COMMAND_NEW)
        c->state = COMMAND_DONE;
    else if (c->state == COMMAND_RUNNING && !wsman_lane_is_busy(c->lane))
        c->wants_terminate = true;
    advance(of(t));
}

static void close_over(struct psrp_transport *t)
{
    struct over_wsman *o = of(t);

    if (o->is_closing)
        return;
    o->is_closing = true;
    o->pool = NULL;
    for (struct command *c = o->commands; c; c = c->next)
        c->pipeline = NULL;
    advance(o);
}

static void free_over(struct psrp_transport *t)
{
    struct over_wsman *o = of(t);

    while (o->commands) {
        struct command *c = o->commands;
        o->commands = c->next;
        command_free(c);
    }
    wsman_lane_free(o->control);
    wsman_lane_free(o->pool_lane);
    wsman_shell_free(o->shell);
    psrp_trace_stream_reset(&o->received);
    psrp_trace_stream_reset(&o->sent);
    auth_credential_reset(&o->credential);
    free(o->url);
    free(o->computer);
    free(o->ca_file);
    free(o);
}

static const struct psrp_transport_ops ops = {
    .attach = attach,
    .open = open_over,
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

static enum icm_code copy_options(struct over_wsman *o, const struct psrp_over_wsman_options *options,
                                  struct icm_error *err)
{
    const struct auth_mechanism *mechanism = auth_mechanism_find(options->authentication);

    if (!mechanism)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "authentication '%s' is not carried by this version",
                        options->authentication);
    o->url = strdup(options->url);
    o->computer = strdup(options->computer);
    o->ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
    o->credential.user = strdup(options->user ? options->user : "");
    icm_buf_add(&o->credential.password, options->password);
    if (!o->url || !o->computer || !o->credential.user || o->credential.password.failed)
        return icm_nomem(err);
    o->trace = options->trace;
    o->may_receive = true;
    o->cancel_timeout_ms = options->cancel_timeout_ms;
    o->target = (struct wsman_target){
        .url = o->url,
        .computer = o->computer,
        .mechanism = mechanism,
        .credential = &o->credential,
        .skip_ca_check = options->skip_ca_check,
        .skip_cn_check = options->skip_cn_check,
        .allow_unencrypted = options->allow_unencrypted,
        .ca_file = o->ca_file,
        .connect_timeout_ms = options->connect_timeout_ms,
    };
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
        .shell_id = options->pool_id,
        .idle_timeout_ms = options->idle_timeout_ms,
        .operation_timeout_ms = options->operation_timeout_ms,
        .receive_timeout_ms = options->receive_timeout_ms,
        .no_machine_profile = options->no_machine_profile,
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
        code = wsman_lane_new(&o->control, o->http, &o->target, on_control, o, err);
    if (code == ICM_OK)
        code = wsman_lane_new(&o->pool_lane, o->http, &o->target, on_pool_reply, o, err);
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
