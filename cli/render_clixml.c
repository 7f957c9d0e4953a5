/* One document for Import-Clixml: every output object of every computer. The other streams are Text's, on standard error.
 * MS-PSRP 2.2.5; design.md, Output. */
#include "cli/render_private.h"
#include "psrp/clixml.h"

static void begin_document(struct cli_renderer *r, struct icm_buf *out)
{
    if (!r->has_begun)
        icm_buf_add_text(out, "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n");
    r->has_begun = true;
}

/* whole or not at all, so that the document stays one */
static void add_object(struct cli_renderer *r, struct cli_sink *to, const struct psrp_value *value)
{
    size_t before = to->out.size;
    struct icm_error why = {0};

    icm_buf_add_text(&to->out, "  ");
    if (psrp_clixml_write(&to->out, value, &why) == ICM_OK) {
        icm_buf_add_u8(&to->out, '\n');
        return;
    }
    to->out.size = before;
    r->has_failed = true;
    icm_buf_add_format(&to->err, "icm: an object cannot be written as CLIXML: %s\n", why.text);
    icm_error_reset(&why);
}

static void add_output(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    const struct cli_origin from = cli_render_origin(r, computer, event);
    struct icm_arena arena = {0};
    const struct psrp_value *value = event->value->kind == PSRP_NIL ? event->value : cli_origin_note(&arena, event->value, &from);

    begin_document(r, &to->out);
    if (value)
        add_object(r, to, value);
    else
        to->out.failed = true;
    icm_arena_reset(&arena);
}

static void clixml_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_OUTPUT)
        add_output(r, to, computer, event);
    else
        cli_render_text.event(r, to, computer, event);
}

static void clixml_host_text(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                             const struct cli_host_text *said)
{
    cli_render_text.host_text(r, to, computer, said);
}

static void clixml_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
    cli_render_text.failure(r, to, computer, why);
}

static void clixml_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    cli_render_text.status(r, to, status);
}

static void clixml_finish(struct cli_renderer *r, struct cli_sink *to)
{
    begin_document(r, &to->out);
    icm_buf_add_text(&to->out, "</Objs>\n");
}

const struct cli_render_format cli_render_clixml = {clixml_event,  clixml_host_text, clixml_failure,
                                                    clixml_status, clixml_finish,    true};
