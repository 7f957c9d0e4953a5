#include "cli/convert.h"

#include "cli/clixml_file.h"
#include "cli/file.h"
#include "cli/run.h"
#include "cli/run_write.h"
#include "cli/terminal.h"
#include "psrp/clixml.h"

#include <stdio.h>
#include <unistd.h>

enum { FILE_MAX = 2 * 200 * 1024 * 1024 + 2 /* PSRP_CLIXML_BYTES_MAX in UTF-16, with its mark */ };

struct conversion {
    const struct cli_options *options;
    struct cli_renderer *renderer;
    struct cli_writer writer;
    struct psrp_clixml_reader *reader;
    const char *name; /* of the file, as errors say it */
    int status;
};

static void note_status(struct conversion *c, int status)
{
    if (c->status < status)
        c->status = status;
}

static void complain(struct conversion *c, const char *where, const struct icm_error *why)
{
    struct icm_error err = {0};

    icm_fail(&err, why->code, why->spec, "%s: %s%s%s%s", c->name, where, why->text, why->spec ? ", " : "",
             why->spec ? why->spec : "");
    cli_writer_flush(&c->writer); /* what stands in front of it is shown first */
    cli_complain(&err);
    note_status(c, why->code == ICM_USAGE ? CLI_EXIT_USAGE : CLI_EXIT_ERRORS);
    icm_error_reset(&err);
}

/* ---- objects ---- */

static enum psrp_event_type event_of(const struct conversion *c, enum psrp_origin origin)
{
    const enum psrp_event_type events[] = {
        [PSRP_ORIGIN_NONE] = PSRP_EVENT_OUTPUT + (unsigned)c->options->stream, [PSRP_ORIGIN_OUTPUT] = PSRP_EVENT_OUTPUT,
        [PSRP_ORIGIN_ERROR] = PSRP_EVENT_ERROR,       [PSRP_ORIGIN_WARNING] = PSRP_EVENT_WARNING,
        [PSRP_ORIGIN_VERBOSE] = PSRP_EVENT_VERBOSE,   [PSRP_ORIGIN_DEBUG] = PSRP_EVENT_DEBUG,
        [PSRP_ORIGIN_PROGRESS] = PSRP_EVENT_PROGRESS, [PSRP_ORIGIN_INFORMATION] = PSRP_EVENT_INFORMATION,
    };

    return events[origin];
}

/* Json says where an object comes from in a way of its own; elsewhere its notes stay as they are. */
static const char *computer_of(struct conversion *c, const struct psrp_value *value, struct icm_buf *name)
{
    struct icm_slice text = psrp_value_text_of(psrp_value_member(value, "PSComputerName"));

    if (c->options->output_format != CLI_OUTPUT_JSON || text.size == 0)
        return NULL;
    icm_buf_add(name, text);
    return icm_buf_text(name);
}

static void show(struct conversion *c, const struct psrp_value *value)
{
    const struct psrp_event event = {.type = event_of(c, value->origin), .value = value};
    struct icm_buf name = {0};

    cli_render_event(c->renderer, &c->writer.sink, computer_of(c, value, &name), &event);
    cli_writer_settle(&c->writer);
    icm_buf_reset(&name);
}

static void warn_of(struct conversion *c)
{
    const struct icm_error *warning = psrp_clixml_warning(c->reader);

    if (warning->code != ICM_OK)
        fprintf(stderr, "icm: warning: %s: %s\n", c->name, warning->text);
}

static void show_document(struct conversion *c, const struct cli_clixml_part *part)
{
    struct icm_arena arena = {0};
    struct psrp_value *objects;
    struct icm_error why = {0};
    char where[64] = "";

    if (part->at > 0)
        snprintf(where, sizeof where, "in the document from byte %zu on: ", part->at);
    if (psrp_clixml_borrow_all(c->reader, part->text, &arena, &objects, &why) != ICM_OK) {
        complain(c, where, &why);
    } else {
        for (const struct psrp_item *i = objects->kind == PSRP_LIST ? objects->as.list->first : NULL; i; i = i->next)
            show(c, i->value);
        warn_of(c);
    }
    icm_error_reset(&why);
    icm_arena_reset(&arena);
}

/* What a program wrote between PowerShell's documents is output of its own: a string for each line. */
static void show_lines(struct conversion *c, struct icm_slice text)
{
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) : text.size;
        struct psrp_value line = {.kind = PSRP_STRING, .as.text = icm_slice_of(text.data, size)};

        if (size > 0 && text.data[size - 1] == '\r')
            line.as.text.size--;
        show(c, &line);
        text = icm_slice_from(text, end ? size + 1 : size);
    }
}

/* ---- files ---- */

static enum icm_code show_text(struct conversion *c, struct icm_slice text, struct icm_error *err)
{
    struct cli_clixml_parts parts = {.text = text};
    struct cli_clixml_part part;

    if (icm_slice_trim(text).size == 0)
        return icm_fail(err, ICM_SYNTAX, NULL, "empty: no CLIXML in it");
    if (!cli_clixml_is_likely(text))
        return icm_fail(err, ICM_SYNTAX, NULL, "no CLIXML: it begins with neither < nor #< CLIXML");
    while (!c->writer.is_out_gone && cli_clixml_next_part(&parts, &part))
        if (part.is_document)
            show_document(c, &part);
        else
            show_lines(c, part.text);
    return ICM_OK;
}

static void show_file(struct conversion *c, const char *path)
{
    struct icm_buf bytes = {0};
    struct icm_error err = {0};
    char what[240];

    c->name = strcmp(path, "-") == 0 ? "standard input" : path;
    snprintf(what, sizeof what, "'%.200s'", path);
    enum icm_code code = cli_file_read(path, FILE_MAX, strcmp(path, "-") == 0 ? c->name : what, &bytes, &err);
    if (code != ICM_OK) {
        cli_complain(&err);
        note_status(c, CLI_EXIT_USAGE);
    } else if (cli_clixml_decode(&bytes, &err) != ICM_OK || show_text(c, icm_buf_slice(&bytes), &err) != ICM_OK) {
        complain(c, "", &err);
    }
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
}

/* ---- life ---- */

static enum icm_code make(struct conversion *c, struct icm_error *err)
{
    const struct cli_renderer_options options = cli_terminal_options(c->options);
    enum icm_code code = cli_renderer_new(&c->renderer, &options, err);

    return code == ICM_OK ? psrp_clixml_reader_new(&c->reader, err) : code;
}

static void finish(struct conversion *c)
{
    struct icm_error err = {0};

    if (!cli_render_finish(c->renderer, &c->writer.sink))
        note_status(c, CLI_EXIT_ERRORS);
    cli_writer_finish(&c->writer);
    if (c->writer.out_errno != 0) {
        icm_fail(&err, ICM_IO, NULL, "cannot write standard output: %s", strerror(c->writer.out_errno));
        cli_complain(&err);
        note_status(c, CLI_EXIT_ERRORS);
    }
    icm_error_reset(&err);
}

int cli_convert_from(const struct cli_options *o)
{
    struct conversion c = {.options = o};
    struct icm_error err = {0};

    if (make(&c, &err) == ICM_OK) {
        for (const struct cli_name *n = o->files.first; n; n = n->next)
            show_file(&c, n->text);
        finish(&c);
    } else {
        cli_complain(&err);
        c.status = CLI_EXIT_ERRORS;
    }
    icm_error_reset(&err);
    cli_renderer_free(c.renderer);
    psrp_clixml_reader_free(c.reader);
    cli_writer_reset(&c.writer);
    return c.status;
}
