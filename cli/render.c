#include "cli/render_private.h"

#include "cli/color.h"
#include "cli/format_value.h"
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

/* The host's methods that write: where the text is in the parameters, and whether two colours stand first. MS-PSRP 2.2.3.17 */
static const struct host_writer {
    enum psrp_host_method method;
    size_t text_at;
    bool has_colors, is_error, ends_line;
} host_writers[] = {
    {PSRP_HOST_WRITE1, 0, false, false, false},
    {PSRP_HOST_WRITE2, 2, true, false, false},
    {PSRP_HOST_WRITE_LINE1, 0, false, false, true}, /* of nothing */
    {PSRP_HOST_WRITE_LINE2, 0, false, false, true},
    {PSRP_HOST_WRITE_LINE3, 2, true, false, true},
    {PSRP_HOST_WRITE_ERROR_LINE, 0, false, true, true},
};

/* … and those whose text is a message of a stream, which its record tells first. WriteProgress has nothing that its record has not. */
static const struct {
    enum psrp_host_method method;
    enum psrp_event_type stream;
} host_messages[] = {
    {PSRP_HOST_WRITE_DEBUG_LINE, PSRP_EVENT_DEBUG},
    {PSRP_HOST_WRITE_VERBOSE_LINE, PSRP_EVENT_VERBOSE},
    {PSRP_HOST_WRITE_WARNING_LINE, PSRP_EVENT_WARNING},
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
    r->out = (struct cli_format_options){
        .width = o->width,
        .enumeration_limit = o->has_limit ? o->enumeration_limit : CLI_ENUMERATION_LIMIT,
        .has_colors = o->out_has_colors,
        .is_visible = o->out_is_terminal,
        .is_raw = o->is_raw,
        .error_form = o->error_form,
    };
    r->err = r->out;
    r->err.has_colors = o->err_has_colors;
    r->err.is_visible = o->err_is_terminal;
    enum icm_code code = cli_format_new(&r->objects, &r->out, err);
    if (code == ICM_OK && o->progress_size && !(r->progress = cli_progress_new()))
        code = icm_nomem(err);
    if (code == ICM_OK)
        *out = r;
    else
        cli_renderer_free(r);
    return code;
}

void cli_renderer_free(struct cli_renderer *r)
{
    if (!r)
        return;
    cli_format_free(r->objects);
    cli_progress_free(r->progress);
    icm_arena_reset(&r->arena);
    free(r);
}

/* ---- the progress block, and text in its place */

static void wipe_progress(struct cli_renderer *r, struct cli_sink *to)
{
    if (r->progress)
        cli_progress_wipe(r->progress, &to->err, r->options.progress_size());
}

/* What the sink held before a rendering. */
struct mark {
    size_t out, err;
};

static struct mark mark_of_sink(const struct cli_sink *to)
{
    return (struct mark){.out = to->out.size, .err = to->err.size};
}

static struct mark begin_text(struct cli_renderer *r, struct cli_sink *to)
{
    wipe_progress(r, to);
    return mark_of_sink(to);
}

/* Where the terminal's cursor is behind it: standard output is written last. */
static void end_text(struct cli_renderer *r, const struct cli_sink *to, struct mark before)
{
    if (to->err.size > before.err)
        r->is_mid_line = to->err.data[to->err.size - 1] != '\n';
    if (to->out.size > before.out && r->options.out_is_terminal)
        r->is_mid_line = to->out.data[to->out.size - 1] != '\n';
}

bool cli_render_is_waiting(const struct cli_renderer *r)
{
    return cli_format_is_waiting(r->objects);
}

void cli_render_flush(struct cli_renderer *r, struct cli_sink *to)
{
    if (cli_render_is_waiting(r))
        cli_render_make_room(r, to);
}

void cli_render_make_room(struct cli_renderer *r, struct cli_sink *to)
{
    const struct mark before = begin_text(r, to);

    cli_format_flush(r->objects, &to->out);
    end_text(r, to, before);
}

bool cli_render_progress_is_due(const struct cli_renderer *r)
{
    return r->progress && !r->is_mid_line && cli_progress_is_due(r->progress);
}

