/* For people: output objects to standard output, the other streams to standard error. design.md, Output. */
#include "cli/color.h"
#include "cli/error_view.h"
#include "cli/format_error.h"
#include "cli/render_private.h"
#include "cli/value_inline.h"
#include "cli/visible.h"

/* Each line of @text behind @first or @next: so a peer's text cannot look like a line of ours. */
static void add_lines(const struct cli_format_options *o, struct icm_buf *out, const char *first, const char *next, struct icm_slice text)
{
    icm_buf_add_text(out, first);
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        bool has_cr = size > 0 && text.data[size - 1] == '\r';

        if (o)
            cli_format_clean(o, out, icm_slice_of(text.data, size - (has_cr ? 1 : 0)));
        else
            icm_buf_add(out, icm_slice_of(text.data, size));
        text = icm_slice_from(text, end ? size + 1 : size);
        if (text.size > 0) {
            icm_buf_add_u8(out, '\n');
            icm_buf_add_text(out, next);
        }
    }
    icm_buf_add_u8(out, '\n');
}

static void add_labelled(const struct cli_renderer *r, struct icm_buf *out, const char *label, const struct icm_buf *text)
{
    if (text->size > 0)
        add_lines(&r->err, out, label, "      ", icm_buf_slice(text));
}

static void add_mark(struct icm_buf *out, const char *computer)
{
    if (computer)
        icm_buf_add_format(out, "[%s] ", computer);
}

/* An error that is not the remote command's: it names the computer and the remedy. */
static void add_error(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct cli_error_view *v)
{
    struct icm_buf mark = {0};

    add_mark(&mark, computer);
    add_lines(&r->err, &to->err, icm_buf_text(&mark), v->is_text ? "" : "    ", icm_buf_slice(&v->message));
    add_labelled(r, &to->err, "    remedy: ", &v->remedy);
    add_labelled(r, &to->err, "    + CategoryInfo          : ", &v->category_info);
    add_labelled(r, &to->err, "    + FullyQualifiedErrorId : ", &v->id);
    icm_buf_reset(&mark);
}

/* A line that powershell.exe wrote for the eye. */
static void add_text_error(struct cli_renderer *r, struct cli_sink *to, const char *computer, struct icm_slice text)
{
    struct icm_buf mark = {0};

    add_mark(&mark, computer);
    add_lines(&r->err, &to->err, icm_buf_text(&mark), "", text);
    icm_buf_reset(&mark);
}

/* On one terminal an error stands behind what came before it. */
static void keep_order(struct cli_renderer *r, struct cli_sink *to)
{
    if (r->options.out_is_terminal && r->options.err_is_terminal)
        cli_render_flush(r, to);
}

/* As PowerShell tells it. Of several computers' errors each says whose it is, in front, and its further lines stand to the right. */
static void add_record(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *record)
{
    const char *shown = r->options.hide_computer_name ? NULL : computer;
    struct icm_buf mark = {0}, lines = {0};

    keep_order(r, to);
    if (record->kind == PSRP_STRING) {
        add_text_error(r, to, computer, record->as.text);
        return;
    }
    cli_format_error(&r->err, (enum cli_error_form)r->options.error_form, &lines, record,
                     computer ? computer : r->options.origin_computer);
    add_mark(&mark, shown);
    lines.size -= lines.size > 0; /* add_lines ends the last one */
    add_lines(NULL, &to->err, icm_buf_text(&mark), shown ? "    " : "", icm_buf_slice(&lines));
    to->err.failed = to->err.failed || mark.failed || lines.failed;
    icm_buf_reset(&mark);
    icm_buf_reset(&lines);
}

static void add_message(struct cli_renderer *r, struct cli_sink *to, const char *prefix, const struct psrp_value *record)
{
    struct icm_buf text = {0};

    cli_render_message(record, &text);
    cli_format_message(&r->err, &to->err, prefix, icm_buf_slice(&text));
    icm_buf_reset(&text);
}

/* Text of the host's, in its colours where they are shown. */
static void make_host_text(const struct cli_format_options *o, struct icm_buf *out, const struct cli_host_text *said)
{
    bool has_colors = o->has_colors && cli_color_begin(out, said->foreground, said->background);

    cli_format_clean(o, out, said->text);
    if (has_colors)
        cli_color_end(out);
    if (said->ends_line)
        icm_buf_add_u8(out, '\n');
}

/* Beside the document, or behind the objects that came before. */
static void add_host_text(struct cli_renderer *r, struct cli_sink *to, bool is_beside, const struct cli_host_text *said)
{
    struct icm_buf text = {0};

    if (is_beside) {
        make_host_text(&r->err, &to->err, said);
        return;
    }
    make_host_text(&r->out, &text, said);
    cli_format_add_text(r->objects, &to->out, icm_buf_slice(&text));
    to->out.failed = to->out.failed || text.failed;
    icm_buf_reset(&text);
}

static bool is_true(const struct psrp_value *value)
{
    return value && value->kind == PSRP_BOOL && value->as.boolean;
}

/* What Write-Host wrote is the host's, and so standard output's; other information is a stream like the others. */
static void add_information(struct cli_renderer *r, struct cli_sink *to, const struct psrp_value *record)
{
    const struct psrp_value *data = psrp_value_member(record, "MessageData");
    bool is_write_host = psrp_value_is_type(data, "System.Management.Automation.HostInformationMessage");
    bool is_host = is_write_host && !cli_render_is_data(r);
    struct icm_buf text = {0};

    cli_value_write_inline(cli_render_information(record), &text);
    const struct cli_host_text said = {
        .text = icm_buf_slice(&text),
        .ends_line = !is_write_host || !is_true(psrp_value_member(data, "NoNewLine")),
        .foreground = cli_color_of(psrp_value_member(data, "ForegroundColor")),
        .background = cli_color_of(psrp_value_member(data, "BackgroundColor")),
    };
    add_host_text(r, to, !is_host, &said);
    icm_buf_reset(&text);
}

static void add_output(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    const struct cli_origin from = cli_render_origin(r, computer, event);

        cli_format_add(r->objects, &to->out, event->value, &from);
}

static void text_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    const struct cli_render_stream *stream = cli_render_stream_of(event->type);

    if (stream->prefix)
        add_message(r, to, stream->prefix, event->value);
    else if (event->type == PSRP_EVENT_ERROR)
        add_record(r, to, computer, event->value);
    else if (event->type == PSRP_EVENT_INFORMATION)
        add_information(r, to, event->value);
    else if (event->type == PSRP_EVENT_OUTPUT)
        add_output(r, to, computer, event);
}

static void text_host_text(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                           const struct cli_host_text *said)
{
    bool is_beside = said->is_error || cli_render_is_data(r);

    if (is_beside && said->text.size > 0 && said->text.data[0] == '[')
        icm_buf_add_u8(&to->err, ' '); /* a line of ours that tells an error begins so */
    add_host_text(r, to, is_beside, said);
}

static void text_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
    struct cli_error_view view;

    cli_error_view_of_error(&view, why);
    add_error(r, to, computer, &view);
    cli_error_view_reset(&view);
}

static void text_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    if (status->record)
        add_record(r, to, status->computer, status->record);
}

static void text_finish(struct cli_renderer *r, struct cli_sink *to)
{
    cli_format_finish(r->objects, &to->out);
}

const struct cli_render_format cli_render_text = {text_event,  text_host_text, text_failure,
                                                  text_status, text_finish,    false};
