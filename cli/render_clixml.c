/* One document for Import-Clixml: every output object of every computer. The other streams are Text's, on standard error.
 * MS-PSRP 2.2.5; design.md, Output. */
#include "cli/render_private.h"
#include "psrp/clixml.h"

/* What PowerShell puts on an object that came from elsewhere, and what the peer put there itself is not believed. */
struct noted {
    struct psrp_value value;
    struct psrp_object object;
    struct psrp_member *notes;
};

static void begin_document(struct cli_renderer *r, struct icm_buf *out)
{
    if (!r->has_begun)
        icm_buf_add_text(out, "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n");
    r->has_begun = true;
}

static void append(struct noted *n, struct psrp_member *note)
{
    note->next = NULL;
    *n->object.extended_end = note;
    n->object.extended_end = &note->next;
}

static bool copy_other_notes(struct icm_arena *a, struct noted *n, const struct psrp_member *from)
{
    for (; from; from = from->next) {
        struct psrp_member *copy = cli_value_is_origin_note(from->name) ? NULL : icm_arena_take(a, sizeof *copy);

        if (copy) {
            *copy = *from;
            append(n, copy);
        } else if (!cli_value_is_origin_note(from->name)) {
            return false;
        }
    }
    return true;
}

static bool add_note(struct icm_arena *a, struct noted *n, const char *name, struct psrp_value *value)
{
    struct psrp_member *note = icm_arena_take(a, sizeof *note);

    if (!note || !value)
        return false;
    *note = (struct psrp_member){.name = icm_slice_text(name), .value = value};
    append(n, note);
    return true;
}

/* @n is @value with the notes; what is below is shared with it */
static bool put_notes(const struct cli_renderer *r, struct icm_arena *a, struct noted *n, const struct psrp_value *value,
                      const char *computer)
{
    n->value = *value;
    if (value->object)
        n->object = *value->object;
    n->object.extended = NULL;
    n->object.extended_end = &n->object.extended;
    n->value.object = &n->object;
    return copy_other_notes(a, n, value->object ? value->object->extended : NULL) &&
           add_note(a, n, "PSComputerName", psrp_value_string(a, computer)) &&
           add_note(a, n, "PSShowComputerName", psrp_value_bool(a, !r->options.hide_computer_name));
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

static void add_output(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *value)
{
    struct icm_arena arena = {0};
    struct noted noted = {0};

    begin_document(r, &to->out);
    if (!computer || value->kind == PSRP_NIL)
        add_object(r, to, value);
    else if (put_notes(r, &arena, &noted, value, computer))
        add_object(r, to, &noted.value);
    else
        to->out.failed = true;
    icm_arena_reset(&arena);
}

static void clixml_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_OUTPUT)
        add_output(r, to, computer, event->value);
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