void cli_render_paint(struct cli_renderer *r, struct cli_sink *to)
{
    if (r->progress && !r->is_mid_line)
        cli_progress_paint(r->progress, &to->err, r->options.progress_size());
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

static void note_told(struct cli_renderer *r, const char *computer, const struct psrp_event *event)
{
    struct icm_buf text = {0};

    if (event->type == PSRP_EVENT_INFORMATION)
        cli_value_write_inline(cli_render_information(event->value), &text);
    else
        cli_render_message(event->value, &text);
    r->told[r->told_next] = mark_of(computer, icm_buf_slice(&text));
    r->told_next = (r->told_next + 1) % CLI_TOLD_MAX;
    icm_buf_reset(&text);
}

/* whether a record has told it; the engine sends that before it calls the host */
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

static void render_writer(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                          const struct psrp_host_call *call, const struct host_writer *w)
{
    struct icm_buf text = {0};

    cli_value_write_inline(psrp_host_parameter(call, w->text_at), &text);
    const struct cli_host_text said = {
        .text = icm_buf_slice(&text),
        .is_error = w->is_error,
        .ends_line = w->ends_line,
        .foreground = cli_color_of(w->has_colors ? psrp_host_parameter(call, 0) : NULL),
        .background = cli_color_of(w->has_colors ? psrp_host_parameter(call, 1) : NULL),
    };
    if (w->is_error || !take_told(r, computer, said.text))
        formats[r->options.format]->host_text(r, to, computer, &said);
    icm_buf_reset(&text);
}

static void render_message(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                           const struct psrp_host_call *call, enum psrp_event_type stream)
{
    const struct psrp_event event = {.type = stream, .value = psrp_host_parameter(call, 0)};
    struct icm_buf text = {0};

    cli_render_message(event.value, &text);
    if (!take_told(r, computer, icm_buf_slice(&text)))
        formats[r->options.format]->event(r, to, computer, &event);
    icm_buf_reset(&text);
}

static void render_host_call(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                             const struct psrp_value *value)
{
    struct psrp_host_call call;

    if (psrp_host_call_read(value, &call, NULL) != ICM_OK)
        return;
    for (size_t i = 0; i < ICM_COUNT(host_writers); i++)
        if ((int64_t)host_writers[i].method == call.method)
            render_writer(r, to, computer, &call, &host_writers[i]);
    for (size_t i = 0; i < ICM_COUNT(host_messages); i++)
        if ((int64_t)host_messages[i].method == call.method)
            render_message(r, to, computer, &call, host_messages[i].stream);
}

/* Whether a host call may repeat the record. */
static bool may_be_repeated(enum psrp_event_type type)
{
    return type == PSRP_EVENT_INFORMATION || type == PSRP_EVENT_WARNING || type == PSRP_EVENT_VERBOSE ||
           type == PSRP_EVENT_DEBUG;
}

struct cli_origin cli_render_origin(const struct cli_renderer *r, const char *computer, const struct psrp_event *event)
{
    return (struct cli_origin){
        .computer = computer, .runspace_id = event->pool_id, .is_hidden = r->options.hide_computer_name};
}

/* What goes to a file leaves the terminal as it is. */
static bool is_elsewhere(const struct cli_renderer *r, enum psrp_event_type type)
{
    return type == PSRP_EVENT_PROGRESS || (type == PSRP_EVENT_OUTPUT && !r->options.out_is_terminal);
}

void cli_render_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    const struct mark before = is_elsewhere(r, event->type) ? mark_of_sink(to) : begin_text(r, to);

    if (r->progress && event->type == PSRP_EVENT_PROGRESS && event->value)
        cli_progress_note(r->progress, computer, cli_render_progress(event->value));
    if (event->type == PSRP_EVENT_HOST_CALL)
        render_host_call(r, to, computer, event->value);
    else if (event->value && cli_render_stream_of(event->type))
        formats[r->options.format]->event(r, to, computer, event);
    if (event->value && may_be_repeated(event->type))
        note_told(r, computer, event);
    end_text(r, to, before);
}

void cli_render_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
    const struct mark before = begin_text(r, to);

    formats[r->options.format]->failure(r, to, computer, why);
    end_text(r, to, before);
}

void cli_render_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    const struct mark before = begin_text(r, to);

    if (r->progress)
        cli_progress_forget(r->progress, status->computer);
    formats[r->options.format]->status(r, to, status);
    end_text(r, to, before);
}

bool cli_render_finish(struct cli_renderer *r, struct cli_sink *to)
{
    wipe_progress(r, to);
    if (formats[r->options.format]->finish)
        formats[r->options.format]->finish(r, to);
    return !r->has_failed;
}
