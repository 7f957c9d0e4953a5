/* What came of a run, in lines that are the same in each; and whether all of it came. */
#include "psrp/message.h"
#include "tests/replay/driver_private.h"
#include "tests/replay/match.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- counting ---- */

/* what is counted on both sides: a message, and the event that it has to become */
static const struct {
    uint32_t type;
    enum psrp_event_type event;
} records[REPLAY_RECORD_COUNT] = {
    {PSRP_PIPELINE_OUTPUT, PSRP_EVENT_OUTPUT},   {PSRP_ERROR_RECORD, PSRP_EVENT_ERROR},
    {PSRP_WARNING_RECORD, PSRP_EVENT_WARNING},   {PSRP_VERBOSE_RECORD, PSRP_EVENT_VERBOSE},
    {PSRP_DEBUG_RECORD, PSRP_EVENT_DEBUG},       {PSRP_INFORMATION_RECORD, PSRP_EVENT_INFORMATION},
    {PSRP_PROGRESS_RECORD, PSRP_EVENT_PROGRESS}, {PSRP_PIPELINE_HOST_CALL, PSRP_EVENT_HOST_CALL},
};

static void count_event(struct replay_driver *d, enum psrp_event_type type)
{
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        d->came[i] += records[i].event == type;
}

/* ---- what comes ---- */

static struct replay_live *live_of(struct replay_driver *d, const struct psrp_pipeline *pipeline, size_t shell)
{
    for (size_t i = 0; pipeline && i < d->dialogue->target_count; i++)
        if (d->lives[i].pipeline == pipeline)
            return &d->lives[i];
    return &d->lives[shell];
}

static void keep_call(struct replay_driver *d, struct psrp_event *event)
{
    struct replay_call *call = calloc(1, sizeof *call), **end = &d->calls;

    if (!call)
        return;
    call->event = *event;
    *event = (struct psrp_event){.type = event->type};
    while (*end)
        end = &(*end)->next;
    *end = call;
}

