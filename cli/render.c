#include "cli/render_private.h"

#include "cli/value_inline.h"
#include "psrp/host.h"

#include <stdlib.h>

static const struct cli_render_stream streams[] = {
    {PSRP_EVENT_OUTPUT, "output", NULL},
    {PSRP_EVENT_ERROR, "error", NULL},
    {PSRP_EVENT_WARNING, "warning", "WARNING: "},
    {PSRP_EVENT_VERBOSE, "verbose", "VERBOSE: "},
    {PSRP_EVENT_DEBUG, "debug", "DEBUG: "},
    {PSRP_EVENT_INFORMATION, "information", NULL},
    {PSRP_EVENT_PROGRESS, "progress", NULL},
};

/* The host's methods that write and whose text comes on no other stream: where the text is in the parameters. MS-PSRP 2.2.3.17 */
static const struct host_writer {
    int64_t method;
    size_t text_at;
    bool is_error, ends_line;
} host_writers[] = {
    {13, 0, false, false}, /* Write1: text */
    {14, 2, false, false}, /* Write2: two colours, text */
    {15, 0, false, true},  /* WriteLine1: nothing */
    {16, 0, false, true},  /* WriteLine2: text */
    {17, 2, false, true},  /* WriteLine3: two colours, text */
    {18, 0, true, true},   /* WriteErrorLine: text */
};

static const struct cli_render_format *const formats[] = {
    [CLI_OUTPUT_TEXT] = &cli_render_text,
    [CLI_OUTPUT_JSON] = &cli_render_json,
    [CLI_OUTPUT_CLIXML] = &cli_render_clixml,
    [CLI_OUTPUT_CSV] = &cli_render_csv,
};

enum icm_code cli_renderer_new(struct cli_renderer **out, const struct cli_renderer_options *o, struct icm_error *err)
{
    struct cli_renderer *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    r->options = *o;
    r->lines.is_terminal = o->out_is_terminal;
    *out = r;
    return ICM_OK;
}

void cli_renderer_free(struct cli_renderer *r)
{
    if (r)
        icm_arena_reset(&r->arena);
    free(r);
}

bool cli_render_is_data(const struct cli_renderer *r)
{
    return formats[r->options.format]->is_data;
}

const struct cli_render_stream *cli_render_stream_of(enum psrp_event_type type)
{
    for (size_t i = 0; i < ICM_COUNT(streams); i++)
        if (streams[i].type == type)
            return &streams[i];
    return NULL;
}

void cli_render_message(const struct psrp_value *record, struct icm_buf *out)
{
    const struct psrp_value *message = psrp_value_member(record, "InformationalRecord_Message");

    cli_value_write_inline(message ? message : record, out);
}

const struct psrp_value *cli_render_information(const struct psrp_value *record)
{
    const struct psrp_value *data = psrp_value_member(record, "MessageData");
    bool is_host_message = psrp_value_is_type(data, "System.Management.Automation.HostInformationMessage");
    const struct psrp_value *message = is_host_message ? psrp_value_member(data, "Message") : NULL;

    return message ? message : data;
}

bool cli_render_is_completed(const struct psrp_value *record)
{
    int64_t type; /* an enum: 1 is Completed; MS-PSRP 2.2.5.1.25 */

    return psrp_value_integer(psrp_value_member(record, "Type"), &type) && type == 1;
}

/* The form of powershell.exe's standard output has the record inside, beside its source. MS-PSRP 2.2.5.1.25 */
const struct psrp_value *cli_render_progress(const struct psrp_value *value)
{
    const struct psrp_value *record = psrp_value_member(value, "Record");

    return record ? record : value;
}

/* FNV-1a over both, never 0 */
static uint64_t mark_of(const char *computer, struct icm_slice text)
{
    uint64_t mark = 14695981039346656037u;

    for (const char *c = computer ? computer : ""; *c; c++)
        mark = (mark ^ (uint8_t)*c) * 1099511628211u;
    mark *= 1099511628211u;
    for (size_t i = 0; i < text.size; i++)
        mark = (mark ^ text.data[i]) * 1099511628211u;
    return mark | 1;
}

static void note_told(struct cli_renderer *r, const char *computer, const struct psrp_value *record)
{
    struct icm_buf text = {0};

    cli_value_write_inline(cli_render_information(record), &text);
    r->told[r->told_next] = mark_of(computer, icm_buf_slice(&text));
    r->told_next = (r->told_next + 1) % CLI_TOLD_MAX;
    icm_buf_reset(&text);
}

/* whether an information record has told it; the engine sends that before it calls the host */
static bool take_told(struct cli_renderer *r, const char *computer, struct icm_slice text)
{
    uint64_t mark = mark_of(computer, text);

    for (size_t i = 0; i < CLI_TOLD_MAX; i++)
        if (r->told[i] == mark) {
            r->told[i] = 0;
            return true;
        }
    return false;
}

static const struct psrp_value *parameter(const struct psrp_value *list, size_t index)
{
    const struct psrp_item *item = list && list->kind >= PSRP_LIST && list->kind <= PSRP_STACK ? list->as.list->first
                                                                                               : NULL;

    while (item && index-- > 0)
        item = item->next;
    return item ? item->value : NULL;
}

static void render_host_call(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                             const struct psrp_value *value)
{
    struct psrp_host_call call;
    struct icm_buf text = {0};

    if (psrp_host_call_read(value, &call, NULL) != ICM_OK)
        return;
    for (size_t i = 0; i < ICM_COUNT(host_writers); i++) {
        const struct host_writer *w = &host_writers[i];

        if (w->method != call.method)
            continue;
        cli_value_write_inline(parameter(call.parameters, w->text_at), &text);
        if (w->is_error || !take_told(r, computer, icm_buf_slice(&text)))
            formats[r->options.format]->host_text(r, to, computer, icm_buf_slice(&text), w->is_error, w->ends_line);
    }
    icm_buf_reset(&text);
}

void cli_render_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_HOST_CALL)
        render_host_call(r, to, computer, event->value);
    else if (event->value && cli_render_stream_of(event->type))
        formats[r->options.format]->event(r, to, computer, event);
    if (event->type == PSRP_EVENT_INFORMATION && event->value)
        note_told(r, computer, event->value);
}

void cli_render_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
    formats[r->options.format]->failure(r, to, computer, why);
}

void cli_render_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    formats[r->options.format]->status(r, to, status);
}

bool cli_render_finish(struct cli_renderer *r, struct cli_sink *to)
{
    if (formats[r->options.format]->finish)
        formats[r->options.format]->finish(r, to);
    return !r->has_failed;
}