/* one line, whatever is in it */
static void tell_text(struct icm_buf *out, const struct psrp_value *value)
{
    struct icm_buf text = {0};

    psrp_value_write_text(value, &text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n')
            icm_buf_add_text(out, "\\n");
        else if (text.data[i] != '\r')
            icm_buf_add_u8(out, text.data[i]);
    icm_buf_reset(&text);
}

static void tell_state(struct replay_live *l, const char *what, const char *state, const struct psrp_event *event)
{
    icm_buf_add_format(&l->told, "  %s %s", what, state ? state : "?");
    if (event->value) {
        icm_buf_add_text(&l->told, ": ");
        tell_text(&l->told, event->value);
    }
    if (event->warning.code != ICM_OK)
        icm_buf_add_format(&l->told, " (%s: %s)", icm_code_name(event->warning.code), event->warning.text);
    icm_buf_add_text(&l->told, "\n");
}

/* What we found wrong with bytes that a real server has sent. */
static void complain_of_ours(struct replay_driver *d, const struct psrp_event *event)
{
    static const enum icm_code ours[] = {ICM_SYNTAX, ICM_STATE, ICM_LIMIT, ICM_UNSUPPORTED};

    for (size_t i = 0; i < ICM_COUNT(ours); i++)
        if (event->warning.code == ours[i])
            replay_driver_complain(d, "%s: %s", icm_code_name(event->warning.code), event->warning.text);
}

static void tell_rendered(struct replay_driver *d, struct replay_live *l, const struct psrp_event *event)
{
    struct cli_sink sink = {0};

    cli_render_event(d->renderer, &sink, NULL, event);
    if (sink.out.size > 0) {
        icm_buf_add_text(&l->told, "  ");
        icm_buf_add(&l->told, icm_buf_slice(&sink.out));
    }
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
}

/* Nothing shows what is in a SecureString; here it matters that it can be opened. */
static void tell_secret(struct psrp_session *from, const struct replay_live *shell, struct replay_live *l,
                        const struct psrp_event *event)
{
    struct psrp_pool *pool = psrp_session_pool(from);
    struct icm_buf text = {0};
    bool has_key = shell->has_key || psrp_pool_protocol_minor(pool) >= 4;

    if (event->type != PSRP_EVENT_OUTPUT || event->value->kind != PSRP_SECURESTRING || !has_key)
        return;
    enum icm_code code = psrp_pool_reveal(pool, event->value, &text, NULL);
    icm_buf_add_format(&l->told, "  a secret of %zu bytes: %s\n", text.size, icm_code_name(code));
    icm_buf_reset(&text);
}

static void tell_call(struct replay_live *l, const struct psrp_event *event)
{
    icm_buf_add_format(&l->told, "  host %s", psrp_host_method_name(event->call.method));
    for (size_t i = 0; psrp_host_parameter(&event->call, i); i++) {
        icm_buf_add_text(&l->told, i == 0 ? ": " : ", ");
        tell_text(&l->told, psrp_host_parameter(&event->call, i));
    }
    icm_buf_add_text(&l->told, "\n");
}

void replay_driver_take(struct replay_driver *d, struct psrp_session *from, struct psrp_event *event)
{
    size_t shell = (size_t)psrp_session_tag(from);
    struct replay_live *l = live_of(d, event->pipeline, shell);

    d->progress++;
    complain_of_ours(d, event);
    count_event(d, event->type);
    switch (event->type) {
    case PSRP_EVENT_POOL_STATE:
        tell_state(l, "pool", psrp_pool_state_name(event->pool_state), event);
        l->has_ended = event->pool_state == PSRP_POOL_CLOSED || event->pool_state == PSRP_POOL_BROKEN;
        break;
    case PSRP_EVENT_PIPELINE_STATE:
        tell_state(l, "pipeline", psrp_pipeline_state_name(event->pipeline_state), event);
        l->has_ended = l->pipeline && psrp_pipeline_has_ended(l->pipeline); /* and not left */
        break;
    case PSRP_EVENT_HOST_CALL:
        tell_call(l, event);
        if (event->needs_answer)
            keep_call(d, event);
        break;
    case PSRP_EVENT_AVAILABILITY:
        icm_buf_add_format(&l->told, "  availability %lld\n", (long long)event->number);
        break;
    case PSRP_EVENT_KEY:
        l->has_key = true;
        icm_buf_add_text(&l->told, "  session key\n");
        break;
    case PSRP_EVENT_WARNED:
        icm_buf_add_format(&l->told, "  warned: %s\n", event->warning.text);
        break;
    default:
        tell_rendered(d, l, event);
        tell_secret(from, &d->lives[shell], l, event);
    }
}

/* ---- what is to be told ---- */

static void tell_requests(const struct replay_driver *d, size_t target, struct icm_buf *out)
{
    struct icm_buf last = {0}, line = {0};
    size_t times = 0;

    for (size_t i = 0; i <= d->dialogue->count; i++) {
        const struct replay_step *s = i < d->dialogue->count ? &d->dialogue->steps[i] : NULL;
        if (s && (s->target != target || !s->is_taken || (s->is_optional && s->lane != REPLAY_CONTROL)))
            continue; /* a Receive that brings nothing comes once more or less, as time has it */
        icm_buf_clear(&line);
        if (s)
            replay_tell(&s->asked, &line);
        if (s && times > 0 && icm_slice_equal(icm_buf_slice(&last), icm_buf_slice(&line))) {
            times++;
            continue;
        }
        if (times > 1)
            icm_buf_add_format(out, "  > %s x%zu\n", icm_buf_text(&last), times);
        else if (times == 1)
            icm_buf_add_format(out, "  > %s\n", icm_buf_text(&last));
        icm_buf_clear(&last);
        icm_buf_add(&last, icm_buf_slice(&line));
        times = 1;
    }
    icm_buf_reset(&last);
    icm_buf_reset(&line);
}

/* The server's port is another one in each run. */
static void add_without_port(const struct replay_driver *d, struct icm_slice text, struct icm_buf *out)
{
    char host[64] = "";
    const uint8_t *at;

    sscanf(replay_server_url(d->server), "http://%63[^/]", host);
    while (*host && text.size > 0 && (at = memmem(text.data, text.size, host, strlen(host)))) {
        icm_buf_add(out, icm_slice_of(text.data, (size_t)(at - text.data)));
        icm_buf_add_text(out, "server");
        text = icm_slice_from(text, (size_t)(at - text.data) + strlen(host));
    }
    icm_buf_add(out, text);
}

void replay_driver_tell(struct replay_driver *d)
{
    size_t shells = 0, commands = 0;

    for (size_t i = 0; i < d->dialogue->target_count; i++) {
        bool is_shell = d->dialogue->targets[i].command_id.size == 0;
        icm_buf_add_format(&d->outcome->told, "%s %zu\n", is_shell ? "shell" : "command",
                           is_shell ? ++shells : ++commands);
        tell_requests(d, i, &d->outcome->told);
        add_without_port(d, icm_buf_slice(&d->lives[i].told), &d->outcome->told);
    }
    for (size_t i = 0; i < d->dialogue->count; i++)
        d->outcome->requests += d->dialogue->steps[i].is_taken;
}

static void count_message(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    size_t *given = context;

    (void)message, (void)size;
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        given[i] += records[i].type == type;
}

static void count_answer(const struct replay_step *s, size_t *given)
{
    static const char path[] = "s:Body/rsp:ReceiveResponse/rsp:Stream";

    for (size_t i = 0; i < replay_envelope_count(&s->answer, path); i++) {
        struct icm_buf bytes = {0};
        if (icm_base64_read(replay_envelope_nth(&s->answer, path, i), &bytes, NULL) == ICM_OK)
            replay_each_message(icm_buf_slice(&bytes), count_message, given);
        icm_buf_reset(&bytes);
    }
}

/* Everything that was given has come, and nothing else. */
void replay_driver_check(struct replay_driver *d)
{
    size_t given[REPLAY_RECORD_COUNT] = {0};

    for (size_t i = 0; i < d->dialogue->count; i++)
        if (d->dialogue->steps[i].is_answered && d->dialogue->steps[i].request.is_powershell)
            count_answer(&d->dialogue->steps[i], given);
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        if (given[i] != d->came[i])
            replay_driver_complain(d, "%zu of %s came, and %zu were given", d->came[i],
                                   psrp_message_name(records[i].type), given[i]);
    d->outcome->outputs = d->came[0];
}
